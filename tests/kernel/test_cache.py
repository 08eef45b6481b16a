"""Stored sources: whole or not at all, first render wins, least recently used goes."""

from __future__ import annotations

import asyncio
import json
import os

import numpy as np
import pytest

from mixdown_kernel import Audio, Chunk, Kind, Master, Problem, Scene, SourceLayer, Word
from mixdown_kernel.assets import Assets, locate
from mixdown_kernel.cache import SourceCache

from .scenes import bare
from .stairs import EDGE, RATE, Drip, Stairs

SIGNATURE = "ab" * 32


def chunks(*values: float, frames: int = 1000, stems: bool = False):
    async def make():
        for number, value in enumerate(values):
            audio = Audio(np.full((frames, 2), value, np.float32), RATE)
            half = Audio(audio.samples / 2, RATE)
            words = (Word(0, 1, 0, 10),) if number == 0 else ()
            yield Chunk(audio, words, {"left": half, "right": half} if stems else {})

    return make()


async def drain(stream) -> np.ndarray:
    return np.concatenate([chunk.audio.samples async for chunk in stream])


@pytest.fixture
def cache(tmp_path) -> SourceCache:
    cache = SourceCache(tmp_path, quota=1 << 30)
    cache.prepare()
    return cache


async def test_what_is_kept_comes_back_bit_for_bit(cache):
    made = await drain(cache.keep(SIGNATURE, chunks(0.1, 0.2, stems=True)))
    stored = await cache.find(SIGNATURE)
    again = [chunk async for chunk in stored.chunks()]
    assert np.array_equal(np.concatenate([chunk.audio.samples for chunk in again]), made)
    assert [word for chunk in again for word in chunk.words] == [Word(0, 1, 0, 10)]
    assert set(stored.stems) == {"left", "right"}
    assert np.allclose(stored.stem("left").read() + stored.stem("right").read(), made)


async def test_an_abandoned_render_leaves_nothing(cache, tmp_path):
    stream = cache.keep(SIGNATURE, chunks(0.1, 0.2))
    await anext(stream)
    await stream.aclose()
    assert await cache.find(SIGNATURE) is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_a_render_that_fails_leaves_nothing(cache, tmp_path):
    async def failing():
        yield Chunk(Audio(np.zeros((10, 1), np.float32), RATE))
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await drain(cache.keep(SIGNATURE, failing()))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_the_first_render_wins(cache):
    first = cache.keep(SIGNATURE, chunks(0.1))
    second = cache.keep(SIGNATURE, chunks(0.9))
    await anext(first)
    await anext(second)
    assert await anext(first, None) is None
    assert await anext(second, None) is None
    assert (await drain((await cache.find(SIGNATURE)).chunks())).max() == np.float32(0.1)


async def test_a_damaged_source_is_dropped_and_not_played(cache, tmp_path):
    await drain(cache.keep(SIGNATURE, chunks(0.1)))
    pcm = next(tmp_path.rglob("*.f32"))
    os.truncate(pcm, 100)
    assert await cache.find(SIGNATURE) is None
    assert not list(tmp_path.rglob("*.json"))


async def test_unreadable_notes_are_dropped(cache, tmp_path):
    await drain(cache.keep(SIGNATURE, chunks(0.1)))
    next(tmp_path.rglob("*.json")).write_text("{")
    assert await cache.find(SIGNATURE) is None


async def test_the_least_recently_used_goes_when_the_quota_is_reached(tmp_path):
    cache = SourceCache(tmp_path, quota=25_000)  # three sources of 8,000 bytes
    cache.prepare()
    names = [f"{number:02}" * 32 for number in range(4)]
    for age, name in enumerate(names[:3]):
        await drain(cache.keep(name, chunks(0.1)))
        os.utime(next(tmp_path.rglob(f"{name}.json")), (age, age))
    assert await cache.find(names[0]) is not None  # used just now
    await drain(cache.keep(names[3], chunks(0.1)))
    kept = [name for name in names if await cache.find(name) is not None]
    assert names[0] in kept
    assert names[3] in kept
    assert names[1] not in kept


