"""How fast each format is encoded, as a multiple of real time: ``python benchmarks/encoding.py``.

60 s of sound in pushes of 20 ms, as a stream is made, and of 1 s, as a file is; median of three runs. The largest
gap is the longest stretch of 20 ms pushes that brought no bytes.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
from scipy.signal import lfilter

from mixdown_kernel import Encoding, Samples
from mixdown_mixing.encoders import BuiltinEncoders

SECONDS = 60
REPETITIONS = 3
SHAPES = ((24_000, 1), (48_000, 2))


def sound(rate: int, channels: int) -> Samples:
    """Low-passed noise in syllables over a gliding tone: codecs find neither silence nor a pure tone to save on."""
    at = np.arange(rate * SECONDS) / rate
    syllables = np.clip(np.sin(2 * np.pi * 3 * at), 0, 1)
    noise = lfilter([1], [1, -0.95], np.random.default_rng(7).normal(0, 0.01, (len(at), channels)), axis=0)
    glide = 0.3 * np.sin(2 * np.pi * (180 * at + 40 * np.sin(at)))
    wave: Samples = ((glide[:, None] + noise) * syllables[:, None]).astype(np.float32)
    return wave


def encode(name: str, samples: Samples, rate: int, push: int) -> tuple[float, int, int]:
    """Seconds taken, bytes made, and the largest number of pushes between two outputs."""
    began = time.perf_counter()
    encoder = BuiltinEncoders().encoder(Encoding(format=name), rate, samples.shape[1], seekable=False)
    size = waiting = longest = 0
    for start in range(0, len(samples), push):
        data = encoder.encode(samples[start : start + push])
        size += len(data)
        waiting = 0 if data else waiting + 1
        longest = max(longest, waiting + 1)
    size += len(encoder.finish().tail)
    return time.perf_counter() - began, size, longest


def main() -> None:
    print(f"{SECONDS} s of sound; times real time, median of {REPETITIONS}")
    for rate, channels in SHAPES:
        samples = sound(rate, channels)
        print(f"\n{rate} Hz, {channels} channel(s)   20 ms pushes   1 s pushes   largest gap     size")
        for name in BuiltinEncoders().formats():
            streamed = [encode(name, samples, rate, rate // 50) for _ in range(REPETITIONS)]
            whole = [encode(name, samples, rate, rate) for _ in range(REPETITIONS)]
            _, size, gap = streamed[0]
            ratios = [SECONDS / median(run[0] for run in runs) for runs in (streamed, whole)]
            kbps = size * 8 / SECONDS / 1000
            print(f"{name:22s}{ratios[0]:12.0f}x{ratios[1]:12.0f}x{gap * 20:11d} ms{kbps:9.0f} kbps")


if __name__ == "__main__":
    main()
