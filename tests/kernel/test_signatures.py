"""Law 4: equal signature, same artefact; never otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_kernel import Kernel, Master, Problem, Scene, SourceLayer, VoiceLayer

from .scenes import bare
from .stairs import RATE, Drip, Stairs


@pytest.fixture
def kernel(tmp_path):
    return lambda *plugins, **config: Kernel(
        {"data_dir": tmp_path, **config}, plugins=plugins, discover=False
    )


async def signature(kernel: Kernel, scene: Scene) -> str:
    return kernel.mix_signature(await kernel.plan(scene))


async def test_the_plan_knows_the_signature_that_the_receipt_will_hold(kernel):
    async with kernel(Stairs()) as running:
        plan = await running.plan(bare("One\nTwo"))
        async with running.perform(plan) as performance:
            async for _ in performance.blocks():
                pass
        assert performance.receipt.mix_signature == running.mix_signature(plan)


async def test_after_a_fallback_the_receipt_holds_who_really_spoke(kernel):
    broken, whole = Stairs("broken", fail_times=1), Stairs("whole")
    async with kernel(broken, whole, backends={"synthesis": ["broken", "whole"]}) as running:
        plan = await running.plan(bare("Hello"))
        _, receipt = await running.render(bare("Hello"))
        assert receipt.mix_signature != running.mix_signature(plan)
        assert receipt.sources[0].backend == "whole"


@pytest.mark.parametrize(
    "other",
    [
        {"layer": {"speed": 1.5}},
        {"layer": {"voice": "stairs-high"}},
        {"layer": {"volume": 0.5}},
        {"layer": {"start_ms": 10}},
        {"rate": 48_000},
        {"tail_ms": 100},
        {"master": Master(mode="live")},
    ],
)
async def test_whatever_changes_the_sound_changes_the_signature(road, other):
    async with road(Stairs()) as running:
        assert await signature(running, bare("Hello")) != await signature(running, bare("Hello", **other))


async def test_the_spoken_text_decides_and_not_how_it_was_written(kernel):
    async with kernel(Stairs()) as running:
        assert await signature(running, bare("Hello")) == await signature(running, bare("  Hello\n"))
        assert await signature(running, bare("Hello")) != await signature(running, bare("Hallo"))


async def test_a_seed_counts_only_where_the_backend_uses_one(kernel):
    async with kernel(Stairs()) as running:
        assert await signature(running, bare("Hello", seed=1)) == await signature(
            running, bare("Hello", seed=2)
        )
    async with kernel(Stairs(seeded=True)) as running:
        assert await signature(running, bare("Hello", seed=1)) != await signature(
            running, bare("Hello", seed=2)
        )


async def test_an_unseeded_request_draws_a_seed_and_says_which(kernel):
    async with kernel(Stairs(seeded=True)) as running:
        seeds = {(await running.render(bare("Hello")))[1].seed for _ in range(5)}
    assert len(seeds) == 5


async def test_a_seeded_source_is_rendered_once(kernel):
    voice = Stairs(seeded=True)
    async with kernel(voice) as running:
        first, _ = await running.render(bare("One\nTwo", seed=7))
        second, receipt = await running.render(bare("One\nTwo", seed=7))
    assert np.array_equal(first.samples, second.samples)
    assert len(voice.requests) == 2
    assert all(source.cached for source in receipt.sources)


async def test_what_was_not_asked_to_be_kept_is_not_kept(kernel, tmp_path):
    async with kernel(Stairs()) as running:
        await running.render(bare("A private sentence"))
    assert not list((tmp_path / "cache").rglob("*.f32"))


async def test_words_of_a_kept_utterance_are_kept_with_it(kernel):
    async with kernel(Stairs()) as running:
        for _ in range(2):
            async with running.perform(await running.plan(bare("Two words", reuse=True))) as performance:
                async for _block in performance.blocks():
                    pass
            assert [word.text for word in performance.timeline.words] == ["Two", "words"]
    assert performance.receipt.sources[0].cached


async def test_another_version_of_a_plugin_is_another_signature(kernel):
    async with kernel(Stairs()) as running:
        before = await signature(running, bare("Hello"))
        running.plugins["Stairs"].__dict__["identity"] = "stairs==2.0"
        assert await signature(running, bare("Hello")) != before


async def test_a_backends_own_fingerprint_counts(kernel):
    class Modelled(Stairs):
        model = "weights-1"

        def fingerprint(self):
            return self.model

    voice = Modelled()
    async with kernel(voice) as running:
        before = await signature(running, bare("Hello"))
        voice.model = "weights-2"
        assert await signature(running, bare("Hello")) != before


async def test_two_layers_of_one_scene_have_seeds_of_their_own(road):
    taps = [
        SourceLayer(id=name, role="drip", request={"frames": 240}, duration_ms=10) for name in ("one", "two")
    ]
    scene = Scene(layers=taps, rate=RATE, channels=1, master=Master(mode="none"), seed=3)
    async with road(Drip()) as kernel:
        plan = await kernel.plan(scene)
        seeds = {layer.request["seed"] for layer in plan.layers}
    assert len(seeds) == 2


async def test_a_dry_run_knows_what_is_stored_and_makes_no_sound(kernel):
    voice = Stairs()
    async with kernel(voice) as running:
        await running.render(bare("One", reuse=True))
        asked = len(voice.requests)
        described = await running.describe(await running.plan(bare("One\nTwo", reuse=True)))
    assert len(voice.requests) == asked
    assert [one["cached"] for one in described["layers"][0]["utterances"]] == [True, False]
    assert [one["read"] for one in described["layers"][0]["utterances"]] == ["One", "Two"]


async def test_a_bad_source_request_is_refused_by_the_plan(road):
    layer = SourceLayer(id="tap", role="drip", request={"frames": "many"})
    async with road(Drip()) as kernel:
        with pytest.raises(Problem) as raised:
            await kernel.plan(Scene(layers=[layer, VoiceLayer(id="v", text="x")]))
    assert (raised.value.field, raised.value.details["layer"]) == ("frames", "tap")
