"""Notes as sound: synthesised once per pitch, strength and take, then played from memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from mixdown_music.conductor import Event
from mixdown_music.desk import Part
from mixdown_music.equaliser import Band, equalise
from mixdown_music.synth import RATE, Instrument, Sound, Tone

_LENGTHS = [(2 + half) * (RATE // 4) << i for i in range(18) for half in (0, 1)]
"""Of tones that are held: half a second, three quarters, one, one and a half... to a day."""
_SILENCE = 3e-5


@dataclass(frozen=True, slots=True)
class Voice:
    """A note that sounds: a shared sound, how loud it is played, and where in it its release begins."""

    start: int
    sound: Sound
    gain: float
    held: int
    release: int

    def add_to(self, bus: Sound, start: int) -> bool:
        """Add what falls into ``bus``, which begins at frame ``start``; False once nothing is left for later."""
        begin = max(self.start - start, 0)
        offset = start + begin - self.start
        end = min(offset + bus.shape[1] - begin, self.sound.shape[1])
        if end > offset:
            part = self.sound[:, offset:end] * np.float32(self.gain)
            if end > self.held:
                let_go = max(self.held - offset, 0)
                part[:, let_go:] *= _release(self.release)[offset + let_go - self.held : end - self.held]
            bus[:, begin : begin + end - offset] += part
        return bool(end < self.sound.shape[1])


@lru_cache(maxsize=48)
def _release(frames: int) -> NDArray[np.float32]:
    """Down like a damped string: 30 dB by halves and then, to nothing, a raised cosine."""
    share = (np.arange(frames) + 0.5) / frames
    return (np.exp(-2.2 * share) * (0.5 + 0.5 * np.cos(np.pi * share))).astype(np.float32)


def _without_silence(sound: Sound) -> Sound:
    """Without the end that is 90 dB below full scale: most of a short drum's time."""
    fifth = sound.shape[1] // 5
    if np.max(np.abs(sound[:, -fifth:]), initial=0.0) > _SILENCE:
        return sound
    loud = np.flatnonzero(np.max(np.abs(sound), axis=0) > _SILENCE)
    return sound[:, : int(loud[-1]) + 1 if len(loud) else 1].copy()


class Sampler:
    """Keeps synthesised sounds up to ``limit`` bytes, the least recently played going first.

    A sound is synthesised for one of a few velocity layers and lengths and cut to the note, so that an hour of
    music needs a few hundred of them. Renders in several threads may share one: a sound that two of them miss
    at the same time is made twice, and alike.
    """

    def __init__(self, limit: int = 128 << 20) -> None:
        self._limit = limit
        self.size = 0
        """Bytes kept."""
        self._lock = Lock()
        self._sounds: OrderedDict[tuple[str, Tone, tuple[Band, ...]], Sound] = OrderedDict()

    def play(self, part: Part, event: Event) -> Voice:
        """The event's note by the part's instrument, held for its time and released."""
        instrument, note = part.instrument, event.note
        release = max(int(instrument.release * RATE), 1)
        struck = int(instrument.struck.get(note.pitch, 0) * RATE)
        needed = struck or max(event.frames, 1) + release
        if struck or instrument.fitted:
            length = needed
        else:
            length = next(frames for frames in _LENGTHS if frames >= needed)
        layer = min(int(note.velocity * instrument.layers), instrument.layers - 1)
        # Which take is chance, but that of the moment in the piece: any render chooses alike.
        take = (event.start * 2_654_435_761 >> 16) % instrument.takes
        tone = Tone(note.pitch, (layer + 0.5) / instrument.layers, length, take)
        sound = self._sound(instrument, tone, part.eq)
        return Voice(
            event.start, sound[:, :needed], note.velocity**instrument.response, needed - release, release
        )

    def _sound(self, instrument: Instrument, tone: Tone, bands: tuple[Band, ...]) -> Sound:
        key = (instrument.name, tone, bands)
        with self._lock:
            found = self._sounds.get(key)
            if found is not None:
                self._sounds.move_to_end(key)
                return found
        sound = _without_silence(equalise(instrument.sound(tone), bands))
        with self._lock:
            self.size += 0 if key in self._sounds else sound.nbytes
            self._sounds[key] = sound
            while self.size > self._limit and len(self._sounds) > 1:
                self.size -= self._sounds.popitem(last=False)[1].nbytes
        return sound
