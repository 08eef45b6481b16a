"""One registry of voices over all synthesis backends."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue

from mixdown_kernel.contracts import Clone, ResolvesVoices, Voice
from mixdown_kernel.inventory import describe
from mixdown_kernel.languages import MORE, names_a_language
from mixdown_kernel.lifecycle import Backends, RunningBackend, unavailable
from mixdown_kernel.problems import Kind, Problem

log = logging.getLogger("mixdown.voices")


@dataclass(frozen=True)
class OfferedVoice:
    backend: str
    voice: Voice


@dataclass(frozen=True)
class VoiceChoice:
    """A backend, its own id of the voice (empty for its default voice) and the language that the voice speaks.
    ``parameters`` are what a cloned voice adds to its requests."""

    running: RunningBackend
    voice: str
    language: str | None
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class ClonedVoice:
    """A voice that somebody made of a recording: whose it is, and how that backend is asked for it."""

    backend: str
    voice: Voice
    clone: Clone


class ClonedVoices(Protocol):
    """Where cloned voices are kept."""

    async def all(self) -> Sequence[ClonedVoice]: ...

    async def find(self, name: str) -> ClonedVoice | None:
        """By id or name; whatever its backend reads of it is in place then."""
        ...


class Voices:
    """Names to voices. An alias may be known to several backends, and then they stand in for one another; a
    backend's own voice id pins that backend, and so does a cloned voice, which wins over both. The operator's aliases
    win over all."""

    def __init__(self, backends: Backends, aliases: Mapping[str, str]) -> None:
        self._backends = backends
        self._aliases = dict(aliases)
        self._standard: frozenset[str] = frozenset()
        self._known: dict[str, list[Voice]] = {}
        self._unlisted: dict[str, str] = {}
        self._cloned: ClonedVoices | None = None

    def add_standard(self, names: Iterable[str]) -> None:
        """Names that every installation resolves: where no backend claims one, it means the default voice."""
        self._standard |= set(names)

    def add_cloned(self, kept: ClonedVoices) -> None:
        """Voices that were cloned are found there from now on."""
        self._cloned = kept

    async def all(self) -> list[OfferedVoice]:
        """Every voice of every working backend, the default one first; cloned ones behind them."""
        offered = []
        for running in self._backends.of("synthesis"):
            if running.state == "open":
                offered += [OfferedVoice(running.name, voice) for voice in await self._of(running)]
        cloned = await self._cloned.all() if self._cloned else []
        return [*offered, *(OfferedVoice(one.backend, one.voice) for one in cloned)]

    async def _clone_named(self, name: str) -> ClonedVoice | None:
        return await self._cloned.find(name) if self._cloned else None

    async def _of(self, running: RunningBackend) -> list[Voice]:
        if running.name not in self._known:
            try:
                self._known[running.name] = list(await running.instance.voices())
            except Exception as error:
                self._tell(running.name, describe(error))
                return []
        return self._known[running.name]

    def _tell(self, backend: str, why: str) -> None:
        """Once for each state, and not for every request."""
        if self._unlisted.get(backend) != why:
            self._unlisted[backend] = why
            log.warning("backend %s did not list its voices: %s", backend, why)

    async def resolve(self, name: str | None, candidates: Iterable[RunningBackend]) -> list[VoiceChoice]:
        """The backends that can speak as ``name``, in order. Without a name, each with its default voice.

        `Problem` ``unknown_voice`` names close ones.
        """
        running = list(candidates)
        if not running:
            raise unavailable("synthesis")
        choices = await self.find(name, running)
        if not choices:
            raise await self.unknown(name or "", running)
        return choices

    async def find(self, name: str | None, candidates: list[RunningBackend]) -> list[VoiceChoice]:
        """As `resolve`; none where nobody has the voice."""
        name = self._aliases.get(name or "", name)
        if not name:
            return [await self._default(one) for one in candidates]
        if (cloned := await self._clone_named(name)) is not None:
            voice, clone = cloned.voice, cloned.clone
            return [
                VoiceChoice(running, clone.voice, voice.language, clone.parameters)
                for running in candidates
                if running.name == cloned.backend
            ]
        return await self._owned(name, candidates) or await self._shared(name, candidates)

    async def _default(self, running: RunningBackend) -> VoiceChoice:
        voices = await self._of(running)
        return VoiceChoice(running, "", voices[0].language if voices else None)

    async def _owned(self, name: str, candidates: list[RunningBackend]) -> list[VoiceChoice]:
        for running in candidates:
            for voice in await self._of(running):
                if voice.id == name:
                    return [VoiceChoice(running, name, voice.language)]
        for running in candidates:
            if isinstance(running.instance, ResolvesVoices):
                unlisted = running.instance.resolve_voice(name)
                if unlisted is not None:
                    return [VoiceChoice(running, unlisted.id, unlisted.language)]
        return []

    async def _shared(self, name: str, candidates: list[RunningBackend]) -> list[VoiceChoice]:
        choices = []
        for running in candidates:
            claimed = next((voice for voice in await self._of(running) if name in voice.aliases), None)
            if claimed is not None:
                choices.append(VoiceChoice(running, claimed.id, claimed.language))
            elif name in self._standard:
                choices.append(await self._default(running))
        return choices

    async def unknown(self, name: str, candidates: list[RunningBackend], field: str = "voice") -> Problem:
        """The problem of a name that none of the candidates has, with close ones that they have."""
        if (cloned := await self._clone_named(name)) is not None:
            return _another_s(cloned, candidates, field)
        names = [*self._aliases, *sorted(self._standard)]
        for running in candidates:
            for voice in await self._of(running):
                names += [voice.id, *voice.aliases]
        close = difflib.get_close_matches(name, names, 5) or names[:5]
        return Problem(
            Kind.NOT_FOUND,
            "unknown_voice",
            f"there is no voice {name[:80]!r}",
            field=field,
            allowed=[*dict.fromkeys(close)],
            hint="These are close; a list of voices has them all."
            + (f" {MORE}" if names_a_language(name) else ""),
        )


def _another_s(cloned: ClonedVoice, candidates: list[RunningBackend], field: str) -> Problem:
    names = ", ".join(running.name for running in candidates)
    return Problem(
        Kind.UNSUPPORTED,
        "cannot_clone",
        f"The voice {cloned.voice.name!r} was cloned for {cloned.backend}, and {names or 'nobody else'} cannot speak with it",
        field=field,
        hint=f"Ask {cloned.backend}, or nobody by name; it has to be in [backends] synthesis.",
    )
