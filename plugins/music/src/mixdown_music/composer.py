"""The backend ``composer``: resolves what a request leaves open, writes the score and renders it in threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np

from mixdown_kernel import Audio, Chunk, MusicRequest, Notation, invalid, to_frames
from mixdown_music.arranger import write
from mixdown_music.genre import Genre
from mixdown_music.genres import GENRES
from mixdown_music.midi import to_midi
from mixdown_music.renderer import Block, render
from mixdown_music.sampler import Sampler
from mixdown_music.score import Piece, Score
from mixdown_music.soundfont import SoundFont, load
from mixdown_music.synth import RATE
from mixdown_music.theory import Key, parse_key


def compose(request: MusicRequest) -> Score:
    """The score of a request. The same seed in another key or tempo is the same piece transposed or faster.

    ``prompt`` is not read: whoever maps words to genre, tempo and mood does so before.
    Raises `Problem` (``invalid``): ``unknown_genre``, ``invalid_key``, ``unknown_parameter``.
    """
    genre = GENRES.get(request.genre)
    if genre is None:
        raise invalid(
            "unknown_genre",
            f"There is no genre {request.genre[:40]!r}.",
            field="genre",
            allowed=list(GENRES),
            hint="Choose one of the genres allowed.",
        )
    if request.parameters:
        name = next(iter(request.parameters))
        raise invalid(
            "unknown_parameter",
            f"The composer has no parameter {name[:40]!r}.",
            field=f"parameters.{name[:40]}",
            allowed=[],
            hint="Leave parameters empty.",
        )
    return Score(_piece(request, genre), write)


def _piece(request: MusicRequest, genre: Genre) -> Piece:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([request.seed, 0x7E4])))
    # All are drawn whether asked for or not, so that asking for one leaves the others as they were.
    tempo = int(rng.integers(genre.tempo[0], genre.tempo[1] + 1))
    key = Key(int(rng.integers(12)), genre.modes[int(rng.integers(len(genre.modes)))])
    return Piece(
        genre=genre,
        bpm=float(request.bpm or tempo),
        key=parse_key(request.key) if request.key else key,
        intensity=request.intensity,
        seed=request.seed,
        frames=to_frames(request.duration_ms, RATE),
    )


class SeededComposer:
    """Meets `mixdown_kernel.Composer`. Its renders share their synthesised notes, or the sound font that plays."""

    def __init__(self, font: SoundFont | None = None) -> None:
        self._sampler = Sampler()
        self._font = font

    @classmethod
    def open(cls, sound_font: Path | None) -> SeededComposer:
        """With the sound font at a path, if there is one; blocks while it is read. Raises what `load` raises."""
        return cls(load(sound_font) if sound_font else None)

    def fingerprint(self) -> str:
        """Who plays: the hash of the sound font, or our own instruments."""
        return self._font.sha256 if self._font else "synthesised"

    def genres(self) -> Sequence[str]:
        return tuple(GENRES)

    def check(self, request: MusicRequest) -> None:
        """Raises what `compose` raises; a score costs nothing until its bars are asked for."""
        compose(request)

    def notation(self, request: MusicRequest) -> Notation:
        """What `render` plays, as tempo, key and a MIDI file. Raises what `compose` and `to_midi` raise."""
        score = compose(request)
        return Notation(score.piece.bpm, score.piece.key.name, to_midi(score))

    async def render(self, request: MusicRequest) -> AsyncIterator[Chunk]:
        """Blocks of about a second at 48 kHz stereo, each made in a thread when it is asked for."""
        blocks = render(compose(request), stems=request.stems, sampler=self._sampler, font=self._font)
        while (block := await asyncio.to_thread(next, blocks, None)) is not None:
            yield _chunk(block)


def _chunk(block: Block) -> Chunk:
    stems = {name: Audio(samples, RATE) for name, samples in block.stems.items()}
    return Chunk(Audio(block.mix, RATE), stems=stems)
