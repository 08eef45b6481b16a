"""What recordings a voice is cloned from, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_api.voices.quality import Bounds, checked, measure
from mixdown_kernel import Kind, Problem
from mixdown_kernel.pcm import PcmFile, PcmWriter
from mixdown_kernel.testing.signals import noise

BOUNDS = Bounds(10, 30)


def speech(seconds: float = 12.0, rate: int = 16_000, level: float = 0.1) -> NDArray[np.float32]:
    """Noise in syllables, four a second, with a pause after every sixth: as loud and quiet as speech."""
    times = np.arange(round(seconds * rate)) / rate
    syllables = np.sin(np.pi * (4 * times % 1)) ** 2 * ((4 * times).astype(int) % 7 < 6)
    sound = noise(len(times), channels=1)[:, 0]
    return (level * sound / np.abs(sound).max() * syllables * 3).astype(np.float32)


def hiss(frames: int) -> NDArray[np.float32]:
    """Some 8 dB below the loud moments of `speech`."""
    sound = noise(frames, channels=1)[:, 0]
    return (0.08 * sound / sound.std()).astype(np.float32)


def written(path: Path, samples: NDArray[np.float32], channels: int = 1) -> PcmFile:
    writer = PcmWriter(path, channels)
    writer.write(np.repeat(samples[:, None], channels, axis=1))
    writer.close()
    return PcmFile(path, channels)


async def refusal(path: Path, samples: NDArray[np.float32], rate: int = 16_000) -> Problem:
    with pytest.raises(Problem) as caught:
        await checked(written(path / "x.f32", samples), rate, BOUNDS, field="file")
    assert caught.value.field == "file"
    return caught.value


@pytest.mark.parametrize("rate", [16_000, 24_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
async def test_clear_speech_is_taken_at_every_rate(tmp_path: Path, rate: int, channels: int) -> None:
    file = written(tmp_path / "x.f32", speech(rate=rate), channels)
    quality = await checked(file, rate, BOUNDS, field="file")
    assert (quality.seconds, quality.rate, quality.clipped) == (12, rate, 0)
    assert quality.snr_db > 20
    assert -40 < quality.level_dbfs < -10


async def test_lengths_and_rates_outside_are_told_with_what_is_allowed(tmp_path: Path) -> None:
    short = await refusal(tmp_path, speech(9.9))
    assert (short.kind, short.code, short.allowed) == (Kind.INVALID, "recording_too_short", [10, 30])
    assert "9.9 s" in short.message
    long = await refusal(tmp_path, speech(30.1))
    assert (long.kind, long.code) == (Kind.TOO_LARGE, "recording_too_long")
    for rate in (8_000, 96_000):
        low = await refusal(tmp_path, speech(rate=rate), rate)
        assert (low.code, low.allowed) == ("bad_sample_rate", [16_000, 48_000])


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("silent_recording", lambda sound: 0 * sound),
        ("quiet_recording", lambda sound: 0.02 * sound),
        ("clipped_recording", lambda sound: np.clip(20 * sound, -1, 1)),
        ("empty_recording", lambda sound: sound * (np.arange(len(sound)) < len(sound) // 4)),
        ("noisy_recording", lambda sound: sound + hiss(len(sound))),
        ("noisy_recording", lambda sound: 0.3 * np.sin(np.arange(len(sound)) / 7)),
    ],
    ids=["silent", "quiet", "clipped", "empty", "noisy", "a-tone"],
)
async def test_what_is_wrong_with_the_sound_is_said(tmp_path: Path, code: str, spoil: object) -> None:
    assert callable(spoil)
    problem = await refusal(tmp_path, spoil(speech()).astype(np.float32))
    assert (problem.kind, problem.code) == (Kind.INVALID, code)
    assert problem.hint
    assert set(problem.details["quality"]) >= {"level_dbfs", "clipped", "pauses", "snr_db"}  # type: ignore[arg-type]


def test_the_level_is_that_of_the_speech_without_its_pauses() -> None:
    sound = speech()
    padded = np.concatenate([sound, np.zeros(len(sound), np.float32)])
    assert measure(padded, 16_000).level_dbfs == pytest.approx(measure(sound, 16_000).level_dbfs, abs=1.5)
    assert measure(padded, 16_000).pauses > 50
