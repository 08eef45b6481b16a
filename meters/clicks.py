"""Where sound breaks: steps, dropped samples, edges of gaps, blocks played twice.

Three detectors, each to about one sample:

- **jump**: linear prediction (order 24, frames of 30 ms, Hann window) follows the spectrum of the sound; what it
  cannot predict is its residual. A discontinuity stands out of the residual *on both sides*, while an onset, however
  hard, is followed by a residual of its own size. ``strength`` is the peak over the scale around: the largest of the
  97 % quantiles of the 20 ms before and after, and the peak of the first millisecond after. An attack (3 dB up
  within 5 ms) counts only if the wave itself jumps by a quarter of what sets in, not where a drum begins with a kink. (Detection: S. V. Vaseghi,
  Advanced Digital Signal Processing, ch. 12; S. Godsill and P. Rayner, Digital Audio Restoration, 1998, ch. 5.
  The two-sided scale and the rule for attacks are ours.)
- **gap**: digital silence of a millisecond or more that begins without any decay, where sound goes on within 200 ms.
- **repeat**: a block of 1 to 200 ms played twice or a few times in a row, bit for bit: a stuck buffer.

What it cannot see is mostly what cannot be heard: a jump below the residual of noise, of a glottal pulse or of a
plosive is masked by it. At the default threshold a splice in strings, pads or wind is found nearly always, one in
a vowel in a third of cases, one in rain or white noise never. Judge what makes joins on tonal material, and
with a lower ``threshold`` (from 6 on). Gap and repeat need exact samples: lossy coding hides them.
Crackle of a record is found because it is made of clicks. The first and last 10 ms are not judged: pad with silence
to judge an end, append the beginning to judge a loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

Signal = NDArray[np.floating[Any]]

THRESHOLD = 8.5
FLOOR = 3e-4
"""Residuals below -70 dBFS are not heard."""
_ORDER = 24
_REACH_S, _GUARD_S, _TAIL_S, _QUANTILE = 0.020, 0.0007, 0.001, 0.97
_ATTACK_S, _ATTACK, _ATTACK_JUMP = 0.005, 1.4, 0.25
_EDGE_S = 0.010
_GAP_S, _GAP_END_S, _GAP_FLOOR = (0.001, 0.2), 0.002, 5e-3
_BLOCK_S, _TIMES = (0.001, 0.2), 8
_BATCH = 1024


@dataclass(frozen=True, slots=True)
class Click:
    """``frame`` is the first after the break; ``strength`` compares with the threshold (gaps and repeats: infinite)."""

    frame: int
    strength: float
    kind: Literal["jump", "gap", "repeat"] = "jump"
    channel: int = 0


def clicks(samples: Signal, rate: int, threshold: float = THRESHOLD) -> list[Click]:
    """All breaks in ``samples``, shape (frames,) or (frames, channels), in order of time; one per 20 ms and kind."""
    if not len(samples):
        return []
    channels = np.asarray(samples, np.float64).reshape(len(samples), -1).T
    found: list[Click] = []
    for number, signal in enumerate(channels):
        if number and np.array_equal(signal, channels[0]):
            continue
        found += [
            Click(frame, strength, "jump", number) for frame, strength in _jumps(signal, rate, threshold)
        ]
        found += [Click(frame, np.inf, "gap", number) for frame in _gaps(signal, rate)]
        found += [Click(frame, np.inf, "repeat", number) for frame in _repeats(signal, rate)]
    edge = int(_EDGE_S * rate)
    inside = [click for click in found if edge <= click.frame < len(samples) - edge]
    return _thinned(sorted(inside, key=lambda click: (click.frame, -click.strength)), int(_REACH_S * rate))


def residual(signal: Signal, rate: int) -> NDArray[np.float64]:
    """What linear prediction misses of each sample, shape (frames,)."""
    signal = np.asarray(signal, np.float64)
    hop, width = rate // 100, 3 * (rate // 100)
    starts = np.arange(0, len(signal), hop)
    windows = sliding_window_view(np.pad(signal, (hop, width + hop)), width)
    pasts = sliding_window_view(np.pad(signal, (_ORDER, hop)), _ORDER + hop)
    parts = []
    for first in range(0, len(starts), _BATCH):
        batch = starts[first : first + _BATCH]
        filters = _prediction_errors(windows[batch] * np.hanning(width))
        steps = sliding_window_view(pasts[batch], _ORDER + 1, axis=1)
        parts.append(np.einsum("fhk,fk->fh", steps, filters).reshape(-1))
    return np.concatenate(parts)[: len(signal)] if parts else np.zeros(0)


def _prediction_errors(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Filters from past to present of the prediction error, shape (frames, order + 1): autocorrelation method."""
    size = 1 << int(np.ceil(np.log2(2 * frames.shape[1])))
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2)[:, : _ORDER + 1]
    correlation[:, 0] = correlation[:, 0] * (1 + 1e-7) + 1e-12 * frames.shape[1]
    lags = np.arange(_ORDER)
    toeplitz = correlation[:, np.abs(lags[:, None] - lags)]
    predictor = np.linalg.solve(toeplitz, correlation[:, 1:, None])[..., 0]
    return np.concatenate([-predictor[:, ::-1], np.ones((len(frames), 1))], axis=1)


