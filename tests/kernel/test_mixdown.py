"""Layers on one timeline: exact starts, lengths, levels, fades, loops, parts, and the two masters."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_kernel import (
    Audio,
    Backend,
    Chunk,
    Ducking,
    Kind,
    Master,
    Problem,
    Role,
    Scene,
    SourceLayer,
    VoiceLayer,
    hookimpl,
)

from .stairs import EDGE, RATE, STEP, Drip, DripRequest, Stairs, spoken

RAW = Master(mode="none")
TEXT = "Some words to lie over other sound"


def scene(*layers, **members) -> Scene:
    return Scene(**{"layers": layers, "rate": RATE, "channels": 1, "master": RAW, **members})


def voice(**members) -> VoiceLayer:
    return VoiceLayer(**{"id": "voice", "text": TEXT, **members})


def tap(**members) -> SourceLayer:
    request = {"frames": members.pop("frames", 2400)}
    return SourceLayer(**{"id": "tap", "role": "drip", "request": request, **members})


def ramp(frames: int, cycle: int = 2400) -> np.ndarray:
    return (np.arange(frames) % cycle).astype(np.float32)[:, None] / 65_536


async def test_a_layer_starts_on_its_frame(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(voice(), tap(start_ms=37)))
    start = round(37 * RATE / 1000)
    expected = spoken(TEXT).copy()
    expected[start : start + 2400] += ramp(2400)
    inside = slice(0, start + 2400 - EDGE)
    assert np.abs(audio.samples - expected)[inside].max() < 1e-6


async def test_a_mix_is_exactly_as_long_as_its_voice(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(voice(), tap(loop=True)))
    assert audio.frames == len(TEXT) * STEP


async def test_a_tail_lets_the_beds_go_on(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(voice(), tap(loop=True), tail_ms=500))
    assert audio.frames == len(TEXT) * STEP + RATE // 2
    assert np.abs(audio.samples[-RATE // 2 :]).max() > 0


async def test_a_loop_repeats_without_a_gap(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(voice(volume=0), tap(loop=True, frames=1000)))
    assert np.abs(audio.samples - ramp(audio.frames, 1000))[:-EDGE].max() < 1e-6


async def test_volume_is_applied_once(road):
    async with road(Drip()) as kernel:
        loud, _ = await kernel.render(scene(tap(volume=0.8, duration_ms=100)))
        soft, _ = await kernel.render(scene(tap(volume=0.2, duration_ms=100)))
    assert np.allclose(loud.samples, 4 * soft.samples, atol=1e-7)


async def test_without_a_voice_the_longest_layer_decides(road):
    long = SourceLayer(id="long", role="drip", request={"frames": 9600})
    async with road(Drip()) as kernel:
        audio, _ = await kernel.render(scene(tap(), long, tap(id="bed", loop=True)))
    assert audio.frames == 9600


async def test_nothing_that_ends_is_refused(road):
    async with road(Drip()) as kernel:
        with pytest.raises(Problem, match="nothing in the scene ends"):
            await kernel.plan(scene(tap(loop=True)))


async def test_a_bed_fades_out_at_the_end_of_a_scene_whose_length_nobody_knew(road):
    async with road(Stairs(), Drip()) as kernel:
        audio, _ = await kernel.render(scene(voice(volume=0), tap(loop=True, fade_out_ms=200)))
    tail = np.abs(audio.samples[-RATE // 100 :]).max()
    before = np.abs(audio.samples[-RATE // 4 - 2400 : -RATE // 4]).max()
    assert tail < 0.05 * before


async def test_parts_sum_to_the_mix(road):
    layers = (voice(pan=-0.5), tap(loop=True, volume=0.5, duck=Ducking(), fade_out_ms=50))
    plan_scene = scene(*layers, channels=2)
    async with road(Stairs(), Drip()) as kernel:
        async with kernel.perform(await kernel.plan(plan_scene), parts=True) as performance:
            mix = np.concatenate([block.samples async for block in performance.blocks()])
            parts = {name: pcm.read() for name, pcm in performance.parts.items()}
    assert set(parts) == {"voice", "tap"}
    assert all(len(part) == len(mix) for part in parts.values())
    assert np.abs(sum(parts.values()) - mix).max() < 1e-6


async def test_a_finished_master_reaches_its_loudness_under_its_ceiling(road):
    words = " ".join(["loud and clear"] * 60)
    finished = Master(mode="finished", loudness_lufs=-30, ceiling_dbtp=-1)
    async with road(Stairs(), Drip()) as kernel:
        _, receipt = await kernel.render(scene(voice(text=words), tap(loop=True), master=finished))
    assert abs(receipt.loudness.integrated_lufs - -30) < 0.2
    assert receipt.loudness.true_peak_dbtp <= -0.9


async def test_silence_is_mastered_to_silence(road):
    async with road(Stairs()) as kernel:
        audio, receipt = await kernel.render(scene(voice(volume=0), master=Master(mode="finished")))
    assert not audio.samples.any()
    assert receipt.loudness.integrated_lufs is None


async def test_a_live_master_streams_what_it_would_have_rendered(road):
    live = scene(voice(volume=3.5), tap(loop=True), master=Master(mode="live"))
    async with road(Stairs(), Drip()) as kernel:
        whole, _ = await kernel.render(live)
        async with kernel.perform(await kernel.plan(live)) as performance:
            blocks = [block.samples async for block in performance.blocks()]
    assert len(blocks) > 1
    assert np.array_equal(np.concatenate(blocks), whole.samples)
    assert np.abs(whole.samples).max() <= 1


async def test_nothing_stays_in_the_spool(road, tmp_path):
    async with road(Stairs(), Drip()) as kernel:
        await kernel.render(scene(voice(), tap(loop=True), master=Master(mode="finished")))
        assert list(kernel.spool.iterdir()) == []


async def test_a_render_has_a_quota_of_disk(road):
    text = "x" * 60
    layers = [voice(text="\n".join([text] * 100)), tap(loop=True)]
    async with road(Stairs(), Drip(), spool_bytes=1 << 20) as kernel:
        with pytest.raises(Problem) as raised:
            await kernel.render(scene(*layers))
    assert raised.value.code == "render_too_long"


async def test_two_layers_may_not_share_a_name(road):
    async with road(Stairs(), Drip()) as kernel:
        with pytest.raises(Problem, match="two layers"):
            await kernel.plan(scene(voice(), tap(id="voice")))


async def test_an_endless_piece_is_cut_and_does_not_hold_the_scene_up(road):
    class Endless(Drip):
        async def render(self, request):
            while True:
                async for chunk in super().render(request):
                    yield chunk

    class Piece(DripRequest):
        duration_ms: int

    class Band(Endless):
        @hookimpl
        def roles(self):
            return [Role("drip", Endless, Piece)]

    async with road(Stairs(), Band()) as kernel:
        audio, _ = await kernel.render(scene(voice(), tap(), master=Master(mode="finished")))
    assert audio.frames == len(TEXT) * STEP


async def test_a_loop_that_takes_its_length_from_the_scene_still_ends(road):
    class Piece(DripRequest):
        duration_ms: int

    class Band(Drip):
        @hookimpl
        def roles(self):
            return [Role("drip", Drip, Piece)]

    async with road(Stairs(), Band()) as kernel:
        audio, _ = await kernel.render(scene(voice(), tap(loop=True), master=Master(mode="finished")))
    assert audio.frames == len(TEXT) * STEP


async def test_a_source_that_cannot_is_passed_over_and_if_none_can_the_plan_says_why(road):
    class Choosy(Drip):
        name = "choosy"

        @hookimpl
        def roles(self):
            return []

        @hookimpl(optionalhook=True)
        def drip_backends(self):
            return [Backend(name="choosy", open=self.open, preference=5)]

        def check(self, request):
            if request.frames > 500:
                raise Problem(Kind.INVALID, "too_many", "at most 500 frames")

    async with road(Drip(), Choosy()) as kernel:
        _, receipt = await kernel.render(scene(tap(frames=400)))
        assert receipt.sources[0].backend == "choosy"
        _, receipt = await kernel.render(scene(tap(frames=600)))
        assert receipt.sources[0].backend == "tap"
        with pytest.raises(Problem, match="at most 500"):
            await kernel.plan(scene(tap(frames=600, backend="choosy")))


async def test_a_piece_that_the_scene_outlives_begins_again(road):
    class Piece(DripRequest):
        duration_ms: int

    class Short(Drip):
        @hookimpl
        def roles(self):
            return [Role("drip", Drip, Piece)]

    async with road(Stairs(), Short()) as kernel:
        live = scene(voice(volume=0), tap(frames=7200), master=Master(mode="none"))
        audio, _ = await kernel.render(live)
    assert np.abs(audio.samples[-2400:]).max() > 0.01


async def test_a_source_that_ends_by_itself_fades_out_however_it_arrives(road):
    rendered = []
    for pieces in (1, 40):

        class Dripping(Drip):
            async def render(self, request, pieces=pieces):
                ramp = np.full((request.frames, 1), 0.5, np.float32)
                for part in np.array_split(ramp, pieces):
                    yield Chunk(Audio(part, RATE))

        async with road(Stairs(), Dripping()) as kernel:
            once = tap(frames=12_000, fade_out_ms=100)
            audio, _ = await kernel.render(scene(voice(volume=0), once))
        rendered.append(audio.samples)
    assert np.array_equal(*rendered)
    assert rendered[0][11_990].item() < 0.05


async def test_many_voices_in_turn_work_when_they_are_due(road):
    stairs = Stairs()
    voices = [voice(id=f"v{n}", text=f"Voice number {n}", start_ms=n * 5000) for n in range(12)]
    async with road(stairs) as kernel, kernel.perform(await kernel.plan(scene(*voices))) as performance:
        await anext(performance.blocks())
        assert len(stairs.requests) < 4


async def test_a_tiny_cycle_costs_little(road):
    drip = Drip()
    async with road(Stairs(), drip) as kernel:
        asset = tap(loop=True, frames=1)
        audio, _ = await kernel.render(scene(voice(), asset))
    assert drip.renders == 1
    assert audio.frames == len(TEXT) * STEP


async def test_a_loudness_that_cannot_be_reached_is_said(road):
    loud = Master(mode="finished", loudness_lufs=-5, ceiling_dbtp=-20)
    async with road(Stairs()) as kernel:
        _, receipt = await kernel.render(scene(voice(), master=loud))
    assert [notice.code for notice in receipt.notices] == ["loudness_not_reached"]


async def test_a_scene_has_a_longest_length(road):
    long = tap(duration_ms=11 * 3_600_000, start_ms=11 * 3_600_000)
    async with road(Drip()) as kernel:
        with pytest.raises(Problem) as raised:
            await kernel.plan(scene(long))
    assert raised.value.code == "scene_too_long"
