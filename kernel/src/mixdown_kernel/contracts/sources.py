"""What sources meet: voices, music, ambience, clips; and what they yield."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from mixdown_kernel.audio import Audio
from mixdown_kernel.requests import AmbientRequest, ClipRequest, MusicRequest, SpeechRequest


@dataclass(frozen=True, slots=True)
class Word:
    """When a word is heard. Offsets are into the request's text, frames count from the utterance's start."""

    text_start: int
    text_end: int
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """What a source yields. All chunks of one render share rate and channels.

    ``stems`` hold the same frames apart, by instrument group, and sum to ``audio``.
    """

    audio: Audio
    words: tuple[Word, ...] = ()
    stems: Mapping[str, Audio] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that a synthesis backend offers."""

    id: str
    name: str
    language: str
    """BCP 47."""
    gender: Literal["female", "male", "neutral"] | None = None
    aliases: tuple[str, ...] = ()
    """Other names that mean this voice; unlike the id, an alias does not pin the backend."""
    tags: tuple[str, ...] = ()


class Synthesizer(Protocol):
    """Role ``synthesis``: speaks one utterance. A voice that it does not have is `Problem`
    ``not_found``/``unknown_voice``, a parameter that it does not know ``invalid``."""

    async def voices(self) -> Sequence[Voice]:
        """Every voice, the default one first; cheap after the first call."""
        ...

    def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        """The utterance's sound with word times where the backend knows them.

        Empty or unspeakable text is silence of any length, not an error. Closing the iterator (an asynchronous
        generator, as in every source role) stops the work.
        """
        ...


class Composer(Protocol):
    """Role ``music``. An unknown genre is `Problem` ``invalid`` or ``not_found``; stems that it does not have
    are ``unsupported``."""

    def render(self, request: MusicRequest) -> AsyncIterator[Chunk]:
        """Exactly ``duration_ms`` of music in blocks of at most a few seconds."""
        ...

    def genres(self) -> Sequence[str]: ...


class AmbientSource(Protocol):
    """Role ``ambient``."""

    def render(self, request: AmbientRequest) -> AsyncIterator[Chunk]:
        """One cycle whose end continues into its beginning."""
        ...

    def kinds(self) -> Sequence[str]: ...


class ClipSource(Protocol):
    """Role ``clip``."""

    def render(self, request: ClipRequest) -> AsyncIterator[Chunk]: ...
