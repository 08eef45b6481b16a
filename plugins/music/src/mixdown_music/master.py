"""The master bus: glue compression and a ceiling, as one gain for the mix and all its stems."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_music.automation import HOP, lines
from mixdown_music.desk import Glue
from mixdown_music.synth import Sound

_CEILING = 10 ** (-4.5 / 20)
"""Of sample peaks; true peaks of this music lie about 1 dB above them at most."""


class Master:
    """Moves its gain once a hop of 10 ms, in straight lines, and holds the last hop back to see what comes.

    Whatever the blocks, the same frames come out; over all calls and `flush` as many as went in.
    """

    def __init__(self, trim_db: float, glue: Glue) -> None:
        self._settings = glue
        self._trim = np.float32(10 ** (trim_db / 20))
        self._held: dict[str, Sound] = {}
        self._glue = 0.0
        """In dB."""
        self._reached: float | None = None
        """The linear gain that the last line arrived at."""

    def process(self, buses: dict[str, Sound], *, last: bool = False) -> dict[str, Sound]:
        """``buses`` holds the mix under ``mix`` and its stems; all (2, frames) alike."""
        buses = {
            name: np.concatenate([self._held[name], sound * self._trim], axis=1)
            if name in self._held
            else sound * self._trim
            for name, sound in buses.items()
        }
        frames = buses["mix"].shape[1]
        hops = -(-frames // HOP) if last else max(frames // HOP - 1, 0)
        done = min(hops * HOP, frames)
        gain = self._gain(buses["mix"], hops)[:done]
        self._held = {name: sound[:, done:] for name, sound in buses.items()}
        return {name: sound[:, :done] * gain for name, sound in buses.items()}

    def _gain(self, mix: Sound, hops: int) -> NDArray[np.float32]:
        """The gain of each frame of ``hops`` hops; the hop after them is looked at where there is one."""
        levels, ceilings = _measure(mix, hops + 1)
        settings = self._settings
        corners = [ceilings[0] if self._reached is None else self._reached]
        for i in range(hops):
            target = min(0.0, (settings.threshold - levels[i]) * (1 - 1 / settings.ratio))
            self._glue += (target - self._glue) * (
                settings.attack if target < self._glue else settings.release
            )
            # The line of the hop that follows starts at this corner, so its peak counts here too.
            corners.append(min(10 ** (self._glue / 20), ceilings[i], ceilings[i + 1]))
        self._reached = corners[-1]
        return lines(corners)


def _measure(mix: Sound, hops: int) -> tuple[list[float], list[float]]:
    """Of each hop its level in dB and the highest gain that keeps it under the ceiling."""
    padded = np.zeros((2, hops * HOP), np.float32)
    frames = min(mix.shape[1], hops * HOP)
    padded[:, :frames] = mix[:, :frames]
    grid = padded.reshape(2, hops, HOP)
    power = np.mean(np.square(grid), axis=(0, 2), dtype=np.float64)
    peak = np.max(np.abs(grid), axis=(0, 2))
    ceilings = np.minimum(1.0, _CEILING / np.maximum(peak, 1e-9).astype(np.float64))
    return (10 * np.log10(power + 1e-10)).tolist(), ceilings.tolist()
