"""A part's channel on the desk: controls that move, drive, tremolo, the duck under the kick, its place and its sends.

Of all that, saturation alone is not linear; it stays within a part, and a part within a stem."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mixdown_music.automation import HOP, STEP, Filter, Lane, lines
from mixdown_music.desk import Part, Tremolo
from mixdown_music.score import Control
from mixdown_music.synth import RATE, Sound


class Channel:
    def __init__(self, part: Part) -> None:
        self._part, self._filter = part, Filter()
        self._places = _places(part)

    def process(
        self, sound: Sound, start: int, lanes: Mapping[Control, Lane], duck: NDArray[np.float32] | None
    ) -> tuple[Sound, NDArray[np.float32]]:
        """The part in its place, (2, frames), and what it sends to the reverb, (frames,). ``start`` is the absolute
        frame; ``duck`` goes from 0 to 1 where a kick pushes."""
        part, frames = self._part, sound.shape[1]
        if "brightness" in lanes:
            sound = self._filter.process(sound, lanes["brightness"].values(start, frames, STEP).tolist())
        if part.drive:
            gain = np.float32(10 ** (part.drive / 20))
            sound = np.tanh(gain * sound) / gain
        if "expression" in lanes:
            sound = sound * lines(lanes["expression"].values(start, frames, HOP) ** 2)
        if part.duck and duck is not None:
            sound = sound * (1 - np.float32(1 - 10 ** (-part.duck / 20)) * duck)
        if part.tremolo:
            sound = sound * _tremolo(part.tremolo, start, frames)
        placed = np.empty((2, frames), np.float32)
        for side, gains in zip(placed, self._places, strict=True):
            _add(sound, gains, side)
        return placed, (placed[0] + placed[1]) * np.float32(0.5 * part.send)


def _add(sound: Sound, gains: NDArray[np.float32], side: NDArray[np.float32]) -> None:
    """Both channels by their gains into one side."""
    np.multiply(sound[0], gains[0], out=side)
    if gains[1]:
        side += gains[1] * sound[1]


def _places(part: Part) -> NDArray[np.float32]:
    """What of each side goes to each: level, width and pan in one matrix."""
    middle, side = np.array([0.5, 0.5]), np.array([0.5, -0.5]) * part.width
    angle = (part.pan + 1) * np.pi / 4
    gains = np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2) * 10 ** (part.level / 20)
    return np.asarray(gains * np.stack([middle + side, middle - side]), np.float32)


def _tremolo(tremolo: Tremolo, start: int, frames: int) -> Sound:
    turns = (np.arange(start, start + frames + 1, HOP) * (tremolo.rate / RATE)) % 1.0
    wave = lines(tremolo.depth * np.sin(2 * np.pi * turns))
    return np.stack([1 + wave, 1 - wave]) if tremolo.across else (1 + wave)[None, :]
