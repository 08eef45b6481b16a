"""The backend ``composer``: resolves what a request leaves open, writes the score and renders it in threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from mixdown_kernel import Audio, Chunk, MusicRequest, Notation, invalid, to_frames
from mixdown_music.arranger import write
from mixdown_music.genre import Genre
from mixdown_music.genres import GENRES
from mixdown_music.instrumentation import arranged
from mixdown_music.midi import to_midi
from mixdown_music.prompt import Reading, read
from mixdown_music.renderer import Block, render
from mixdown_music.sampler import Sampler
from mixdown_music.score import Piece, Score
from mixdown_music.soundfont import SoundFont, load
from mixdown_music.synth import RATE
from mixdown_music.theory import Key, parse_key

DEFAULT_GENRE = "lofi"
"""Where neither a member nor the prompt names one."""
TEMPI = (60, 200)
"""Between these a tempo stays that is only called slow or fast."""
BEATEN = {"genre": ("genre",), "bpm": ("bpm", "pace"), "key": ("key", "mode"), "intensity": ("intensity",)}
"""What a prompt has no say in where a request has the member."""


def compose(request: MusicRequest) -> Score:
    """The score of a request. The same seed in another key or tempo is the same piece transposed or faster.

    Raises `Problem` (``invalid``): ``unknown_genre``, ``invalid_key``, ``unknown_parameter``.
    """
    return Score(_understood(request)[0], write)


def _understood(request: MusicRequest) -> tuple[Piece, Reading, tuple[str, ...]]:
    """The piece, the prompt as read, and the instruments that could not be had. Members beat the prompt."""
    if request.parameters:
        name = next(iter(request.parameters))
        raise invalid(
            "unknown_parameter",
            f"The composer has no parameter {name[:40]!r}.",
            field=f"parameters.{name[:40]}",
            allowed=[],
            hint="Leave parameters empty.",
        )
    reading = read(request.prompt or "")
    genre, missing = arranged(_genre(request, reading), reading)
    return _piece(request, genre, reading), reading, missing


def _genre(request: MusicRequest, reading: Reading) -> Genre:
    name = request.genre or reading.genre
    if name is None:
        others = (one for one in (DEFAULT_GENRE, *GENRES) if one not in reading.refused)
        name = next(others, DEFAULT_GENRE)
    genre = GENRES.get(name)
    if genre is None:
        raise invalid(
            "unknown_genre",
            f"There is no genre {name[:40]!r}.",
            field="genre",
            allowed=list(GENRES),
            hint="Choose one of the genres allowed.",
        )
    return genre


def _piece(request: MusicRequest, genre: Genre, reading: Reading) -> Piece:
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([request.seed, 0x7E4])))
    # All are drawn whether asked for or not, so that asking for one leaves the others as they were.
    tempo = int(rng.integers(genre.tempo[0], genre.tempo[1] + 1))
    key = Key(int(rng.integers(12)), genre.modes[int(rng.integers(len(genre.modes)))])
    named = request.key or reading.key
    intensity = request.intensity if request.intensity is not None else reading.intensity
    return Piece(
        genre=genre,
        bpm=float(request.bpm or reading.bpm or min(max(round(tempo * reading.pace), TEMPI[0]), TEMPI[1])),
        key=parse_key(named) if named else Key(key.tonic, reading.mode or key.mode),
        intensity=0.5 if intensity is None else intensity,
        seed=request.seed,
        frames=to_frames(request.duration_ms, RATE),
    )


class SeededComposer:
    """Meets `mixdown_kernel.Composer`. Its renders share their synthesised notes, or the sound font that plays.

    ``threads`` is how many blocks are made at the same time. They take turns at the interpreter with the event loop,
    so a few make everybody wait and gain little: 20 live streams on two processors had 133 to 207 late blocks of
    30,000 beside three at a time, and mostly 0 to 40 beside one.
    """

    def __init__(self, font: SoundFont | None = None, threads: int = 1) -> None:
        self._sampler = Sampler()
        self._font = font
        self._threads = ThreadPoolExecutor(threads, "composer")

    @classmethod
    def open(cls, sound_font: Path | None, threads: int) -> SeededComposer:
        """With the sound font at a path, if there is one; blocks while it is read. Raises what `load` raises."""
        return cls(load(sound_font) if sound_font else None, threads)

    def close(self) -> None:
        """Does not wait for a block that is being made."""
        self._threads.shutdown(wait=False, cancel_futures=True)

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

    def reading(self, request: MusicRequest) -> dict[str, JsonValue]:
        """What `render` plays, which instruments were asked for or left out, which words decided what, and what was
        ignored. Raises what `compose` raises."""
        piece, reading, missing = _understood(request)
        asked = request.model_dump(include=set(BEATEN), exclude_none=True)
        beaten = {beaten for member in asked for beaten in BEATEN[member]}
        instruments = {"with": reading.wanted, "without": reading.unwanted, "only": reading.only}
        return {
            "genre": piece.genre.name,
            "bpm": round(piece.bpm),
            "key": piece.key.name,
            "intensity": piece.intensity,
            **{how: met for how, names in instruments.items() if (met := _met(how, names, missing))},
            "words": {what: list(words) for what, words in reading.words.items() if what not in beaten},
            "ignored": [*reading.ignored, *missing],
        }

    async def render(self, request: MusicRequest) -> AsyncIterator[Chunk]:
        """Blocks of about a second at 48 kHz stereo, each made in a thread when it is asked for."""
        blocks = render(compose(request), stems=request.stems, sampler=self._sampler, font=self._font)
        loop = asyncio.get_running_loop()
        while (block := await loop.run_in_executor(self._threads, next, blocks, None)) is not None:
            yield _chunk(block)


def _met(how: str, names: Sequence[str], missing: Sequence[str]) -> list[JsonValue]:
    return [name for name in names if f"{how} {name}" not in missing]


def _chunk(block: Block) -> Chunk:
    stems = {name: Audio(samples, RATE) for name, samples in block.stems.items()}
    return Chunk(Audio(block.mix, RATE), stems=stems)
