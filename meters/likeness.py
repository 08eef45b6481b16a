"""How like a voice is to its teacher that says the same: the spectrum in dB, the melody in cents.

**Parameters**, frame by frame, the teacher's durations given to both: mel-cepstral distortion (R. Kubichek, "Mel-cepstral
distance measure for objective speech quality assessment", PACRIM 1993), and the mean distance of F0. What a network
has learnt, without a vocoder and without errors of analysis. The frames count that the teacher has voiced.

**Sounds**, aligned by dynamic time warping on their own cepstra: what is left when vocoder, front end and durations have
had their say. Analysis of sound is not exact, and two engines window and filter differently. Compare such figures with
each other only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import dct

from meters.analysis import mono
from meters.pitch import pitch

Floats = NDArray[np.floating[Any]]

_RATE, _HOP_S, _WINDOW = 16_000, 0.01, 400
_BANDS, _CEPSTRA, _WARPING = 40, 25, 0.42
_DYNAMIC_DB = 60.0
_DB = 20 / np.log(10)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Over so many voiced ``frames``."""

    mcd_db: float
    f0_cents: float
    frames: int


def of_parameters(ours: Floats, theirs: Floats, cepstra: int) -> Likeness:
    """Of two utterances frame for frame, (frames, 2 + ``cepstra`` or more): log F0 in Hz, voicing 0 to 1, c0, c1, ...

    ValueError where they differ in length, or where the teacher voices nothing.
    """
    if len(ours) != len(theirs):
        raise ValueError(
            f"{len(ours)} frames beside the teacher's {len(theirs)}: give both the same durations"
        )
    voiced = theirs[:, 1] > 0.5
    if not voiced.any():
        raise ValueError("the teacher voices nothing")
    apart = np.asarray(ours, np.float64)[voiced] - np.asarray(theirs, np.float64)[voiced]
    cents = 1200 / np.log(2) * np.abs(apart[:, 0])
    return Likeness(
        float(_distortion(apart[:, 3 : 2 + cepstra]).mean()), float(cents.mean()), int(voiced.sum())
    )


def of_sounds(ours: Floats, our_rate: int, theirs: Floats, their_rate: int) -> Likeness:
    """Of two sounds of the same words, shape (frames,) or (frames, channels); needs the group ``listen``.

    Frames count that both have voiced; the distance of F0 is their median, for a tracker takes another octave now and
    then. ValueError where there are none.
    """
    from librosa.sequence import dtw

    one, other = _analysed(ours, our_rate), _analysed(theirs, their_rate)
    _, path = dtw(one.cepstra.T, other.cepstra.T, backtrack=True)
    mine, yours = path.T
    both = ~np.isnan(one.log_f0[mine]) & ~np.isnan(other.log_f0[yours])
    mine, yours = mine[both], yours[both]
    if not len(mine):
        raise ValueError("nothing is voiced in both")
    cents = 1200 / np.log(2) * np.abs(one.log_f0[mine] - other.log_f0[yours])
    apart = one.cepstra[mine, 1:] - other.cepstra[yours, 1:]
    return Likeness(float(_distortion(apart).mean()), float(np.median(cents)), int(both.sum()))


def mean_likeness(each: Sequence[Likeness]) -> Likeness:
    """Over all frames of several utterances. ValueError for none."""
    if not each:
        raise ValueError("nothing was compared")
    frames = [one.frames for one in each]
    return Likeness(
        float(np.average([one.mcd_db for one in each], weights=frames)),
        float(np.average([one.f0_cents for one in each], weights=frames)),
        sum(frames),
    )


def _distortion(apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """dB of each frame, from the differences of c1, c2, ...: the RMS distance of two log spectra on the mel scale."""
    return np.asarray(_DB * np.sqrt(np.square(apart).sum(axis=1) / 2))


@dataclass(frozen=True, slots=True)
class _Analysed:
    cepstra: NDArray[np.float64]
    """(frames, cepstra): log amplitude of the warped spectrum is the sum of c_k cos(k w)."""
    log_f0: NDArray[np.float64]
    """NaN where nothing is voiced."""


def _analysed(samples: Floats, rate: int) -> _Analysed:
    sound = mono(samples, rate, _RATE)
    track = pitch(sound, _RATE)
    hop = round(_HOP_S * _RATE)
    first = round(float(track.seconds[0]) * _RATE) - _WINDOW // 2 if len(track.seconds) else 0
    frames = sliding_window_view(sound, _WINDOW)[first::hop][: len(track.hertz)]
    if not len(frames):
        raise ValueError("too short to be compared")
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 1024)) ** 2
    log_power = np.log(np.maximum(power @ _filters(), 1e-30))
    level = np.maximum(log_power, log_power.max() - _DYNAMIC_DB / 10 * np.log(10)) / 2
    cepstra = dct(level, axis=1)[:, :_CEPSTRA] / _BANDS
    cepstra[:, 0] = cepstra[:, 0] / 2 - cepstra[:, 0].mean() / 2
    return _Analysed(cepstra, np.log(track.hertz[: len(frames)]))


def _filters() -> NDArray[np.float64]:
    """Triangles equally wide on the scale that an all-pass warps, wider than the harmonics of a low voice are apart:
    (bins of the spectrum, bands)."""
    w = np.linspace(0, np.pi, 513)
    warped = w + 2 * np.arctan2(_WARPING * np.sin(w), 1 - _WARPING * np.cos(w))
    centres = (np.arange(_BANDS) + 0.5) * np.pi / _BANDS
    width = np.pi / _BANDS
    triangles = np.maximum(0, 1 - np.abs(warped[:, None] - centres) / width)
    return np.asarray(triangles / triangles.sum(axis=0))
