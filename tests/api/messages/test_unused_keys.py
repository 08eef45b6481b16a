"""A key alone changes no voice, and whoever has set one is told how to use it."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from mixdown_kernel import PluginSettings, SynthesisBackend, hookimpl

from .house import Clerk, house


class HostedSettings(PluginSettings):
    api_key: SecretStr | None = None


class Hosted:
    """A plugin with a voice that has to be asked for."""

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        @asynccontextmanager
        async def open_(_settings: PluginSettings, _context: object):  # type: ignore[no-untyped-def]
            yield Clerk("hosted")

        return [SynthesisBackend(name="hosted", open=open_, settings=HostedSettings, preference=None)]


@pytest.mark.parametrize(
    ("key", "used", "told"), [("secret", False, True), ("secret", True, False), (None, False, False)]
)
async def test_a_key_that_nobody_uses_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, key: str | None, used: bool, told: bool
) -> None:
    config = {
        "backends": {"synthesis": ["hosted", "clerk"] if used else ["clerk"]},
        "plugins": {"hosted": {"api_key": key}},
    }
    with caplog.at_level(logging.INFO, "mixdown.messages"):
        async with house(tmp_path, plugins=[Hosted()], config=config) as app:
            backend = (await app.get("/contract"))["contract"]["backend"]
    lines = [record.getMessage() for record in caplog.records if "hosted" in record.getMessage()]
    assert backend == ("hosted" if used else "clerk")
    assert len(lines) == told
    assert all('synthesis = ["hosted", "clerk"]' in line and "secret" not in line for line in lines)
