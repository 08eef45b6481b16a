"""What the networks shall answer: the teachers' parameters as rows of `features.Layout`, every 10 ms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.mixdown.features import Layout
from training.voice.engines import Spoken
from training.voice.lessons import Teacher

Array = NDArray[np.float64]

FLITE_ALPHA, FLITE_BETA, FLITE_GAIN = 0.42, 0.4, 1.5
HTS_ALPHA = 0.45
FULL_SCALE = 32768.0
LAYOUTS: dict[Teacher, Layout] = {"flite": Layout(25, 5), "hts": Layout(45, 0)}
_POINTS = 257
"""Of the frequency axis, where energies are averaged."""
_SILENT_F0 = math.log(120.0)
"""Of an utterance without a voiced frame."""


def durations(spoken: Spoken) -> NDArray[np.int64]:
    """(phones,), frames of 10 ms, each at least one."""
    ends = (spoken.ends + 1) // 2
    ends[-1] = -(-len(spoken.parameters) // 2)
    return np.maximum(np.diff(ends, prepend=0), 1)


def targets(teacher: Teacher, spoken: Spoken) -> NDArray[np.float32]:
    """(frames, width of the layout); as many frames as `durations` has."""
    rows = np.asarray(spoken.parameters[::2], np.float64)
    rows = rows[np.minimum(np.arange(durations(spoken).sum()), len(rows) - 1)]
    if teacher == "flite":
        pitch = np.log(np.maximum(rows[:, 0], 1.0))
        spectrum = postfiltered(rows[:, 1:26], FLITE_ALPHA, FLITE_BETA)
        spectrum[:, 0] += math.log(FLITE_GAIN / FULL_SCALE)
        strengths = np.clip(rows[:, 26:], 0, 1)
    else:
        pitch, spectrum, strengths = np.maximum(rows[:, 0], 0.0), rows[:, 1:].copy(), rows[:, :0]
        spectrum[:, 0] -= math.log(FULL_SCALE)
    voiced = pitch > 0
    columns = [_continuous(pitch, voiced)[:, None], voiced[:, None], spectrum, strengths]
    return np.concatenate(columns, axis=1).astype(np.float32)


def postfiltered(cepstra: Array, alpha: float, beta: float) -> Array:
    """Mel-cepstra (frames, coefficients) with their formants raised by ``beta``, and as loud as before.

    T. Yoshimura et al., "Incorporating a mixed excitation model and postfilter into HMM-based text-to-speech
    synthesis", Systems and Computers in Japan 36(12), 2005, in the form of hts_engine and flite.
    """
    digital = _filter_coefficients(cepstra, alpha)
    raised = digital.copy()
    raised[:, 1] -= beta * alpha * cepstra[:, 2]
    raised[:, 2:] *= 1 + beta
    before, after = (_energy(_cepstra(b, alpha), alpha) for b in (digital, raised))
    raised[:, 0] += np.log(before / after) / 2
    return _cepstra(raised, alpha)


def _filter_coefficients(cepstra: Array, alpha: float) -> Array:
    """The MLSA filter's b of the mel-cepstrum c: b(M) = c(M), b(m) = c(m) - alpha b(m + 1)."""
    b = cepstra.copy()
    for m in range(cepstra.shape[1] - 2, -1, -1):
        b[:, m] -= alpha * b[:, m + 1]
    return b


def _cepstra(b: Array, alpha: float) -> Array:
    c = b.copy()
    c[:, :-1] += alpha * b[:, 1:]
    return c


def _energy(cepstra: Array, alpha: float) -> Array:
    """(frames,): the mean power of the response."""
    w = np.linspace(0, np.pi, _POINTS)
    warped = w + 2 * np.arctan2(alpha * np.sin(w), 1 - alpha * np.cos(w))
    response: Array = np.exp(2 * cepstra @ np.cos(np.outer(np.arange(cepstra.shape[1]), warped))).mean(axis=1)
    return response


def _continuous(pitch: Array, voiced: NDArray[np.bool_]) -> Array:
    """In a straight line through what is unvoiced."""
    if not voiced.any():
        return np.full(len(pitch), _SILENT_F0)
    frames = np.arange(len(pitch))
    return np.interp(frames, frames[voiced], pitch[voiced])
