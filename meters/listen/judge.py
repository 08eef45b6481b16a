"""Voices judged on one text: how well they are understood, how clean they are, how like their teachers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from meters.artefacts import Artefacts, mean_artefacts
from meters.engines import ENGINES, Clip
from meters.likeness import Likeness, mean_likeness, of_sounds
from meters.listen.studio import Studio
from meters.matrix import sentences
from meters.transcription import spoken
from mixdown_kernel import Problem

RATE = 48_000
"""So that whatever a voice has is heard and seen."""
PEAK = 0.7
"""DNSMOS hears how loud a sound is; its limit was set on sounds with such peaks (contract *own-voice*)."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of the kernel's, or without a backend an engine of Debian's by its name."""

    name: str
    voice: str = ""
    backend: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """``words`` and ``wer`` in percent."""

    words: float
    wer: float
    artefacts: Artefacts


@dataclass
class Judge:
    """Each voice speaks once and is judged once, however often it is asked for."""

    studio: Studio
    texts: Sequence[str]
    matrix: int
    _said: dict[str, list[Clip]] = field(default_factory=dict)
    _figures: dict[str, Figures] = field(default_factory=dict)

    async def missing(self, speaker: Speaker) -> str | None:
        """Why a voice cannot be heard here, and what to do; None where it can."""
        if speaker.backend is None:
            return ENGINES[speaker.name].missing()
        try:
            await self.studio.speak("One.", speaker.voice, backend=speaker.backend)
        except Problem as problem:
            return f"{problem.message} ({problem.hint})" if problem.hint else problem.message
        return None

    async def clips(self, speaker: Speaker) -> list[Clip]:
        """The texts, each as one sound."""
        if speaker.name not in self._said:
            self._said[speaker.name] = await self._speak(speaker, self.texts)
        return self._said[speaker.name]

    async def figures(self, speaker: Speaker) -> Figures:
        if speaker.name not in self._figures:
            clips, measure = await self.clips(speaker), self.studio.measure
            words = await self._words_heard(speaker)
            errors = await measure(self.studio.transcriber.score, clips, self.texts)
            opinions = await measure(mean_artefacts, clips, PEAK)
            self._figures[speaker.name] = Figures(words, errors.rate, opinions)
        return self._figures[speaker.name]

    async def likeness(self, speaker: Speaker, teacher: Speaker) -> Likeness:
        """Of what is heard of both."""
        pairs = zip(await self.clips(speaker), await self.clips(teacher), strict=True)
        return await self.studio.measure(
            lambda: mean_likeness([of_sounds(*ours, *theirs) for ours, theirs in pairs])
        )

    async def _words_heard(self, speaker: Speaker) -> float:
        said = sentences(self.matrix)
        clips = await self._speak(speaker, [f"{' '.join(words).capitalize()}." for words in said])
        sounds, rate = [clip.samples for clip in clips], clips[0].rate
        return 100 * await self.studio.measure(self.studio.matrix.score, sounds, rate, said)

    async def _speak(self, speaker: Speaker, texts: Sequence[str]) -> list[Clip]:
        """An engine is given what the house would read, so that figures and abbreviations are nobody's advantage."""
        if speaker.backend is None:
            return await asyncio.to_thread(ENGINES[speaker.name].speak, [spoken(text) for text in texts])
        takes = [
            await self.studio.speak(text, speaker.voice, backend=speaker.backend, rate=RATE) for text in texts
        ]
        return [Clip(take.audio.samples, take.audio.rate) for take in takes]
