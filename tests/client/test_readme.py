"""The README's examples, run as they stand, on the address of the tests' server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .serving import Served, environment

README = Path(__file__).parents[2] / "client" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(server: Served, example: str, tmp_path: Path) -> None:
    program = re.sub(r"Mixdown\((\"http://127.0.0.1:8000\")?\)", f'Mixdown("{server.url}")', example)
    assert server.url in program
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = re.findall(r"print\(.*\)  # (.*)", example)
    assert all(line in done.stdout for line in told)
    assert done.stdout or list(tmp_path.iterdir())


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 7
