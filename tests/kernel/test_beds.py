"""A bed of several cycles: each is repeated by itself, and the road hears their sum."""

from __future__ import annotations

import numpy as np

from mixdown_kernel import Audio, Master, Scene, SourceLayer

from .stairs import EDGE, RATE, Drip, DripRequest

LENGTHS = (700, 1100, 1300)


class Ripples(Drip):
    """Every bed is the sum of three."""

    def cycles(self, request):
        return [request.model_copy(update={"frames": frames}) for frames in LENGTHS]


def bed(**layer):
    placed = {"loop": True, "duration_ms": 1000, **layer}
    source = SourceLayer(id="bed", role="drip", request={"frames": 5000}, **placed)
    return Scene(layers=(source,), rate=RATE, channels=1, master=Master(mode="none"), seed=1)


def ramp(frames):
    return np.arange(frames, dtype=np.float32) / 65_536


def repeated(frames, length):
    return np.resize(ramp(frames), length)


async def test_cycles_are_repeated_each_by_itself(road):
    async with road(Ripples()) as kernel:
        audio, receipt = await kernel.render(bed())
    assert audio.frames == RATE
    expected = sum(repeated(frames, RATE) for frames in LENGTHS)
    assert np.array_equal(audio.samples[:-EDGE, 0], expected[:-EDGE])
    assert len({source.signature for source in receipt.sources}) == len(receipt.sources) == 3


async def test_each_cycle_is_rendered_once_and_kept(road):
    ripples = Ripples()
    async with road(ripples) as kernel:
        plan = await kernel.plan(bed())
        assert not (await kernel.describe(plan))["layers"][0]["cached"]
        await kernel.render(bed())
        await kernel.render(bed(duration_ms=3000))
        assert (await kernel.describe(plan))["layers"][0]["cached"]
    assert ripples.renders == 3


async def test_without_a_loop_it_is_one_complete_cycle(road):
    async with road(Ripples()) as kernel:
        audio, _ = await kernel.render(bed(loop=False, duration_ms=None))
    assert audio.frames == 5000
    assert np.array_equal(audio.samples[:-EDGE, 0], ramp(5000)[:-EDGE])


async def test_what_was_asked_of_the_backend_is_on_the_timeline(road):
    async with (
        road(Ripples()) as kernel,
        kernel.perform(await kernel.plan(bed(loop=False, duration_ms=None))) as performance,
    ):
        assert all([isinstance(block, Audio) async for block in performance.blocks()])
        request = performance.timeline.played["bed"].request
    assert isinstance(request, DripRequest)
    assert request.frames == 5000
