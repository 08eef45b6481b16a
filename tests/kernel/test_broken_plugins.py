"""A broken plugin is isolated and named, with stage and error, and the rest serves on.

The fixtures in `broken/` are installed as real distributions (a module and its .dist-info on the path), so that
they take the way of any installed plugin: importlib-metadata, stevedore, pluggy, open, render.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import Audio, Kind, Master, Problem, Scene, VoiceLayer
from mixdown_kernel.inventory import Plugin, installed
from mixdown_kernel.kernel import Kernel
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.receipts import Receipt
from mixdown_kernel.testing.signals import dominant_frequency

BROKEN = Path(__file__).parent / "broken"
OUR_OWN = frozenset(installed())
"""What this environment has anyway; these tests do without it."""


class Site:
    """A folder of installed distributions, one subfolder each."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch

    def install(self, module: str, *, name: str = "", distribution: str = "") -> None:
        """The fixture ``module`` as a distribution whose plugin is called ``name``."""
        distribution = distribution or f"mixdown-{module.replace('_', '-')}"
        site = self._folder / distribution
        info = site / f"{distribution.replace('-', '_')}-1.2.3.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2.3\n")
        (info / "entry_points.txt").write_text(f"[mixdown.plugins]\n{name or module} = {module}\n")
        (site / f"{module}.py").write_text((BROKEN / f"{module}.py").read_text())
        self._monkeypatch.delitem(sys.modules, module, raising=False)
        self._monkeypatch.syspath_prepend(str(site))

    def kernel(self, *voices: str, strict: bool = False, **config: Any) -> Kernel:
        """A kernel of what is installed here, with ``voices`` in this order."""
        members = {
            "data_dir": self._folder / "var",
            "disabled": OUR_OWN,
            "backends": {"synthesis": list(voices or ["good"])},
            "open_timeout_seconds": 5.0,
            **config,
        }
        return Kernel(members, strict=strict)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site(tmp_path, monkeypatch)
    site.install("good_voice")
    return site


SCENE = Scene(
    layers=(VoiceLayer(id="voice", text="Hello there."),), rate=24_000, channels=1, master=Master(mode="none")
)


def says_hello(backend: str | None = None) -> Scene:
    layer = SCENE.layers[0].model_copy(update={"backend": backend})
    return SCENE.model_copy(update={"layers": (layer,)})


async def speaks(kernel: Kernel, backend: str | None = None) -> Receipt:
    """The good voice is heard."""
    audio, receipt = await kernel.render(says_hello(backend))
    assert is_good(audio)
    return receipt


def is_good(audio: Audio) -> bool:
    return audio.frames >= 12_000 and abs(dominant_frequency(audio.samples[:12_000], 24_000) - 440) < 2


async def listen(kernel: Kernel, heard: Callable[[Audio], None]) -> None:
    """Like `Kernel.render`, keeping what was heard before a failure."""
    async with kernel.perform(await kernel.plan(SCENE)) as performance:
        async for block in performance.blocks():
            heard(block)


def row(kernel: Kernel, name: str) -> Plugin:
    return kernel.plugins[name]


def voice(kernel: Kernel, name: str) -> RunningBackend:
    return next(running for running in kernel.running() if running.name == name)


# ---------------------------------------------------------------- import, register, offer

AT_LOADING = [
    ("raises_at_import", "failed", "import", "RuntimeError: no engine on this machine"),
    ("exits_at_import", "failed", "import", "SystemExit"),
    ("asserts_at_import", "failed", "import", "a wrong assumption"),
    ("lacks_a_dependency", "failed", "import", "a_module_that_nobody_has"),
    ("wrong_signature", "failed", "register", "volume"),
    ("unknown_hook", "failed", "register", "synthesiser_backends"),
    ("other_version", "incompatible", "register", "99"),
    ("raising_hook", "failed", "offer", "LookupError: could not count the voices"),
    ("exiting_hook", "failed", "offer", "SystemExit: nothing to offer"),
    ("garbage_hook", "failed", "offer", "'sonic'"),
    ("number_hook", "failed", "offer", "int"),
    ("halfway_hook", "failed", "offer", "OSError: the second one is missing"),
    ("plain_backend", "failed", "offer", "SynthesisBackend"),
    ("offers_twice", "failed", "offer", "'twin'"),
    ("takes_a_name", "failed", "offer", "good_voice"),
    ("takes_a_role", "failed", "offer", "synthesis"),
]


