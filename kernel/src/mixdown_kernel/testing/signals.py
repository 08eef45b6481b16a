"""Test signals and the measurements that judge them, in numpy alone.

Samples are float32 of shape (frames, channels), as everywhere. Measurements do not use the code under test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel.audio import Samples


def sine(
    frequency: float, frames: int, rate: int, *, dbfs: float = -6.0, channels: int = 1, phase: float = 0.0
) -> Samples:
    """A sine whose peak is ``dbfs`` below full scale, equal on all channels."""
    t = np.arange(frames, dtype=np.float64) / rate
    wave = from_db(dbfs) * np.sin(2 * np.pi * frequency * t + phase)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def constant(value: float, frames: int, channels: int = 1) -> Samples:
    return np.full((frames, channels), value, np.float32)


def noise(frames: int, *, channels: int = 1, dbfs: float = -12.0, seed: int = 1) -> Samples:
    """White noise with independent channels, within ±``dbfs``."""
    random = np.random.default_rng(seed)
    return (from_db(dbfs) * random.uniform(-1, 1, (frames, channels))).astype(np.float32)


def below(hz: float, samples: Samples, rate: int) -> Samples:
    """What of a signal lies below ``hz``."""
    spectrum = np.fft.rfft(samples.astype(np.float64), axis=0)
    spectrum[np.fft.rfftfreq(samples.shape[0], 1 / rate) > hz] = 0
    return np.fft.irfft(spectrum, n=samples.shape[0], axis=0).astype(np.float32)


def faded(samples: Samples, frames: int) -> Samples:
    """Raised-cosine fades at both ends, so that the signal is band-limited where it begins and ends."""
    ramp = 0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)
    shaped = samples.copy()
    shaped[:frames] *= ramp[:, None].astype(np.float32)
    shaped[-frames:] *= ramp[::-1, None].astype(np.float32)
    return shaped


def cut(samples: Samples, sizes: Sequence[int]) -> Iterator[Samples]:
    """``samples`` in blocks of the lengths ``sizes``, over and over."""
    start = turn = 0
    while start < samples.shape[0]:
        size = sizes[turn % len(sizes)]
        yield samples[start : start + size]
        start, turn = start + size, turn + 1


def from_db(db: float) -> float:
    return float(10 ** (db / 20))


def to_db(amplitude: float) -> float:
    return float(20 * np.log10(max(amplitude, 1e-12)))


def rms_db(samples: Samples) -> float:
    """Root mean square over all channels in dB; -240 for silence."""
    return to_db(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))) if samples.size else -240.0


def true_peak_db(samples: Samples, factor: int = 8) -> float:
    """Peak of the band-limited waveform through the samples, by zero-padding the spectrum ``factor`` times."""
    padded = np.pad(samples.astype(np.float64), ((256, 256), (0, 0)))
    spectrum = np.fft.rfft(padded, axis=0)
    wave = np.fft.irfft(spectrum, n=padded.shape[0] * factor, axis=0) * factor
    return to_db(float(np.abs(wave).max()))


def dominant_frequency(samples: Samples, rate: int) -> float:
    """The frequency of the strongest partial of the first channel, in Hz, interpolated between bins."""
    frames = samples.shape[0]
    magnitude = np.abs(np.fft.rfft(samples[:, 0].astype(np.float64) * np.hanning(frames)))
    k = int(np.argmax(magnitude[1:-1])) + 1
    left, middle, right = np.log(magnitude[k - 1 : k + 2] + 1e-20)
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    return float((k + shift) * rate / frames)


def signal_to_noise_db(samples: Samples, ideal: Samples) -> float:
    """How far the difference of two equally long signals lies below the ideal one."""
    return rms_db(ideal) - rms_db((samples.astype(np.float64) - ideal).astype(np.float32))


def seam_faults(samples: Samples, rate: int) -> list[str]:
    """Why the end of a cycle does not continue into its beginning; empty where nobody can hear the seam.

    The seam is compared with what the cycle does elsewhere: step and bend of the waveform with the 99.9th
    percentile of its own, level (50 ms) and spectrum (octave bands, 0.25 s) with the largest change between
    neighbours.
    """
    faults: list[str] = []
    wrapped = np.concatenate([samples[-2:], samples, samples[:2]]).astype(np.float64)
    for name, order in (("step", 1), ("bend", 2)):
        change = np.abs(np.diff(wrapped, n=order, axis=0)).max(axis=1)
        inside, across = change[2:-2], max(change[:2].max(), change[-2:].max())
        if across > np.percentile(inside, 99.9) + 1e-6:
            faults.append(f"{name} of the waveform at the seam: {across:.5f}")
    for name, frames, measure in (
        ("level", rate // 20, _levels),
        ("spectrum", rate // 4, _octave_bands),
    ):
        windows = samples.shape[0] // frames
        if windows < 4:
            continue
        head = [samples[i * frames : (i + 1) * frames] for i in range(windows)]
        measured = np.array([measure(window, rate) for window in head])
        distances = np.abs(np.diff(measured, axis=0)).mean(axis=1)
        last = measure(samples[-frames:], rate)
        across = float(np.abs(measured[0] - last).mean())
        if across > distances.max() + 0.5:
            faults.append(f"{name} jumps by {across:.1f} dB at the seam, elsewhere by {distances.max():.1f}")
    return faults


def _levels(window: Samples, rate: int) -> NDArray[np.float64]:
    power = np.mean(np.square(window, dtype=np.float64), axis=0)
    return np.asarray(10 * np.log10(power + 1e-12), np.float64)


def _octave_bands(window: Samples, rate: int) -> NDArray[np.float64]:
    mono = window.mean(axis=1, dtype=np.float64) * np.hanning(window.shape[0])
    power = np.abs(np.fft.rfft(mono)) ** 2
    edges = [int(edge * window.shape[0] / rate) for edge in (60, 125, 250, 500, 1000, 2000, 4000, 8000)]
    bands = [power[low:high].sum() for low, high in zip(edges, [*edges[1:], power.size], strict=True)]
    return np.asarray(10 * np.log10(np.array(bands) / window.shape[0] + 1e-9), np.float64)
