"""Layers that follow one another, and where a scene of them ends. Starts are exact to the frame."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_kernel import Master, Problem, Scene, SourceLayer, VoiceLayer

from .stairs import EDGE, RATE, STEP, Drip, Stairs, spoken

SECOND = RATE


def say(id_, text, **layer):
    return VoiceLayer(id=id_, text=text, **layer)


def pour(id_, **layer):
    return SourceLayer(id=id_, role="drip", request={"frames": 5000}, **layer)


def quiet(id_, ms, **layer):
    return SourceLayer(id=id_, role="clip", request={"asset": f"silence:{ms}"}, **layer)


def scene(*layers, **members):
    return Scene(**{"layers": layers, "rate": RATE, "channels": 1, "master": Master(mode="none"), **members})


def placed(length, *parts):
    """Parts added where they start."""
    mix = np.zeros(length, np.float32)
    for start, samples in parts:
        mix[start : start + len(samples)] += samples[: length - start, 0]
    return mix


def ramp(frames=5000):
    return np.arange(frames, dtype=np.float32)[:, None] / 65_536


async def test_one_voice_after_another_with_a_gap(road):
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(
            scene(say("one", "First one"), say("two", "Second", after="one", gap_ms=250))
        )
    first, second = spoken("First one"), spoken("Second")
    start = len(first) + SECOND // 4
    assert np.array_equal(audio.samples[:, 0], placed(start + len(second), (0, first), (start, second)))


async def test_a_negative_gap_is_an_overlap(road):
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(
            scene(say("one", "First one"), say("two", "Second", after="one", gap_ms=-60))
        )
    first, second = spoken("First one"), spoken("Second")
    start = len(first) - 2 * STEP
    assert np.array_equal(audio.samples[:, 0], placed(start + len(second), (0, first), (start, second)))


async def test_a_layer_never_begins_before_the_one_it_follows(road):
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(
            scene(say("one", "First", start_ms=100), say("two", "Second", after="one", gap_ms=-99_000))
        )
    start = RATE // 10
    expected = placed(start + 6 * STEP, (start, spoken("First")), (start, spoken("Second")))
    assert np.array_equal(audio.samples[:, 0], expected)


async def test_chains_need_no_order_in_the_request(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, receipt = await kernel.render(
            scene(say("end", "End", after="middle"), pour("middle", after="begin"), say("begin", "Begin"))
        )
    start = 5 * STEP
    length = start + 5000 + 3 * STEP
    expected = placed(length, (0, spoken("Begin")), (start, ramp()), (length - 3 * STEP, spoken("End")))
    assert audio.frames == length
    ramped = slice(start + 5000 - EDGE, start + 5000)
    assert np.array_equal(np.delete(audio.samples[:, 0], ramped), np.delete(expected, ramped))
    assert len(receipt.sources) == 3


async def test_words_marks_and_utterances_are_told_on_the_final_timeline(road):
    both = scene(say("one", "One two"), say("two", "Three four", after="one", gap_ms=1000))
    async with road(Stairs()) as kernel, kernel.perform(await kernel.plan(both)) as performance:
        async for _ in performance.blocks():
            pass
    start = 7 * 30 + 1000
    times = [(word.text, word.start_ms) for word in performance.timeline.words]
    assert times == [("One", 0), ("two", 4 * 30), ("Three", start), ("four", start + 6 * 30)]
    assert [one.start_ms for one in performance.timeline.utterances] == [0, start]


@pytest.mark.parametrize("mode", ["live", "finished"])
async def test_in_both_masters(road, mode):
    both = scene(
        say("one", "First one"), say("two", "Second", after="one", gap_ms=250), master=Master(mode=mode)
    )
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(both)
    assert audio.frames == 15 * STEP + SECOND // 4


async def test_silence_holds_a_place(road):
    async with road(Stairs()) as kernel:
        audio, _ = await kernel.render(
            scene(say("one", "First"), quiet("rest", 1500, after="one"), say("two", "Second", after="rest"))
        )
    start = 5 * STEP + 3 * SECOND // 2
    expected = placed(start + 6 * STEP, (0, spoken("First")), (start, spoken("Second")))
    assert np.array_equal(audio.samples[:, 0], expected)


async def test_a_scene_ends_with_its_voices_or_with_all_its_layers(road):
    layers = (say("voice", "Short"), pour("later", start_ms=200))
    async with road(Stairs(), Drip()) as kernel:
        spoken_only, _ = await kernel.render(scene(*layers))
        whole, _ = await kernel.render(scene(*layers, ends_with="layers", tail_ms=10))
        plan = await kernel.plan(scene(*layers, ends_with="layers"))
    assert spoken_only.frames == 5 * STEP
    assert whole.frames == RATE // 5 + 5000 + RATE // 100
    assert plan.scene.ends_with == "layers"


async def test_a_duration_ends_a_layer_and_those_after_it_follow_there(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(pour("cut", duration_ms=50), say("voice", "On", after="cut")))
    assert np.array_equal(audio.samples[1200:, 0], spoken("On")[:, 0])


async def test_what_was_heard_of_each_layer_and_when(road):
    layers = (say("voice", "Short"), pour("cut", start_ms=100), pour("bed", loop=True))
    async with (
        road(Stairs(), Drip()) as kernel,
        kernel.perform(await kernel.plan(scene(*layers))) as performance,
    ):
        async for _ in performance.blocks():
            pass
    end = 5 * STEP
    assert performance.timeline.placed == {"voice": (0, end), "cut": (RATE // 10, end), "bed": (0, end)}


async def test_a_dry_run_tells_the_order(road):
    async with road(Stairs()) as kernel:
        plan = await kernel.plan(scene(say("one", "a" * 150), say("two", "b", after="one", gap_ms=500)))
        told = await kernel.describe(plan)
    assert [layer["start_ms"] for layer in told["layers"]] == [0, told["layers"][0]["estimated_ms"] + 500]
    assert told["estimated_duration_ms"] == sum(
        (told["layers"][1]["start_ms"], told["layers"][1]["estimated_ms"])
    )


@pytest.mark.parametrize(
    ("layers", "code", "field"),
    [
        ([say("a", "x", after="b")], "unknown_layer", "after"),
        ([say("a", "x", after="a")], "endless_order", "after"),
        ([say("a", "x", after="b"), say("b", "x", after="a")], "endless_order", None),
        ([say("a", "x"), say("b", "x", after="a", start_ms=5)], "two_starts", "start_ms"),
        ([say("a", "x", gap_ms=5)], "gap_without_layer", "gap_ms"),
        ([say("a", "x", after="b"), pour("b", loop=True)], "endless_layer", "after"),
    ],
)
async def test_contradictions_are_refused_before_any_sound(road, layers, code, field):
    voice, drip = Stairs(), Drip()
    async with road(voice, drip) as kernel:
        with pytest.raises(Problem) as raised:
            await kernel.plan(scene(*layers))
    assert raised.value.code == code
    assert field in (None, raised.value.field)
    assert raised.value.details["layer"] in {layer.id for layer in layers}
    assert not voice.requests
    assert not drip.renders


async def test_long_chains_are_planned_quickly_and_deep_ones_too(road):
    layers = [say("l0", "a"), *(say(f"l{n}", "b", after=f"l{n - 1}") for n in range(1, 1500))]
    async with road(Stairs()) as kernel:
        plan = await kernel.plan(scene(*layers))
    assert len(plan.layers) == 1500


async def test_a_cut_voice_keeps_the_words_that_were_heard(road):
    cut = scene(say("voice", "One two three four", duration_ms=300), quiet("rest", 500), ends_with="layers")
    async with road(Stairs()) as kernel, kernel.perform(await kernel.plan(cut)) as performance:
        async for _ in performance.blocks():
            pass
    timeline = performance.timeline
    assert [(word.text, word.start_ms, word.end_ms) for word in timeline.words] == [
        ("One", 0, 90), ("two", 120, 210), ("three", 240, 300),
    ]  # fmt: skip
    assert [(one.start_ms, one.end_ms) for one in timeline.utterances] == [(0, 300)]
