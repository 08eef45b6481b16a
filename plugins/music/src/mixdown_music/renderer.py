"""From score to sound, block by block: an hour costs the memory of a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mixdown_music.desks import Part
from mixdown_music.master import Master
from mixdown_music.sampler import Sampler, Voice
from mixdown_music.score import BEATS, Note, Piece, Score
from mixdown_music.strip import Strip
from mixdown_music.synth import RATE, Sound
from mixdown_music.texture import Record

BLOCK = 2 * RATE
"""Longer ones would waste less on the reverb's transforms; two seconds are the contract's most."""
_FADE = 1.2
"""Seconds in which the very end fades out."""


@dataclass(frozen=True, slots=True)
class Block:
    """The mix and, where asked for, the stems that sum to it: float32, shape (frames, 2)."""

    mix: NDArray[np.float32]
    stems: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def onset(note: Note, bpm: float) -> int:
    """The frame at which a note begins: its beat's exact frame and the player's lateness."""
    return round(note.beat * 60 / bpm * RATE) + round(note.delay * RATE)


def render(
    score: Score, *, stems: bool = False, block: int = BLOCK, sampler: Sampler | None = None
) -> Iterator[Block]:
    """All of the piece in blocks of about ``block`` frames, exactly as many frames as it says."""
    return Renderer(score, sampler or Sampler(), stems=stems, block=block).blocks()


def _trim(piece: Piece) -> float:
    """dB before the master. A fuller arrangement is louder by itself; more than half of that is taken back,
    so that intensity is heard in how the music is played and a mix need not be set anew."""
    below = 0.5 - piece.intensity
    return piece.genre.trim + (9.0 if below > 0 else 6.0) * below


class Renderer:
    def __init__(self, score: Score, sampler: Sampler, *, stems: bool, block: int) -> None:
        piece = score.piece
        self._piece, self._genre, self._block = piece, piece.genre, block
        self._sampler, self._master = sampler, Master(_trim(piece))
        self._bars = score.bars()
        self._bar = 0
        self._ringing: deque[tuple[str, Voice]] = deque()
        self._record = Record(piece.seed, 0.6 + 0.5 * (1 - piece.intensity)) if piece.genre.record else None
        names = ("mix", *self._genre.stems) if stems else ("mix",)
        self._strips = {
            name: Strip(reverb=self._genre.reverb, tape=self._genre.tape, block=block) for name in names
        }

    def blocks(self) -> Iterator[Block]:
        total = self._piece.frames
        done = 0
        for start in range(0, total, self._block):
            frames = min(self._block, total - start)
            buses = self._master.process(self._buses(start, frames), last=start + frames == total)
            length = buses["mix"].shape[1]
            fade = self._fade(done, length)
            shaped = {name: np.ascontiguousarray((sound * fade).T) for name, sound in buses.items()}
            done += length
            if length:
                yield Block(shaped.pop("mix"), shaped)

    def _buses(self, start: int, frames: int) -> dict[str, Sound]:
        """The mix and the stems of one block, before the master."""
        played = self._play(start, frames)
        dry: dict[str, Sound] = {}
        send: dict[str, NDArray[np.float32]] = {}
        for name, sound in played.items():
            self._mix_part(self._genre.parts[name], sound, dry, send)
        if self._record:
            texture = self._record.play(start, frames)
            dry["texture"] = dry["texture"] + texture if "texture" in dry else texture
        silence = np.zeros((2, frames), np.float32)
        dry["mix"] = sum(dry.values(), silence)
        send["mix"] = sum(send.values(), silence[0])
        return {
            name: strip.process(dry.get(name, silence), send.get(name, silence[0]), start)
            for name, strip in self._strips.items()
        }

    @staticmethod
    def _mix_part(
        part: Part, sound: Sound, dry: dict[str, Sound], send: dict[str, NDArray[np.float32]]
    ) -> None:
        level = 10 ** (part.level / 20)
        angle = (part.pan + 1) * np.pi / 4
        sides = np.array([[np.cos(angle)], [np.sin(angle)]]) * np.sqrt(2) * level
        placed = sound * sides.astype(np.float32)
        wet = (sound[0] + sound[1]) * np.float32(0.5 * level * part.send)
        dry[part.stem] = dry[part.stem] + placed if part.stem in dry else placed
        send[part.stem] = send[part.stem] + wet if part.stem in send else wet

    def _play(self, start: int, frames: int) -> dict[str, Sound]:
        """Each sounding part on a bus of its own."""
        self._take_bars(start + frames)
        buses: dict[str, Sound] = {}
        rest: deque[tuple[str, Voice]] = deque()
        for part, voice in self._ringing:
            if voice.start < start + frames:
                bus = buses.get(part)
                if bus is None:
                    bus = buses[part] = np.zeros((2, frames), np.float32)
                if not voice.add_to(bus, start):
                    continue
            rest.append((part, voice))
        self._ringing = rest
        return buses

    def _take_bars(self, until: int) -> None:
        """Hear every bar that begins before ``until``."""
        bpm, total = self._piece.bpm, self._piece.frames
        while round(self._bar * BEATS * 60 / bpm * RATE) < until:
            self._bar += 1
            for note in next(self._bars, ()):
                start = onset(note, bpm)
                if start < total:
                    part = self._genre.parts[note.part]
                    frames = min(round(note.beats * 60 / bpm * RATE), total - start)
                    voice = self._sampler.play(part.instrument, note.pitch, note.velocity, start, frames)
                    self._ringing.append((note.part, voice))

    def _fade(self, start: int, frames: int) -> NDArray[np.float32] | np.float32:
        """The gain of these frames at the piece's end, raised-cosine to nothing."""
        total = self._piece.frames
        fade = max(min(int(_FADE * RATE), total // 3), 1)
        left = total - np.arange(start, start + frames)
        if frames == 0 or left[-1] > fade:
            return np.float32(1)
        return (0.5 - 0.5 * np.cos(np.pi * np.minimum((left - 0.5) / fade, 1))).astype(np.float32)
