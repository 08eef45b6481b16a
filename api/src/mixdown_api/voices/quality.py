"""Whether a recording is fit to clone a voice from. Source: sources/jabbertts-spec.md 2.2.1: 10 to 30 seconds, 16 to
48 kHz, clear speech, little noise."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from mixdown_api.edge import ApiSettings
from mixdown_kernel import Kind, Problem, with_channels
from mixdown_kernel.pcm import PcmFile

RATES = (16_000, 48_000)
FRAME_MS = 30
FLOOR_DB = -100.0
SILENT_DB, QUIET_DB = -60.0, -42.0
PAUSE_DB = 30.0
"""So far below its loud moments a voice pauses."""
MAX_PAUSES = 60.0
MAX_CLIPPED = 0.5
FULL_SCALE = 0.999
MIN_SNR_DB = 12.0
"""Loud moments over quiet ones. Clear speech has 14 dB where it never pauses, else 25 and more; with noise 5 dB below it
9, a tone 0."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was measured. ``level_dbfs`` is that of the speech without its pauses; ``clipped`` and ``pauses`` are percent,
    ``snr_db`` an estimate: loud moments over the quietest."""

    seconds: float
    rate: int
    level_dbfs: float
    clipped: float
    pauses: float
    snr_db: float

    def figures(self) -> dict[str, JsonValue]:
        return {name: round(value, 2) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a recording's length, in seconds."""

    shortest: float
    longest: float

    @classmethod
    def of(cls, settings: ApiSettings) -> Bounds:
        return cls(settings.voice_sample_min_seconds, settings.voice_sample_max_seconds)


async def checked(file: PcmFile, rate: int, bounds: Bounds, *, field: str) -> Quality:
    """The recording's figures. `Problem` says what is wrong with it, of ``field``."""
    _check_length(file.frames / rate, bounds, field)
    if not RATES[0] <= rate <= RATES[1]:
        message = f"The recording has {rate} samples a second."
        hint = "Record it anew: what a lower rate cut off does not come back." if rate < RATES[0] else None
        raise _refusal("bad_sample_rate", message, field, allowed=[*RATES], hint=hint)
    quality = await asyncio.to_thread(lambda: measure(_mono(file), rate))
    _check_sound(quality, field)
    return quality


def _mono(file: PcmFile) -> NDArray[np.float32]:
    return np.concatenate([with_channels(block, 1)[:, 0] for block in file.blocks(1 << 18)])


def measure(samples: NDArray[np.float32], rate: int) -> Quality:
    """Of a mono recording, which has at least one frame of 30 ms."""
    size = rate * FRAME_MS // 1000
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    levels = 10 * np.log10(np.mean(frames**2, axis=1) + 10 ** (FLOOR_DB / 10))
    loud = float(np.percentile(levels, 95))
    speaks = levels > loud - PAUSE_DB
    return Quality(
        seconds=len(samples) / rate,
        rate=rate,
        level_dbfs=float(10 * np.log10(np.mean(10 ** (levels[speaks] / 10)))),
        clipped=float(100 * np.mean(np.abs(samples) >= FULL_SCALE)),
        pauses=float(100 * np.mean(~speaks)),
        snr_db=loud - float(np.percentile(levels, 5)),
    )


def _check_length(seconds: float, bounds: Bounds, field: str) -> None:
    allowed = [bounds.shortest, bounds.longest]
    message = (
        f"The recording lasts {seconds:.1f} s; a voice is cloned from {allowed[0]:g} to {allowed[1]:g} s."
    )
    if seconds < bounds.shortest:
        raise _refusal("recording_too_short", message, field, allowed=allowed)
    if seconds > bounds.longest:
        hint = "Cut it where a sentence ends."
        raise Problem(Kind.TOO_LARGE, "recording_too_long", message, field=field, allowed=allowed, hint=hint)


def _check_sound(found: Quality, field: str) -> None:
    level = f"{found.level_dbfs:.0f} dBFS"
    faults = (
        (found.level_dbfs < SILENT_DB, "silent_recording", "The recording is silent."),
        (found.level_dbfs < QUIET_DB, "quiet_recording", f"The speech is too quiet: {level}."),
        (
            found.clipped > MAX_CLIPPED,
            "clipped_recording",
            f"The recording is clipped: {found.clipped:.1f} % of its samples are at full scale.",
        ),
        (
            found.pauses > MAX_PAUSES,
            "empty_recording",
            f"Hardly anything is said in the recording: {found.pauses:.0f} % of it are pauses.",
        ),
        (
            found.snr_db < MIN_SNR_DB,
            "noisy_recording",
            f"There is no clear speech: it stands {found.snr_db:.0f} dB above what is heard beside it.",
        ),
    )
    for is_so, code, message in faults:
        if is_so:
            problem = _refusal(code, message, field, hint="Record one speaker, near, in a quiet room.")
            problem.details["quality"] = found.figures()
            raise problem


def _refusal(
    code: str,
    message: str,
    field: str,
    *,
    allowed: Sequence[JsonValue] | None = None,
    hint: str | None = None,
) -> Problem:
    return Problem(Kind.INVALID, code, message, field=field, allowed=allowed, hint=hint)
