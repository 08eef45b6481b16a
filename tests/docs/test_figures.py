"""docs/operating.md names the figures that there are."""

from __future__ import annotations

import re
from pathlib import Path

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_kernel import Kernel

from .pages import DOCS, section


def test_every_figure_is_documented_and_no_other(tmp_path: Path) -> None:
    app = create_app(Kernel({"data_dir": tmp_path}), ApiSettings())
    told = re.findall(r"^# HELP (mixdown_\w+)", app.state.edge.metrics.text().decode(), re.MULTILINE)
    documented = re.findall(r"`(mixdown_\w+)`", section(DOCS / "operating.md", "## Figures"))
    assert {name for name in told if not name.endswith("_created")} == set(documented)
