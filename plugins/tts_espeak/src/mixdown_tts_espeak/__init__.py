"""espeak-ng voices for Mixdown: a hundred languages offline, in child processes.

The library is GPL-3. Only the child process of `mixdown_tts_espeak.engine` loads it; nothing here does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mixdown_kernel import Backend, Context, Phonemizer, SynthesisBackend, hookimpl
from mixdown_tts_espeak.settings import EspeakSettings

if TYPE_CHECKING:
    from mixdown_tts_espeak.phonemes import EspeakPhonemizer
    from mixdown_tts_espeak.speech import EspeakSynthesizer

SPEED_RANGE = (0.46, 2.57)
"""80 to 450 words a minute, espeak-ng's own limits, around its 175."""
PITCH_RANGE = (-7.0, 9.0)
"""Semitones, as far as its pitch parameter follows (figures in the README)."""


@asynccontextmanager
async def open_synthesis(settings: EspeakSettings, context: Context) -> AsyncIterator[EspeakSynthesizer]:
    from mixdown_tts_espeak.speech import EspeakSynthesizer

    processes = settings.processes or min(2, context.threads)
    async with EspeakSynthesizer.open(settings.installation(), processes, context.logger) as synthesizer:
        yield synthesizer


@asynccontextmanager
async def open_phonemes(settings: EspeakSettings, context: Context) -> AsyncIterator[EspeakPhonemizer]:
    from mixdown_tts_espeak.phonemes import EspeakPhonemizer

    async with EspeakPhonemizer.open(settings.installation(), context.logger) as phonemizer:
        yield phonemizer


@hookimpl
def synthesis_backends() -> Iterable[SynthesisBackend]:
    return [
        SynthesisBackend(
            name="espeak",
            aliases=("espeak-ng",),
            open=open_synthesis,
            settings=EspeakSettings,
            description="espeak-ng: a hundred languages offline, quick and plain",
            speed_range=SPEED_RANGE,
            pitch_range=PITCH_RANGE,
            honours=frozenset({"pitch", "volume", "phonemes"}),
        )
    ]


@hookimpl
def phonemes_backends() -> Iterable[Backend[Phonemizer]]:
    return [
        Backend(
            name="espeak",
            aliases=("espeak-ng",),
            open=open_phonemes,
            settings=EspeakSettings,
            description="espeak-ng's pronunciation rules as IPA",
        )
    ]
