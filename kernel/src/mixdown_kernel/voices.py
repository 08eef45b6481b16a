"""One registry of voices over all synthesis backends."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mixdown_kernel.inventory import describe
from mixdown_kernel.lifecycle import Backends, RunningBackend, unavailable
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.roles import ResolvesVoices, Voice

log = logging.getLogger("mixdown.voices")


@dataclass(frozen=True)
class OfferedVoice:
    backend: str
    voice: Voice


@dataclass(frozen=True)
class VoiceChoice:
    """A backend and its own id of the voice; an empty id is its default voice."""

    running: RunningBackend
    voice: str


class Voices:
    """Names to voices. An alias may be known to several backends, and then they stand in for one another; a
    backend's own voice id pins that backend."""

    def __init__(self, backends: Backends, aliases: Mapping[str, str]) -> None:
        self._backends = backends
        self._aliases = dict(aliases)
        self._known: dict[str, list[Voice]] = {}

    def add_aliases(self, aliases: Mapping[str, str]) -> None:
        """Names that resolve where no backend claims them; an empty target is the default voice."""
        self._aliases = {**aliases, **self._aliases}

    async def all(self) -> list[OfferedVoice]:
        """Every voice of every working backend, the default one first."""
        offered = []
        for running in self._backends.of("synthesis"):
            if running.state == "open":
                offered += [OfferedVoice(running.name, voice) for voice in await self._of(running)]
        return offered

    async def _of(self, running: RunningBackend) -> list[Voice]:
        if running.name not in self._known:
            try:
                self._known[running.name] = list(await running.instance.voices())
            except Exception as error:
                log.warning("backend %s did not list its voices: %s", running.name, describe(error))
                return []
        return self._known[running.name]

    def forget(self) -> None:
        """Ask the backends again: a voice was added or removed."""
        self._known.clear()

    async def resolve(
        self, name: str | None, candidates: Iterable[RunningBackend], *, pinned: bool = False
    ) -> list[VoiceChoice]:
        """The backends that can speak as ``name``, in order, each with its own id of the voice.

        Without a name every candidate speaks with its default voice. `Problem` ``unknown_voice`` otherwise.
        """
        running = list(candidates)
        if not running:
            raise unavailable("synthesis")
        if not name:
            return [VoiceChoice(one, "") for one in running]
        if owned := await self._owned(name, running):
            return owned[:1] if not pinned else owned
        if shared := await self._shared(name, running):
            return shared
        if (target := self._aliases.get(name)) is not None:
            return await self.resolve(target or None, running, pinned=pinned)
        raise await self._unknown(name, running)

    async def _owned(self, name: str, candidates: list[RunningBackend]) -> list[VoiceChoice]:
        for running in candidates:
            if any(voice.id == name for voice in await self._of(running)):
                return [VoiceChoice(running, name)]
        for running in candidates:
            if isinstance(running.instance, ResolvesVoices) and (own := running.instance.resolve_voice(name)):
                return [VoiceChoice(running, own)]
        return []

    async def _shared(self, name: str, candidates: list[RunningBackend]) -> list[VoiceChoice]:
        choices = []
        for running in candidates:
            for voice in await self._of(running):
                if name in voice.aliases:
                    choices.append(VoiceChoice(running, voice.id))
                    break
            else:
                if name in self._aliases and not self._aliases[name]:
                    choices.append(VoiceChoice(running, ""))
        return choices

    async def _unknown(self, name: str, candidates: list[RunningBackend]) -> Problem:
        names: list[str] = list(self._aliases)
        for running in candidates:
            for voice in await self._of(running):
                names += [voice.id, *voice.aliases]
        close = difflib.get_close_matches(name, names, 5) or names[:5]
        return Problem(
            Kind.NOT_FOUND,
            "unknown_voice",
            f"there is no voice {name[:80]!r}",
            field="voice",
            allowed=[*dict.fromkeys(close)],
            hint="the voices are listed by `mixdown voices`",
        )
