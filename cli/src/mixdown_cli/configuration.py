"""The configuration file, the environment, and the command line, which has the last word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mixdown_kernel import KernelConfig, invalid, read_config


def configuration(config: Path | None, data_dir: Path | None) -> tuple[KernelConfig, dict[str, Any]]:
    """The kernel's configuration, and the file's ``[api]`` section as it stands.

    Raises:
        Problem: a file that cannot be read.
        ValidationError: members that nobody knows, or out of range.
    """
    file = read_config(config)
    section = file.pop("api", {})
    if not isinstance(section, dict):
        raise invalid("bad_config", "[api] is a section of members, not one value", field="api")
    kernel = KernelConfig(**file)
    return (kernel.model_copy(update={"data_dir": data_dir}) if data_dir else kernel), section
