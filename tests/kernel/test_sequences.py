"""Recordings joined to one: bit for bit where nothing was asked for, silent in gaps, smooth in crossfades."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_kernel import Audio, Ducking, Master, Problem, Scene, SourceLayer, VoiceLayer, sequences

from .scenes import bare
from .stairs import Drip, Stairs, spoken

RATE = 48_000
MS = RATE // 1000


def noise(frames: int, seed: int) -> np.ndarray:
    """What a 16-bit recording holds, full scale included."""
    whole = np.random.default_rng(seed).integers(-32_768, 32_768, (frames, 1))
    return (whole / 32_768).astype(np.float32)


def constant(frames: int, value: float) -> np.ndarray:
    return np.full((frames, 1), value, np.float32)


async def kept(kernel, samples: np.ndarray, rate: int = RATE) -> str:
    async def blocks():
        for part in np.array_split(samples, 3):
            yield Audio(part, rate)

    return await kernel.assets.add(blocks())


def scene(*parts: dict, tail_fade_ms: int = 0, **layer) -> Scene:
    request = {"parts": list(parts), "tail_fade_ms": tail_fade_ms}
    return Scene(
        layers=[SourceLayer(id="message", role="sequence", request=request, **layer)],
        rate=RATE,
        channels=1,
        master=Master(mode="none"),
    )


async def joined(kernel, recordings: list[np.ndarray], *, tail_fade_ms: int = 0, **join: int) -> np.ndarray:
    """The recordings with one join between each two."""
    parts = [{"asset": await kept(kernel, one), **join} for one in recordings]
    parts[-1] = {"asset": parts[-1]["asset"]}
    audio, _ = await kernel.render(scene(*parts, tail_fade_ms=tail_fade_ms))
    return audio.samples


async def test_without_gap_and_fade_it_is_the_recordings_bit_for_bit(road):
    recordings = [noise(12_345, 1), noise(7, 2), noise(48_000, 3)]
    async with road() as kernel:
        assert np.array_equal(await joined(kernel, recordings), np.concatenate(recordings))


async def test_a_long_sequence_is_made_in_blocks_and_is_the_same(road, monkeypatch):
    recordings = [noise(5000, seed) for seed in range(6)]
    async with road() as kernel:
        whole = await joined(kernel, recordings, crossfade_ms=20, tail_fade_ms=5)
        monkeypatch.setattr(sequences, "BLOCK_FRAMES", 997)
        assert np.array_equal(await joined(kernel, recordings, crossfade_ms=20, tail_fade_ms=5), whole)


async def test_a_gap_is_silence_between_the_parts(road):
    first, second = noise(2000, 1), noise(3000, 2)
    async with road() as kernel:
        sound = await joined(kernel, [first, second], gap_ms=250)
    assert np.array_equal(sound[:2000], first)
    assert not sound[2000 : 2000 + 250 * MS].any()
    assert np.array_equal(sound[2000 + 250 * MS :], second)


async def test_with_a_gap_the_crossfade_fades_before_and_behind_it(road):
    """In the original the silence came to lie inside the next word."""
    async with road() as kernel:
        sound = await joined(kernel, [constant(4800, 0.5), constant(4800, 0.5)], gap_ms=100, crossfade_ms=10)
    fade, gap = 10 * MS, 100 * MS
    assert len(sound) == 2 * 4800 + gap
    assert np.array_equal(sound[: 4800 - fade], constant(4800 - fade, 0.5))
    assert np.all(np.diff(sound[4800 - fade : 4800, 0]) < 0)
    assert not sound[4800 : 4800 + gap].any()
    assert np.all(np.diff(sound[4800 + gap : 4800 + gap + fade, 0]) > 0)
    assert np.array_equal(sound[4800 + gap + fade :], constant(4800 - fade, 0.5))


async def test_a_crossfade_overlaps_and_its_two_fades_sum_to_one(road):
    async with road() as kernel:
        level = await joined(kernel, [constant(4800, 0.5), constant(4800, 0.5)], crossfade_ms=10)
        sound = await joined(kernel, [constant(4800, 1.0), constant(4800, 0.0)], crossfade_ms=10)
    assert len(level) == 2 * 4800 - 10 * MS
    assert np.allclose(level, 0.5, atol=1e-6)
    middle = sound[4800 - 5 * MS - 1 : 4800 - 5 * MS + 1].mean()
    assert middle == pytest.approx(0.5, abs=1e-4)
    fall = sound[4800 - 10 * MS : 4800, 0]
    phase = (np.arange(10 * MS) + 0.5) / (10 * MS)
    assert np.allclose(fall, np.cos(phase * np.pi / 2) ** 2, atol=1e-6)


async def test_the_tail_fades_out(road):
    async with road() as kernel:
        sound = await joined(kernel, [constant(4800, 0.5), constant(4800, 0.5)], tail_fade_ms=5)
    assert np.array_equal(sound[: 9600 - 5 * MS], constant(9600 - 5 * MS, 0.5))
    assert np.all(np.diff(sound[-5 * MS :, 0]) < 0)
    assert abs(sound[-1, 0]) < 1e-4


async def test_fades_that_are_longer_than_their_parts_take_half_of_them(road):
    recordings = [constant(100, 0.5), constant(60, 0.5), constant(100, 0.5)]
    async with road() as kernel:
        sound = await joined(kernel, recordings, crossfade_ms=50)
    assert len(sound) == 260 - 2 * 30
    assert np.allclose(sound, 0.5, atol=1e-6)


async def test_a_part_may_be_a_stretch_of_its_recording_and_a_gap_may_end_the_sequence(road):
    recording = noise(9000, 4)
    async with road() as kernel:
        asset = await kept(kernel, recording)
        part = {"asset": asset, "start_frame": 1000, "end_frame": 8000, "gap_ms": 20}
        audio, _ = await kernel.render(scene(part))
    assert np.array_equal(audio.samples, np.pad(recording[1000:8000], ((0, 20 * MS), (0, 0))))


async def test_equal_joins_of_equal_recordings_have_one_signature_and_others_another(road):
    async with road() as kernel:
        first, second = await kept(kernel, noise(480, 1)), await kept(kernel, noise(480, 2))

        async def signature(*parts):
            return kernel.mix_signature(await kernel.plan(scene(*parts)))

        alike = [await signature({"asset": first}, {"asset": second}) for _ in range(2)]
        turned = await signature({"asset": second}, {"asset": first})
        apart = await signature({"asset": first, "gap_ms": 1}, {"asset": second})
    assert alike[0] == alike[1]
    assert len({alike[0], turned, apart}) == 3


@pytest.mark.parametrize("gap_ms", [-1, 60_001])
async def test_a_gap_beyond_its_range_is_refused(road, gap_ms):
    async with road() as kernel:
        with pytest.raises(Problem) as raised:
            await kernel.plan(scene({"asset": "asset:" + "0" * 64, "gap_ms": gap_ms}))
    assert raised.value.field == "parts.0.gap_ms"


async def test_recordings_of_different_rates_are_refused(road):
    async with road() as kernel:
        parts = [{"asset": await kept(kernel, noise(480, 1), rate)} for rate in (RATE, 24_000)]
        with pytest.raises(Problem) as raised:
            await kernel.render(scene(*parts))
    assert raised.value.code == "mixed_parts"


async def test_an_unknown_recording_and_an_empty_stretch_are_refused(road):
    async with road() as kernel:
        with pytest.raises(Problem) as unknown:
            await kernel.render(scene({"asset": "asset:" + "0" * 64}))
        part = {"asset": await kept(kernel, noise(480, 1)), "start_frame": 480}
        with pytest.raises(Problem) as empty:
            await kernel.render(scene(part))
    assert (unknown.value.code, empty.value.code) == ("unknown_asset", "empty_part")


async def test_a_bed_gives_way_to_a_message_as_to_a_voice(road):
    """Three layers would be two beds and a clip if a sequence were no voice."""
    ducking = Ducking(depth_db=-40, attack_ms=1, release_ms=50)
    async with road(Drip()) as kernel:
        asset = await kept(kernel, constant(RATE, 0.5))
        bed = SourceLayer(id="bed", role="drip", request={"frames": 600}, loop=True, duck=ducking)
        message = scene({"asset": asset}, start_ms=500)
        mixed = message.model_copy(update={"layers": (*message.layers, bed)})
        async with kernel.perform(await kernel.plan(mixed), parts=True) as performance:
            async for _ in performance.blocks():
                pass
            share = performance.part("bed").read()
    assert np.abs(share[RATE : RATE + 4800]).max() < 0.02 * np.abs(share[: 300 * MS]).max()


async def test_effort_is_the_voices_own_where_it_has_one_and_else_the_roads(road):
    able, unable = Stairs("able", honours=frozenset({"volume"})), Stairs("unable", aliases=())
    async with road(able, unable) as kernel:
        own, _ = await kernel.render(bare("abc", layer={"effort": 0.5, "backend": "able"}))
        made, _ = await kernel.render(bare("abc", layer={"effort": 0.5, "backend": "unable"}))
    assert able.requests[0].volume == 0.5
    assert np.array_equal(own.samples, spoken("abc"))
    assert unable.requests[0].volume == 1.0
    assert np.array_equal(made.samples, spoken("abc") * np.float32(0.5))


async def test_effort_changes_the_signature(road):
    async with road(Stairs()) as kernel:
        plans = [await kernel.plan(bare("abc", layer={"effort": effort})) for effort in (1.0, 0.5)]
        assert len({kernel.mix_signature(plan) for plan in plans}) == 2
    assert VoiceLayer(id="voice", text="a").effort == 1.0
