"""What joins, updates and interruptions of a live mix do to loudness, peaks and ducking, by the meters."""

from __future__ import annotations

import numpy as np
import pytest
from meters.clicks import clicks
from meters.levels import momentary
from scipy.signal import resample_poly

from mixdown_kernel import Ducking, Kernel, SourceLayer, VoiceLayer

from .humming import Humming
from .test_live import RATE, Stream

CEILING = -1.0
TEXT = "A voice that hums for quite a while, and then for a while more."
DUCKING = Ducking(depth_db=-12, attack_ms=50, release_ms=200)


def pad(id_: str = "pad", **layer: object) -> SourceLayer:
    """Long enough to be steady wherever it is heard."""
    request = {"seed": 3, "frames": 10 * 24_000}
    return SourceLayer.model_validate({"id": id_, "role": "pad", "request": request, "volume": 0.3, **layer})


def dbs(sound: np.ndarray, begin_ms: int, end_ms: int) -> float:
    """The level of a stretch."""
    part = sound[begin_ms * RATE // 1000 : end_ms * RATE // 1000]
    return float(10 * np.log10(np.mean(np.square(part, dtype=np.float64)) + 1e-20))


def dbtp(sound: np.ndarray) -> float:
    """The highest peak between samples, of the whole at once: nothing of it is cut in the middle of its wave."""
    return float(20 * np.log10(np.abs(resample_poly(sound, 16, 1, axis=0)).max()))


def ms(frame: int | None) -> int:
    assert frame is not None
    return frame * 1000 // RATE


async def heard(kernel: Kernel, stream: Stream, *layers: VoiceLayer | SourceLayer) -> None:
    for layer in layers:
        stream.live.add(layer)
    await stream.ready()


async def test_however_many_join_none_passes_the_ceiling(road) -> None:
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        stream = Stream(live)
        await heard(kernel, stream, pad(volume=1.0, loop=True))
        for number in range(4):
            voice = VoiceLayer(id=f"voice-{number}", text=TEXT, pan=(-1) ** number * 0.3, volume=1.5)
            await heard(kernel, stream, voice)
            await stream.run(until_ms=700 * (number + 1))
        live.update("pad", volume=2.0, glide_ms=100)
        await stream.run(until_ms=3300)
        live.interrupt()
        await stream.run(until_ms=4500)
    loudest = np.abs(stream.sound[RATE:]).max()
    assert loudest > 0.8  # it is loud enough to need its limiter
    assert dbtp(stream.sound) <= CEILING
    assert not clicks(stream.sound, RATE)


async def test_a_bed_steps_back_for_a_voice_and_comes_back_after_its_interruption(road) -> None:
    """The bed is all on the left, the voice on the right."""
    layers = pad(pan=-1.0, duck=DUCKING), VoiceLayer(id="voice", text=TEXT, pan=1.0)
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        stream = Stream(live)
        await heard(kernel, stream, layers[0])
        await stream.run(until_ms=1000)
        await heard(kernel, stream, layers[1])
        await stream.run(until_ms=2500)
        live.interrupt()
        await stream.run(until_ms=4500)
    bed = stream.sound[:, :1]
    started, ended = ms(stream.frames("started")["voice"]), ms(stream.frames("ended")["voice"])
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        free = Stream(live)
        await heard(kernel, free, pad(pan=-1.0))
        await free.run(until_ms=4500)

    def gain(begin_ms: int, end_ms: int) -> float:
        return dbs(bed, begin_ms, end_ms) - dbs(free.sound[:, :1], begin_ms, end_ms)

    assert gain(0, started - 150) == pytest.approx(0, abs=0.01)
    assert gain(started, started + 50) < -9  # it is down by the first word
    assert gain(started + 100, ended - 20) == pytest.approx(DUCKING.depth_db, abs=0.5)
    assert gain(ended + 1200, 4500) == pytest.approx(0, abs=0.2)
    assert not clicks(stream.sound, RATE)


async def test_an_update_is_as_loud_as_it_says_and_a_removal_leaves_nothing(road) -> None:
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        stream = Stream(live)
        await heard(kernel, stream, pad())
        await stream.run(until_ms=2000)
        live.update("pad", volume=0.15)
        await stream.run(until_ms=4000)
        live.remove("pad", fade_ms=200)
        await stream.run()
    updated, ended = ms(stream.frames("updated")["pad"]), ms(stream.frames("ended")["pad"])
    loudness = momentary(stream.sound, RATE)
    before, after = loudness[updated // 100 - 1], loudness[updated // 100 + 5]
    assert after - before == pytest.approx(-6.02, abs=0.3)
    assert ended <= 4000 + 200 + 40
    assert not stream.sound[ended * RATE // 1000 + 480 :].any()
    assert not clicks(np.pad(stream.sound, ((0, RATE // 10), (0, 0))), RATE)