async def test_a_start_sweeps_what_a_kill_left_and_spares_what_is_being_written(tmp_path):
    folder = tmp_path / "ab"
    folder.mkdir()
    old, young = folder / f"{SIGNATURE}.f32", folder / f"{SIGNATURE}..x.part"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (0, 0))
    SourceCache(tmp_path, quota=1).prepare()
    assert not old.exists()
    assert young.exists()


async def test_a_cycle_is_rendered_once_for_everybody_who_waits(road):
    drip = Drip()
    bed = SourceLayer(id="bed", role="drip", request={"frames": 4800, "seed": 1}, loop=True, duration_ms=50)
    scene = Scene(layers=[bed], rate=RATE, channels=1, master=Master(mode="none"))
    async with road(Stairs(), drip) as kernel:
        rendered = await asyncio.gather(*(kernel.render(scene) for _ in range(8)))
    assert drip.renders == 1
    assert {audio.frames for audio, _ in rendered} == {1200}


async def test_equal_samples_are_one_asset(tmp_path):
    assets = Assets(tmp_path)

    async def blocks(value: float):
        for _ in range(3):
            yield Audio(np.full((100, 1), value, np.float32), 8000)

    first, again, other = [await assets.add(blocks(value)) for value in (0.1, 0.1, 0.2)]
    assert first == again != other
    pcm, rate = locate(tmp_path, first)
    assert (pcm.frames, rate) == (300, 8000)
    assert not list(tmp_path.glob("*.part"))


async def test_a_decoder_that_fails_leaves_no_asset(tmp_path):
    async def failing():
        yield Audio(np.zeros((10, 1), np.float32), 8000)
        raise Problem(Kind.INVALID, "undecodable_audio", "cut short")

    with pytest.raises(Problem, match="cut short"):
        await Assets(tmp_path).add(failing())
    assert not list(tmp_path.iterdir())


async def test_a_clip_plays_an_asset(road, tmp_path):
    async def blocks():
        yield Audio(np.linspace(0, 0.5, 480, dtype=np.float32)[:, None], RATE)

    async with road() as kernel:
        asset = await kernel.assets.add(blocks())
        layer = SourceLayer(id="clip", role="clip", request={"asset": asset})
        scene = Scene(layers=[layer], rate=RATE, channels=1, master=Master(mode="none"))
        audio, _ = await kernel.render(scene)
        missing = layer.model_copy(update={"request": {"asset": "asset:" + "0" * 64}})
        with pytest.raises(Problem) as raised:
            await kernel.render(scene.model_copy(update={"layers": (missing,)}))
    played = np.linspace(0, 0.5, 480, dtype=np.float32)
    assert np.array_equal(audio.samples[:-EDGE, 0], played[:-EDGE])
    assert raised.value.code == "unknown_asset"
    assert not json.dumps([str(path) for path in (tmp_path / "cache").rglob("*.f32")]).count("f32")


async def test_assets_have_a_quota_and_the_least_recently_played_go(tmp_path):
    assets = Assets(tmp_path, quota=1000)  # two of 400 bytes

    async def blocks(value: float):
        yield Audio(np.full((100, 1), value, np.float32), 8000)

    names = []
    for age, value in enumerate((0.1, 0.2, 0.3)):
        names.append(await assets.add(blocks(value)))
        os.utime(tmp_path / f"{names[-1].removeprefix('asset:')}.f32", (age, age))
        if age == 1:
            locate(tmp_path, names[0])  # played just now
    locate(tmp_path, names[0])
    locate(tmp_path, names[2])
    with pytest.raises(Problem):
        locate(tmp_path, names[1])
    assert [await assets.holds(name) for name in names] == [True, False, True]


async def test_a_forgotten_source_is_rendered_anew(road):
    voice = Stairs()
    async with road(voice) as kernel:
        for renders in (1, 1, 2):
            _, receipt = await kernel.render(bare("abc", seed=1))
            assert len(voice.requests) == renders
            if receipt.sources[0].cached:
                await kernel.forget_source(receipt.sources[0].signature)