@pytest.mark.parametrize(
    ("module", "state", "stage", "error"), AT_LOADING, ids=[row[0] for row in AT_LOADING]
)
async def test_a_plugin_that_breaks_while_it_is_loaded(
    site: Site, module: str, state: str, stage: str, error: str
) -> None:
    site.install(module)
    async with site.kernel() as kernel:
        broken = row(kernel, module)
        assert (broken.state, broken.stage) == (state, stage)
        assert error in broken.error
        assert (broken.distribution, broken.version) == (f"mixdown-{module.replace('_', '-')}", "1.2.3")
        assert broken.offers == [], "nothing of it is kept"
        assert row(kernel, "good_voice").state == "active"
        await speaks(kernel)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_an_asynchronous_hook_is_refused(site: Site) -> None:
    site.install("coroutine_hook")
    async with site.kernel() as kernel:
        assert (row(kernel, "coroutine_hook").state, row(kernel, "coroutine_hook").stage) == (
            "failed",
            "offer",
        )
        await speaks(kernel)


@pytest.mark.parametrize("module", [row[0] for row in AT_LOADING])
def test_strict_makes_it_fatal_and_names_it(site: Site, module: str) -> None:
    site.install(module)
    with pytest.raises(Problem) as caught:
        site.kernel(strict=True)
    assert caught.value.code == "broken_plugins"
    assert module in caught.value.message


async def test_two_distributions_with_one_plugin_name_are_in_conflict(site: Site) -> None:
    site.install("unknown_hook", name="echo", distribution="acme-echo")
    site.install("raises_at_import", name="echo", distribution="zenith-echo")
    async with site.kernel() as kernel:
        assert row(kernel, "echo").state == "conflict"
        assert "acme-echo" in row(kernel, "echo").error
        assert "zenith-echo" in row(kernel, "echo").error
        await speaks(kernel)
    with pytest.raises(Problem, match="acme-echo"):
        site.kernel(strict=True)


async def test_a_disabled_plugin_is_not_even_imported(site: Site) -> None:
    site.install("raises_at_import")
    async with site.kernel(disabled=OUR_OWN | {"raises_at_import"}, strict=True) as kernel:
        assert row(kernel, "raises_at_import").state == "disabled"
        await speaks(kernel)


async def test_all_of_them_together(site: Site) -> None:
    for module, *_ in AT_LOADING:
        site.install(module)
    async with site.kernel() as kernel:
        assert {
            name for name, plugin in kernel.plugins.items() if plugin.state in {"failed", "incompatible"}
        } == {module for module, *_ in AT_LOADING}
        await speaks(kernel)


def test_a_configured_voice_that_nobody_offers_is_fatal_when_strict(site: Site) -> None:
    kernel = site.kernel("nobody", "good")
    assert kernel.backends.missing == [("synthesis", "nobody")]
    with pytest.raises(Problem, match="nobody"):
        site.kernel("nobody", "good", strict=True)


# ---------------------------------------------------------------- settings, open, close

AT_OPENING = [
    ("raises", "ConnectionError: the engine does not answer"),
    ("exits", "SystemExit: cannot live here"),
    ("hangs", "did not open within 1 s"),
    ("never-yields", "RuntimeError"),
    ("is-a-coroutine", "Error"),
]


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize(("name", "error"), AT_OPENING, ids=[row[0] for row in AT_OPENING])
async def test_a_voice_that_breaks_while_it_opens(site: Site, name: str, error: str) -> None:
    site.install("broken_voices")
    async with site.kernel(name, "good", open_timeout_seconds=1) as kernel:
        broken = voice(kernel, name)
        assert (broken.state, broken.stage) == ("failed", "open")
        assert error in broken.error
        health = await broken.health()
        assert not health.ok
        assert error in health.detail
        assert (await voice(kernel, "good").health()).ok
        await speaks(kernel)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("name", [row[0] for row in AT_OPENING])
