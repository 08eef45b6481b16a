"""What sounds: length, blocks, stems, tempo, loudness."""

import hashlib
import os
import subprocess
import sys
from typing import Any

import numpy as np
import pyebur128
import pytest
from numpy.typing import NDArray

from mixdown_kernel import MusicRequest
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.renderer import BLOCK, onset, render
from mixdown_music.sampler import Sampler
from mixdown_music.score import Score
from mixdown_music.synth.kit import HAT, KICK

GENRE_NAMES = list(GENRES)
Samples = NDArray[np.float32]
SAMPLER = Sampler()
"""Shared by all these tests, as by all renders of a composer."""


def score(genre: str, seconds: float = 14, **members: Any) -> Score:
    return compose(
        MusicRequest.model_validate(
            {"genre": genre, "duration_ms": round(seconds * 1000), "seed": 3, **members}
        )
    )


def sound(written: Score, block: int = BLOCK, sampler: Sampler = SAMPLER) -> Samples:
    return np.concatenate([b.mix for b in render(written, block=block, sampler=sampler)])


def stems(written: Score) -> tuple[Samples, dict[str, Samples]]:
    blocks = list(render(written, stems=True, sampler=SAMPLER))
    names = blocks[0].stems
    return (
        np.concatenate([b.mix for b in blocks]),
        {name: np.concatenate([b.stems[name] for b in blocks]) for name in names},
    )


def meter(samples: Samples) -> tuple[float, float]:
    """Integrated LUFS and dBTP."""
    state = pyebur128.R128State(2, 48_000, 5 | 49)
    state.add_frames(np.ascontiguousarray(samples).ravel(), len(samples))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return pyebur128.get_loudness_global(state), 20 * np.log10(peak)


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("milliseconds", [1, 21, 333, 4001])
def test_a_piece_is_exactly_as_long_as_asked(genre: str, milliseconds: int) -> None:
    samples = sound(score(genre, milliseconds / 1000))
    assert samples.shape == (milliseconds * 48, 2)
    assert samples.dtype == np.float32
    assert np.isfinite(samples).all()


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_blocks_cannot_be_heard(genre: str) -> None:
    """In blocks of two seconds, of an odd size, or all at once: the same piece to the last bit."""
    written = score(genre, 5)
    whole = sound(written, block=5 * 48_000)
    for block in (BLOCK, 31_337):
        assert np.array_equal(sound(written, block=block), whole)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_stems_sum_to_the_mix_and_leave_it_as_it_is(genre: str) -> None:
    written = score(genre, intensity=0.8)
    mix, parts = stems(written)
    assert np.abs(sum(part.astype(np.float64) for part in parts.values()) - mix).max() < 1e-6
    assert np.array_equal(mix, sound(written))
    assert set(parts) <= {"drums", "bass", "harmony", "melody", "texture"}
    assert set(parts) == set(GENRES[genre].stems)
    assert all(np.abs(part).max() > 0.001 for part in parts.values())


def test_the_same_bits_in_a_process_with_other_thread_counts() -> None:
    program = (
        "import hashlib, numpy as np\n"
        "from mixdown_kernel import MusicRequest\n"
        "from mixdown_music.composer import compose\n"
        "from mixdown_music.renderer import render\n"
        f"for genre in {GENRE_NAMES!r}:\n"
        "    written = compose(MusicRequest(genre=genre, duration_ms=3000, seed=11))\n"
        "    print(hashlib.sha256(np.concatenate([b.mix for b in render(written)]).tobytes()).hexdigest())\n"
    )
    here = [
        hashlib.sha256(sound(score(genre, 3, seed=11), sampler=Sampler()).tobytes()).hexdigest()
        for genre in GENRE_NAMES
    ]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **threads, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.split() == here


@pytest.mark.parametrize(("genre", "bpm"), [("lofi", 72), ("lofi", 97), ("jazz", 151), ("electronic", 123)])
def test_the_tempo_can_be_measured_in_the_drums(genre: str, bpm: int) -> None:
    """The period at which the drums' attacks agree best with themselves, among all within 8 %, is the beat's."""
    _, parts = stems(score(genre, 24, bpm=bpm, intensity=0.6))
    envelope = np.abs(parts["drums"]).max(axis=1).reshape(-1, 48).max(axis=1)
    attacks = np.maximum(np.diff(np.log(envelope + 1e-3)), 0)
    spectrum = np.fft.rfft(attacks - attacks.mean(), 2 * len(attacks))
    agreement = np.convolve(np.fft.irfft(np.abs(spectrum) ** 2), np.hanning(11), "same")
    tempi = np.arange(0.92 * bpm, 1.08 * bpm, 0.02)
    lags = 4 * 60_000 / tempi[:, None] * np.arange(1, 5)  # whole bars, in ms
    scores = np.interp(lags, np.arange(len(agreement)), agreement).sum(axis=1)
    assert abs(tempi[scores.argmax()] - bpm) < 0.003 * bpm


def test_drums_sound_at_their_very_frame() -> None:
    """Late in the piece too: each kick of an electronic piece starts where the score says, to the millisecond."""
    written = score("electronic", 120, bpm=123, intensity=0.25)
    _, parts = stems(written)
    envelope = np.abs(parts["drums"]).max(axis=1)
    drums = [note for note in written.notes() if note.part == "drums"]
    loud = [note.beat for note in drums if note.pitch not in (HAT, KICK)]
    with_hat = {note.beat for note in drums if note.pitch != KICK}
    kicked = [note for note in drums if note.pitch == KICK and note.beat not in with_hat]
    alone = [note for note in kicked if not any(0 < note.beat - beat < 2 for beat in loud)]
    kicks = [onset(note, 123) for note in alone]
    assert len(kicks) > 10
    assert kicks[-1] > 40 * 48_000
    for kick in kicks:
        before, after = envelope[max(kick - 96, 0) : kick], envelope[kick : kick + 480]
        assert after.max() > 2 * before.max(initial=0.0)


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize(("intensity", "seed"), [(0.0, 1), (0.5, 2), (1.0, 3)])
def test_pieces_are_alike_in_loudness_and_leave_headroom(genre: str, intensity: float, seed: int) -> None:
    loudness, peak = meter(sound(score(genre, 24, intensity=intensity, seed=seed)))
    assert -22 < loudness < -16.5
    assert peak < -3.0


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_piece_dies_away(genre: str) -> None:
    """Its last bars fall by degrees to nothing, with no jump from one tenth of a second to the next."""
    tail = sound(score(genre, 20))[-48_000:]
    levels = np.sqrt(np.mean(tail.reshape(10, 4_800, 2) ** 2, axis=(1, 2)))
    assert levels[-1] < 0.1 * levels[0]
    assert np.abs(tail[-48:]).max() < 1e-3


def test_the_sampler_keeps_within_its_bound() -> None:
    small = Sampler(limit=8 << 20)
    written = score("orchestral", 30, intensity=1.0)
    assert np.array_equal(sound(written, sampler=small), sound(written))
    assert small.size <= 8 << 20