def _jumps(signal: NDArray[np.float64], rate: int, threshold: float) -> list[tuple[int, float]]:
    missed = np.abs(residual(signal, rate))
    reach, guard = int(_REACH_S * rate), max(int(_GUARD_S * rate), _ORDER + 2)
    if len(missed) < 2 * reach:
        return []
    peaks = (missed == maximum_filter1d(missed, 2 * guard + 1)) & (missed > FLOOR)
    frames = np.flatnonzero(peaks & (missed > threshold * _least_scale(missed, reach)))
    if not len(frames):
        return []
    strength = missed[frames] / _scale(missed, frames, reach, guard, int(_TAIL_S * rate))
    return [
        (int(at), float(how))
        for at, how in zip(frames, strength, strict=True)
        if how >= threshold and not _is_attack(signal, missed, int(at), int(_ATTACK_S * rate))
    ]


def _scale(
    missed: NDArray[np.float64], frames: NDArray[np.intp], reach: int, guard: int, tail: int
) -> NDArray[np.float64]:
    windows = sliding_window_view(np.pad(missed, reach + guard), reach)
    before, after = windows[frames], windows[frames + reach + 2 * guard + 1]
    sides = np.quantile([before, after], _QUANTILE, axis=2)
    scale: NDArray[np.float64] = np.maximum(sides.max(axis=0), after[:, :tail].max(axis=1))
    return np.maximum(scale, 1e-6)


def _is_attack(signal: NDArray[np.float64], missed: NDArray[np.float64], at: int, width: int) -> bool:
    before, after = _rms(signal[max(0, at - width) : at]), _rms(signal[at : at + width])
    return after > _ATTACK * before and missed[at] < _ATTACK_JUMP * float(np.sqrt(after**2 - before**2))


def _least_scale(missed: NDArray[np.float64], reach: int) -> NDArray[np.float64]:
    """A lower bound of the scale around every sample, so that quantiles are taken of few windows: no 97 % quantile of
    20 ms lies below the least median of the 5 ms blocks around."""
    block = reach // 4
    count = len(missed) // block
    medians = np.median(missed[: count * block].reshape(count, block), axis=1)
    least = minimum_filter1d(medians, 13).repeat(block)
    return np.pad(least, (0, len(missed) - len(least)), mode="edge")


def _gaps(signal: NDArray[np.float64], rate: int) -> list[int]:
    shortest, longest = (int(seconds * rate) for seconds in _GAP_S)
    tail = int(_GAP_END_S * rate)
    silent = np.diff(np.concatenate([[0], (signal == 0).astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(silent == 1), np.flatnonzero(silent == -1)
    found = []
    for start, end in zip(starts, ends, strict=True):
        if shortest <= end - start <= longest and start >= 10 * tail and end < len(signal):
            last, whole = _rms(signal[start - tail : start]), _rms(signal[start - 10 * tail : start])
            if last > 0.25 * whole and last > _GAP_FLOOR:
                found.append(int(start))
    return found


def _repeats(signal: NDArray[np.float64], rate: int) -> list[int]:
    """Where a run equals the run just before it, sample for sample, and what is periodic is left out."""
    shortest, longest = (int(seconds * rate) for seconds in _BLOCK_S)
    width = shortest // 2
    if len(signal) <= 2 * longest:
        return []
    weights = np.random.default_rng(0).standard_normal(width)
    moving = np.abs(np.diff(signal, append=signal[-1])) > 0
    prints = np.convolve(signal, weights, "valid")
    order = np.argsort(prints, kind="stable")
    lag = np.diff(order)
    same = (np.abs(np.diff(prints[order])) < 1e-12) & (lag >= shortest) & (lag <= longest) & moving[order[1:]]
    found: list[int] = []
    until = -1
    for at, back in sorted(zip(order[1:][same].tolist(), lag[same].tolist(), strict=True)):
        if at < until:
            continue
        run = _equal_run(signal, at, back, _TIMES * back)
        if back <= run < _TIMES * back and _rms(signal[at : at + run]) > 1e-3:
            found.append(at)
            until = at + run
    return found


def _equal_run(signal: NDArray[np.float64], at: int, back: int, limit: int) -> int:
    here = signal[at : at + limit]
    differs = np.flatnonzero(here != signal[at - back : at - back + len(here)])
    return int(differs[0]) if len(differs) else len(here)


def _rms(signal: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(signal)))) if len(signal) else 0.0


def _thinned(found: list[Click], apart: int) -> list[Click]:
    """The strongest of those that lie together, whatever the channel."""
    kept: list[Click] = []
    for click in found:
        near = [
            other for other in kept[-6:] if other.kind == click.kind and click.frame - other.frame < apart
        ]
        if not near:
            kept.append(click)
        elif click.strength > near[-1].strength:
            kept[kept.index(near[-1])] = click
    return kept