async def test_a_configured_voice_that_does_not_open_is_fatal_when_strict(site: Site, name: str) -> None:
    site.install("broken_voices")
    with pytest.raises(Problem, match=f"synthesis/{name}"):
        async with site.kernel(name, "good", open_timeout_seconds=1, strict=True):
            pass


async def test_who_asks_for_a_broken_voice_is_told(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("raises", "good") as kernel:
        with pytest.raises(Problem) as caught:
            await kernel.render(says_hello("raises"))
        assert caught.value.kind is Kind.UNAVAILABLE
        assert "raises" in caught.value.message


async def test_unknown_settings_are_named_and_their_values_are_not(site: Site) -> None:
    site.install("broken_voices")
    section = {"strict": {"api_kye": "sk-very-secret"}}
    async with site.kernel("strict", "good", plugins=section) as kernel:
        broken = voice(kernel, "strict")
        assert (broken.state, broken.stage) == ("failed", "settings")
        assert "api_kye" in broken.error
        assert "sk-very-secret" not in broken.error
        await speaks(kernel)


async def test_a_voice_that_ignores_cancellation_holds_nobody_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixdown_kernel.lifecycle.CLOSE_TIMEOUT_SECONDS", 0.2)
    site.install("broken_voices")
    stubborn = "hangs-and-ignores-cancellation"
    async with site.kernel(stubborn, "good", open_timeout_seconds=1) as kernel:
        assert (voice(kernel, stubborn).state, voice(kernel, stubborn).stage) == ("failed", "open")
        await speaks(kernel)
        folder = kernel.config.data_dir / "backends" / "synthesis" / stubborn
    assert voice(kernel, "good").state == "closed"
    (folder / "let go").touch()


@pytest.mark.parametrize("name", ["yields-twice", "fails-to-close"])
async def test_a_voice_that_fails_to_close_does_not_keep_the_others_open(site: Site, name: str) -> None:
    site.install("broken_voices")
    async with site.kernel(name, "good") as kernel:
        await speaks(kernel, "good")
    assert (voice(kernel, name).state, voice(kernel, name).stage) == ("failed", "close")
    assert voice(kernel, "good").state == "closed"


@pytest.mark.parametrize("name", ["yields-nothing", "no-coroutine"])
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
async def test_a_voice_that_is_no_voice_gives_way(site: Site, name: str) -> None:
    site.install("broken_voices")
    async with site.kernel(name, "good") as kernel:
        await speaks(kernel)
        assert voice(kernel, name).error


async def test_a_voice_that_cannot_name_itself_hides_no_other(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("cannot-name", "good") as kernel:
        layer = SCENE.layers[0].model_copy(update={"voice": "good"})
        audio, _ = await kernel.render(SCENE.model_copy(update={"layers": (layer,)}))
        assert is_good(audio)


# ---------------------------------------------------------------- render

BEFORE_THE_FIRST_SAMPLE = {
    "fails-at-once": "out of breath",
    "exits-at-once": "enough",
    "nan": "NaN",
    "infinite": "infinity",
    "wrong-dtype": "float64",
    "wrong-shape": "(2400,)",
    "no-array": "list",
    "no-chunk": "bytes instead of a Chunk",
    "no-rate": "rate of 0",
}
LATER = {
    "fails-later": "lost its voice",
    "changes-rate": "rate and channels changed",
    "changes-channels": "rate and channels changed",
}


@pytest.mark.parametrize("streamed", ["", "-streamed"])
@pytest.mark.parametrize(
    ("name", "error"), BEFORE_THE_FIRST_SAMPLE.items(), ids=BEFORE_THE_FIRST_SAMPLE.keys()
)
async def test_a_failure_before_the_first_sample_falls_back(
    site: Site, name: str, error: str, streamed: str
) -> None:
    site.install("broken_voices")
    async with site.kernel(name + streamed, "good") as kernel:
        receipt = await speaks(kernel)
        broken = voice(kernel, name + streamed)
        assert broken.stage == "render"
        assert error in broken.error
        assert not (await broken.health()).ok
        assert [source.backend for source in receipt.sources] == ["good"]
        assert "fallback" in [notice.code for notice in receipt.notices]


@pytest.mark.parametrize(("name", "error"), LATER.items(), ids=LATER.keys())
async def test_an_utterance_that_breaks_off_is_never_heard(site: Site, name: str, error: str) -> None:
    """A voice that makes whole utterances has not been heard yet when it fails: the next one speaks."""
    site.install("broken_voices")
    async with site.kernel(name, "good") as kernel:
        await speaks(kernel)
        assert error in voice(kernel, name).error


@pytest.mark.parametrize(("name", "error"), LATER.items(), ids=LATER.keys())
async def test_a_stream_that_breaks_off_ends_visibly(site: Site, name: str, error: str) -> None:
    """Nobody takes over in the middle of a text."""
    site.install("broken_voices")
    async with site.kernel(f"{name}-streamed", "good") as kernel:
        blocks: list[Audio] = []
        with pytest.raises(Problem) as caught:
            await listen(kernel, blocks.append)
        assert sum(block.frames for block in blocks) == 2_400
        assert (caught.value.kind, caught.value.code) == (Kind.UPSTREAM, "backend_failed")
        assert error not in caught.value.message, "what a backend says is for the operator"
        assert error in voice(kernel, f"{name}-streamed").error
        await speaks(kernel, "good")


async def test_a_voice_that_failed_is_asked_last_for_a_while(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("fails-at-once", "good") as kernel:
        await speaks(kernel)
        receipt = await speaks(kernel)
        assert not receipt.notices, "the second time nobody tried it first"
        assert voice(kernel, "fails-at-once").failures == 1


async def test_a_voice_alone_that_fails_is_a_problem_and_not_silence(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("nan") as kernel:
        with pytest.raises(Problem) as caught:
            await kernel.render(SCENE)
        assert caught.value.code == "backend_failed"


async def test_a_voice_that_stalls_gives_way(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("stalls", "good", stall_timeout_seconds=0.5) as kernel:
        await speaks(kernel)
        assert "no sound for 0.5 s" in voice(kernel, "stalls").error


async def test_a_stream_that_stalls_ends_visibly(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("stalls-later", "good", stall_timeout_seconds=0.5) as kernel:
        with pytest.raises(Problem, match="TimeoutError"):
            await kernel.render(SCENE)
        assert "no sound for" in voice(kernel, "stalls-later").error
        await speaks(kernel, "good")


async def test_a_voice_that_never_ends_gives_way(site: Site) -> None:
    site.install("broken_voices")
    async with site.kernel("endless", "good") as kernel:
        await speaks(kernel)
        assert "did not stop" in voice(kernel, "endless").error


async def test_a_voice_that_does_not_stop_when_it_is_closed_holds_nobody_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that leaves would keep its place for ever, and with it the service would run out of places."""
    monkeypatch.setattr("mixdown_kernel.lifecycle.CLOSE_TIMEOUT_SECONDS", 0.2)
    site.install("broken_voices")
    async with site.kernel("closes-slowly", "good") as kernel:
        leaving = asyncio.create_task(hear_a_block_and_leave(kernel))
        _, held_up = await asyncio.wait([leaving], timeout=30)
        sys.modules["broken_voices"].LET_GO.set()
        await leaving
        assert not held_up
        assert voice(kernel, "closes-slowly").error


async def hear_a_block_and_leave(kernel: Kernel) -> None:
    async with kernel.perform(await kernel.plan(SCENE)) as performance:
        await anext(performance.blocks())
