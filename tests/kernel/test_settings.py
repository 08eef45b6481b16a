"""One file and the environment, the environment winning; unknown keys refused, secrets never shown."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr, ValidationError

from mixdown_kernel import (
    Kernel,
    KernelConfig,
    PluginSettings,
    Problem,
    SynthesisBackend,
    hookimpl,
    read_config,
)

from .scenes import bare
from .stairs import Stairs


class KeyedSettings(PluginSettings):
    api_key: SecretStr | None = None
    slots: int = 1


class Keyed(Stairs):
    """A voice with settings."""

    @hookimpl
    def synthesis_backends(self):
        return [SynthesisBackend(name="keyed-1", open=self.open, settings=KeyedSettings, preference=None)]

    @asynccontextmanager
    async def open(self, settings, context):
        self.settings = settings
        self.context = context
        yield self


def test_the_environment_wins_over_the_file(monkeypatch):
    monkeypatch.setenv("MIXDOWN_BACKENDS__SYNTHESIS", '["espeak"]')
    monkeypatch.setenv("MIXDOWN_COOLDOWN_SECONDS", "5")
    config = KernelConfig(backends={"synthesis": ["other"], "music": ["composer"]}, cooldown_seconds=60)
    assert config.backends == {"synthesis": ["espeak"], "music": ["composer"]}
    assert config.cooldown_seconds == 5


def test_an_unknown_key_is_refused_by_name():
    with pytest.raises(ValidationError, match="bakends"):
        KernelConfig(bakends={})


def test_a_file_is_found_by_name_environment_or_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_config() == {}
    (tmp_path / "mixdown.toml").write_text('[backends]\nsynthesis = ["a"]')
    assert read_config() == {"backends": {"synthesis": ["a"]}}
    (tmp_path / "other.toml").write_text('[backends]\nsynthesis = ["b"]')
    monkeypatch.setenv("MIXDOWN_CONFIG", str(tmp_path / "other.toml"))
    assert read_config()["backends"]["synthesis"] == ["b"]
    assert read_config(tmp_path / "mixdown.toml")["backends"]["synthesis"] == ["a"]


def test_a_file_that_was_named_must_be_there_and_be_toml(tmp_path):
    with pytest.raises(Problem, match="does not exist"):
        read_config(tmp_path / "missing.toml")
    (tmp_path / "bad.toml").write_text("[backends")
    with pytest.raises(Problem, match="not valid TOML"):
        read_config(tmp_path / "bad.toml")


async def test_a_backend_gets_its_section_and_its_part_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXDOWN_KEYED_1_SLOTS", "7")
    voice = Keyed()
    config = {
        "data_dir": tmp_path,
        "backends": {"synthesis": ["keyed-1"]},
        "plugins": {"keyed-1": {"slots": 3, "api_key": "sk-secret"}},
    }
    async with Kernel(config, plugins=[voice], discover=False):
        assert (voice.settings.slots, voice.settings.api_key.get_secret_value()) == (7, "sk-secret")
        assert voice.context.data_dir.is_dir()


async def test_a_bad_section_fails_that_backend_alone_and_shows_no_secret(tmp_path):
    config = {
        "data_dir": tmp_path,
        "backends": {"synthesis": ["keyed-1", "stairs"]},
        "plugins": {"keyed-1": {"api_key": "sk-secret", "slot": 3}},
    }
    async with Kernel(config, plugins=[Keyed(), Stairs()], discover=False) as kernel:
        states = {
            one.name: (one.state, one.stage, one.error) for one in kernel.running() if one.role == "synthesis"
        }
        await kernel.render(bare("Hello"))
    assert states["keyed-1"][:2] == ("failed", "settings")
    assert "slot" in states["keyed-1"][2]
    assert "sk-secret" not in states["keyed-1"][2]


async def test_a_backend_that_costs_money_is_not_used_unasked(tmp_path):
    async with Kernel({"data_dir": tmp_path}, plugins=[Keyed(), Stairs()], discover=False) as kernel:
        assert [one.name for one in kernel.running() if one.role == "synthesis"] == ["stairs"]


async def test_one_line_swaps_the_backend(tmp_path):
    for name in ("one", "two"):
        config = {"data_dir": tmp_path, "backends": {"synthesis": [name]}}
        async with Kernel(config, plugins=[Stairs("one"), Stairs("two")], discover=False) as kernel:
            _, receipt = await kernel.render(bare("Hello"))
        assert receipt.sources[0].backend == name


async def test_a_configured_backend_that_nobody_offers_is_reported(tmp_path):
    config = {"data_dir": tmp_path, "backends": {"synthesis": ["gone", "stairs"]}}
    async with Kernel(config, plugins=[Stairs()], discover=False) as kernel:
        assert kernel.backends.missing == [("synthesis", "gone")]
    with pytest.raises(Problem, match="gone"):
        Kernel(config, plugins=[Stairs()], discover=False, strict=True)


async def test_a_plugin_orders_the_candidates_of_a_request(tmp_path):
    class Chooser:
        @hookimpl
        def choose_backends(self, role, request, candidates):
            return reversed(candidates) if role == "synthesis" else None

    config = {"data_dir": tmp_path, "backends": {"synthesis": ["one", "two"]}}
    async with Kernel(config, plugins=[Stairs("one"), Stairs("two"), Chooser()], discover=False) as kernel:
        _, receipt = await kernel.render(bare("Hello"))
    assert receipt.sources[0].backend == "two"


async def test_observers_hear_of_failures_and_renders_and_cannot_disturb_them(tmp_path):
    heard = []

    class Observer:
        @hookimpl
        def backend_failed(self, role, name, error):
            heard.append((role, name))

        @hookimpl
        def render_finished(self, receipt):
            heard.append(receipt.frames)
            raise RuntimeError("an observer's own trouble")

    broken = Stairs("broken", fail_times=1)
    config = {"data_dir": tmp_path, "backends": {"synthesis": ["broken", "whole"]}}
    async with Kernel(config, plugins=[broken, Stairs("whole"), Observer()], discover=False) as kernel:
        audio, _ = await kernel.render(bare("Hello"))
    assert heard == [("synthesis", "broken"), audio.frames]


async def test_names_that_nothing_has_are_reported(tmp_path):
    config = {
        "data_dir": tmp_path,
        "backends": {"synthesys": ["stairs"]},
        "plugins": {"stair": {}},
        "disabled": ["ghost"],
    }
    kernel = Kernel(config, plugins=[Stairs()], discover=False)
    assert kernel.unknown_names == ["backends.synthesys", "plugins.stair", "disabled.ghost"]
    with pytest.raises(Problem, match="synthesys"):
        Kernel(config, plugins=[Stairs()], discover=False, strict=True)


async def test_an_object_that_cannot_be_a_plugin_is_named_and_isolated(tmp_path):
    async with Kernel({"data_dir": tmp_path}, plugins=[[], Stairs()], discover=False) as kernel:
        assert (kernel.plugins["list"].state, kernel.plugins["list"].stage) == ("failed", "register")
        await kernel.render(bare("Hello"))
