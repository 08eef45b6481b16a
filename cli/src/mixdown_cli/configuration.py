"""The configuration file, the environment, and the command line, which has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mixdown_cli.failures import members
from mixdown_kernel import KernelConfig, invalid, read_config

if TYPE_CHECKING:
    from mixdown_api.edge import ApiSettings


def kernel_config(config: Path | None, data_dir: Path | None) -> KernelConfig:
    """The kernel's part. `Problem` says what is wrong with it."""
    file = read_config(config)
    file.pop("api", None)
    with _telling("The configuration"):
        kernel = KernelConfig(**file)
    return kernel.model_copy(update={"data_dir": data_dir}) if data_dir else kernel


def api_settings(config: Path | None) -> ApiSettings:
    """The API's part. `Problem` says what is wrong with it."""
    from mixdown_api.edge import ApiSettings

    section: Any = read_config(config).get("api", {})
    if not isinstance(section, dict):
        raise invalid("bad_config", "[api] is a section of members, not one value.", field="api")
    with _telling("The configuration of the API"):
        return ApiSettings(**section)


@contextmanager
def _telling(what: str) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise invalid("bad_config", f"{what} is wrong: {members(error)}.") from None
