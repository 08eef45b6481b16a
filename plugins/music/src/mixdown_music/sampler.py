"""Notes as sound: synthesised once per pitch and strength, then played from memory."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from mixdown_music.synth import RATE, Instrument, Sound

_LAYERS = 4
_SHORTEST = RATE // 2


class Sampler:
    """Keeps synthesised sounds up to ``limit`` bytes, the least recently played going first.

    A sound is synthesised for one of a few velocity layers and lengths and cut to the note, so that an hour of
    music needs a few hundred of them.
    """

    def __init__(self, limit: int = 96 << 20) -> None:
        self._limit = limit
        self._size = 0
        self._sounds: OrderedDict[tuple[str, int, int, int], Sound] = OrderedDict()

    def play(self, instrument: Instrument, pitch: int, velocity: float, frames: int) -> Sound:
        """The note, held for ``frames`` and released: shape (1 or 2, frames and the release)."""
        if instrument.whole:
            needed = int(instrument.whole * RATE)
            sound, release = self._sound(instrument, pitch, velocity, needed), int(0.05 * RATE)
        else:
            release = int(instrument.release * RATE)
            needed = max(frames, 1) + release
            length = _SHORTEST
            while length < needed:
                length *= 2
            sound = self._sound(instrument, pitch, velocity, length)
        note = sound[:, :needed] * np.float32(velocity**instrument.response)
        ramp = 0.5 + 0.5 * np.cos(np.pi * (np.arange(release) + 0.5) / release)
        note[:, needed - release :] *= ramp.astype(np.float32)
        return note

    def _sound(self, instrument: Instrument, pitch: int, velocity: float, frames: int) -> Sound:
        layer = min(int(velocity * _LAYERS), _LAYERS - 1)
        key = (instrument.name, pitch, layer, frames)
        found = self._sounds.get(key)
        if found is not None:
            self._sounds.move_to_end(key)
            return found
        sound = instrument.sound(pitch, (layer + 0.5) / _LAYERS, frames)
        self._sounds[key] = sound
        self._size += sound.nbytes
        while self._size > self._limit and len(self._sounds) > 1:
            self._size -= self._sounds.popitem(last=False)[1].nbytes
        return sound
