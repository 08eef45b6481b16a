"""Sound to feed the mixing backends, and how to run it through their stages in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mixdown_kernel import Mixer, Samples

RATE = 48_000


def noise(frames: int, channels: int = 2, *, level: float = 0.1, seed: int = 0) -> Samples:
    return (np.random.default_rng(seed).standard_normal((frames, channels)) * level).astype(np.float32)


def programme(seconds: float, *, level: float = 0.25, seed: int = 0) -> Samples:
    """Stereo noise that falls like music's spectrum, breathing slowly, its loudest moments far above the rest."""
    frames = int(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((frames, 2)), axis=0)
    hertz = np.fft.rfftfreq(frames, 1 / RATE)[:, None]
    sound = np.fft.irfft(spectrum * (hertz < 18_000) / np.sqrt(1 + (hertz / 1500) ** 2), frames, axis=0)
    breath = 0.6 + 0.4 * np.sin(2 * np.pi * 0.7 * np.arange(frames) / RATE)
    sound *= breath[:, None] * level / sound.std()
    return np.asarray(sound, np.float32)


def tone(
    frames: int, hertz: float, *, amplitude: float = 0.5, rate: int = RATE, channels: int = 1
) -> Samples:
    wave = amplitude * np.sin(2 * np.pi * hertz * np.arange(frames) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def cut(samples: Samples, size: int) -> Iterator[Samples]:
    for start in range(0, samples.shape[0], size):
        yield samples[start : start + size]


def run(stage: Any, samples: Samples, size: int) -> Samples:
    """All that a limiter or a resampler makes of ``samples`` in blocks of ``size``."""
    return np.concatenate([*(stage.process(block) for block in cut(samples, size)), stage.flush()])


def mixed(mixer: Mixer, inputs: dict[str, Samples], size: int) -> Samples:
    """The mix of whole tracks, all equally long, in blocks of ``size``."""
    frames = next(iter(inputs.values())).shape[0]
    blocks = []
    for start in range(0, frames, size):
        part = {name: samples[start : start + size] for name, samples in inputs.items()}
        blocks.append(mixer.process(part, min(size, frames - start)).mix)
    return np.concatenate(blocks)
