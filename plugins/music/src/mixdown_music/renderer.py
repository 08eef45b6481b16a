"""From score to sound, block by block: an hour costs the memory of a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mixdown_music.automation import Lane
from mixdown_music.band import Band, Synthesisers
from mixdown_music.channel import Channel
from mixdown_music.conductor import Conductor, Event, onset
from mixdown_music.master import Master
from mixdown_music.pump import Pump
from mixdown_music.sampler import Sampler
from mixdown_music.score import Control, Piece, Score
from mixdown_music.soundfont import SoundFont
from mixdown_music.strip import Strip
from mixdown_music.synth import RATE, Sound
from mixdown_music.synth.kit import BASS_DRUM, KICK
from mixdown_music.texture import Record

__all__ = ["BLOCK", "Block", "Renderer", "onset", "render"]

BLOCK = 2 * RATE
"""Frames that are made at a time, whatever sizes they are asked for in: so these cannot be heard in the last bit."""
_FADE = 1.2
"""Seconds in which the very end fades out."""


@dataclass(frozen=True, slots=True)
class Block:
    """The mix and, where asked for, the stems that sum to it: float32, shape (frames, 2)."""

    mix: NDArray[np.float32]
    stems: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def render(
    score: Score,
    *,
    stems: bool = False,
    block: int = BLOCK,
    sampler: Sampler | None = None,
    font: SoundFont | None = None,
) -> Iterator[Block]:
    """All of the piece in blocks of at most ``block`` frames, exactly as many frames as it says.

    Our own instruments play it out of ``sampler``, or a ``font``.
    """
    parts = score.piece.genre.desk.parts
    with closing(font.band(parts) if font else Synthesisers(parts, sampler or Sampler())) as band:
        for made in Renderer(score, band, stems=stems).blocks():
            for start in range(0, len(made.mix), block):
                end = start + block
                yield Block(made.mix[start:end], {name: stem[start:end] for name, stem in made.stems.items()})


def _trim(piece: Piece) -> float:
    """dB before the master. A fuller arrangement is louder by itself; part of that is taken back,
    so that intensity is heard in how the music is played and a mix need not be set anew."""
    below = 0.5 - piece.intensity
    return piece.genre.desk.trim + (8.0 if below > 0 else 3.0) * below


class Renderer:
    """One piece on its way through the desk: parts, stems, master."""

    def __init__(self, score: Score, band: Band, *, stems: bool) -> None:
        piece = score.piece
        self._piece, self._desk, self._band = piece, piece.genre.desk, band
        self._conductor = Conductor(score)
        self._channels = {name: Channel(part) for name, part in self._desk.parts.items()}
        self._pump = Pump(self._desk.pump)
        self._record = Record(piece.seed, 0.6 + 0.5 * (1 - piece.intensity)) if self._desk.record else None
        names = ("mix", *self._desk.stems) if stems else ("mix",)
        self._strips = {name: Strip(self._desk) for name in names}
        self._master = Master(_trim(piece), self._desk.glue)

    def blocks(self) -> Iterator[Block]:
        """In blocks of about `BLOCK` frames."""
        total, done = self._piece.frames, 0
        for start in range(0, total, BLOCK):
            frames = min(BLOCK, total - start)
            buses = {name: sound[:, :frames] for name, sound in self._buses(start).items()}
            buses = self._master.process(buses, last=start + frames == total)
            length = buses["mix"].shape[1]
            fade = self._fade(done, length)
            shaped = {name: np.ascontiguousarray((sound * fade).T) for name, sound in buses.items()}
            done += length
            if length:
                yield Block(shaped.pop("mix"), shaped)

    def _buses(self, start: int) -> dict[str, Sound]:
        """The mix and the stems of one block, before the master."""
        events = self._conductor.until(start + BLOCK)
        duck = self._duck(events, start)
        dry: dict[str, Sound] = {}
        send: dict[str, NDArray[np.float32]] = {}
        for name, sound in self._band.play(events, start, BLOCK).items():
            placed, wet = self._channels[name].process(sound, start, self._lanes(name), duck)
            stem = self._desk.parts[name].stem
            dry[stem] = dry[stem] + placed if stem in dry else placed
            send[stem] = send[stem] + wet if stem in send else wet
        if self._record:
            texture = self._record.play(start, BLOCK)
            dry["texture"] = dry["texture"] + texture if "texture" in dry else texture
        silence = np.zeros((2, BLOCK), np.float32)
        dry["mix"] = sum(dry.values(), silence)
        send["mix"] = sum(send.values(), silence[0])
        return {
            name: strip.process(dry.get(name, silence), send.get(name, silence[0]), start)
            for name, strip in self._strips.items()
        }

    def _duck(self, events: list[Event], start: int) -> NDArray[np.float32] | None:
        for event in events:
            if event.note.pitch in (KICK, BASS_DRUM) and self._desk.parts[event.note.part].stem == "drums":
                self._pump.kick(event.start)
        return self._pump.gain(start, BLOCK)

    def _lanes(self, part: str) -> dict[Control, Lane]:
        return {control: lane for (name, control), lane in self._conductor.lanes.items() if name == part}

    def _fade(self, start: int, frames: int) -> NDArray[np.float32] | np.float32:
        """The gain of these frames at the piece's end, raised-cosine to nothing."""
        total = self._piece.frames
        fade = max(min(int(_FADE * RATE), total // 3), 1)
        left = total - np.arange(start, start + frames)
        if frames == 0 or left[-1] > fade:
            return np.float32(1)
        return (0.5 - 0.5 * np.cos(np.pi * np.minimum((left - 0.5) / fade, 1))).astype(np.float32)
