"""Who makes the notes sound: our own instruments, or another set that meets `Band`."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from mixdown_music.conductor import Event
from mixdown_music.desk import Part
from mixdown_music.sampler import Sampler, Voice
from mixdown_music.synth import Sound


class Band(Protocol):
    """Plays the parts of one piece from its start to its end, once."""

    def play(self, events: Sequence[Event], start: int, frames: int) -> dict[str, Sound]:
        """The sound of every part that sounds, (2, frames) from the absolute frame ``start``; ``events`` begin in it."""
        ...

    def close(self) -> None: ...


class Synthesisers:
    """Our own instruments, out of a sampler that other pieces may share."""

    def __init__(self, parts: Mapping[str, Part], sampler: Sampler) -> None:
        self._parts, self._sampler = parts, sampler
        self._ringing: deque[tuple[str, Voice]] = deque()

    def play(self, events: Sequence[Event], start: int, frames: int) -> dict[str, Sound]:
        for event in events:
            voice = self._sampler.play(self._parts[event.note.part], event)
            self._ringing.append((event.note.part, voice))
        buses: dict[str, Sound] = {}
        for _ in range(len(self._ringing)):
            part, voice = self._ringing.popleft()
            if part not in buses:
                buses[part] = np.zeros((2, frames), np.float32)
            if voice.add_to(buses[part], start):
                self._ringing.append((part, voice))
        return buses

    def close(self) -> None:
        self._ringing.clear()
