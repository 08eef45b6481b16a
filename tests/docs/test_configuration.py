"""docs/configuration.md names every setting, its default and its variable in the environment, and no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import AliasChoices, SecretStr, ValidationError
from pydantic_core import PydanticUndefined
from pydantic_settings import SettingsError

from mixdown_api.edge import ApiSettings
from mixdown_kernel import Kernel, KernelConfig, PluginSettings
from mixdown_kernel.settings import backend_settings, environment_prefix

from .pages import DOCS, rows, section

PAGE = DOCS / "configuration.md"
NONSENSE = "~ no such value ~"


def offered() -> dict[str, type[PluginSettings]]:
    """Every installed backend that has settings."""
    offers = Kernel().registry.offers
    found = {name: offer.backend.settings for group in offers.values() for name, offer in group.items()}
    return {name: cls for name, cls in found.items() if cls.model_fields}


SECTIONS: dict[str, tuple[type[PluginSettings], str]] = {
    "## The kernel": (KernelConfig, "MIXDOWN_"),
    "## `[api]`": (ApiSettings, "MIXDOWN_"),
    **{f"### `[plugins.{name}]`": (cls, environment_prefix(name)) for name, cls in sorted(offered().items())},
}


def variables(cls: type[PluginSettings], prefix: str, name: str) -> list[str]:
    alias = cls.model_fields[name].validation_alias
    names = alias.choices if isinstance(alias, AliasChoices) else [f"{prefix}{name}"]
    return [str(one).upper() for one in names]


def default(cls: type[PluginSettings], name: str) -> str | None:
    """As TOML would have it; None where the machine decides."""
    field = cls.model_fields[name]
    value = field.default
    if field.default_factory is not None:
        made: Any = field.default_factory()  # type: ignore[call-arg]
        if made != {}:
            return None
        value = made
    assert value is not PydanticUndefined, "every setting has a default"
    if value is None:
        return ""
    if isinstance(value, frozenset | tuple):
        value = list(value)
    return json.dumps(str(value) if isinstance(value, Path | SecretStr) else value)


def documented(heading: str) -> dict[str, tuple[list[str], str]]:
    """Name to variables and default."""
    return {
        name.strip("`"): ([one.strip(" `") for one in environment.split(",")], given.strip("`"))
        for name, environment, given, _ in rows(section(PAGE, heading))
    }


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_setting_is_documented_and_no_other(heading: str) -> None:
    cls, prefix = SECTIONS[heading]
    listed = documented(heading)
    assert list(listed) == list(cls.model_fields)
    for name, (names, given) in listed.items():
        assert names == variables(cls, prefix, name)
        wanted = default(cls, name)
        assert given == wanted if wanted is not None else given, f"{name}: the default is {wanted}"


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_variable_is_heard(heading: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cls, _ = SECTIONS[heading]

    def read() -> PluginSettings:
        return cls() if cls in (KernelConfig, ApiSettings) else backend_settings(cls, plugin, {})

    plugin = heading.strip("#` []").removeprefix("plugins.")
    usual = read()
    for name, (names, _) in documented(heading).items():
        for variable in names:
            with monkeypatch.context() as environment:
                environment.setenv(variable, NONSENSE)
                try:
                    heard = getattr(read(), name) != getattr(usual, name)
                except (ValidationError, SettingsError) as error:
                    heard = name in str(error) or variable.lower() in str(error).lower()
            assert heard, f"{variable} changes nothing"


def test_no_other_backend_has_a_section() -> None:
    headings = [line for line in PAGE.read_text().splitlines() if line.startswith("### `[plugins.")]
    assert headings == [heading for heading in SECTIONS if heading.startswith("###")]
