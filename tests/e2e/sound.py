"""Listening to what came back."""

from __future__ import annotations

import io

import av
import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
PITCHES = (60.0, 400.0)
"""Where the fundamental of a voice is looked for, in Hz."""


def decode(data: bytes) -> tuple[Signal, int]:
    """Any file as float samples (frames, channels) in [-1, 1] with its rate, by FFmpeg's decoders."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("fltp", stream.layout.name, stream.rate)
        frames = [out for frame in container.decode(stream) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
        rate = stream.rate
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1).T, rate


def pcm(data: bytes) -> Signal:
    """Headerless 16-bit little-endian mono."""
    return (np.frombuffer(data, "<i2")[:, None] / 32_768).astype(np.float32)


def seconds(data: bytes) -> float:
    samples, rate = decode(data)
    return len(samples) / rate


def rms(samples: Signal) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))


def pitch(samples: Signal, rate: int) -> float:
    """The median fundamental in Hz over the voiced 40 ms windows, by normalised autocorrelation."""
    mono = samples.mean(axis=1)
    size, low, high = rate // 25, int(rate / PITCHES[1]), int(rate / PITCHES[0])
    found = []
    for start in range(0, len(mono) - size - high, size // 2):
        window = mono[start : start + size]
        if rms(window) < 0.02:
            continue
        likeness = [_likeness(window, mono[start + lag : start + lag + size]) for lag in range(low, high)]
        best = int(np.argmax(likeness))
        if likeness[best] > 0.8:
            first = next(lag for lag, value in enumerate(likeness) if value > 0.93 * likeness[best])
            while first + 1 < len(likeness) and likeness[first + 1] > likeness[first]:
                first += 1
            found.append(rate / (low + first))
    return float(np.median(found))


def _likeness(a: Signal, b: Signal) -> float:
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9))
