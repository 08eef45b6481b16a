"""The role ``phonemes``: what Piper's own front end makes of a text, without its GPL code in our process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from mixdown_kernel import Health, PhonemeClause
from mixdown_kernel.backends import Logger
from mixdown_tts_espeak.catalogue import Catalogue
from mixdown_tts_espeak.pool import Pool
from mixdown_tts_espeak.settings import Installation
from mixdown_tts_espeak.text import plain

# espeak-ng's CLAUSE_… words (translate.h): pause in 10 ms | intonation << 12 | clause 0x40000 or sentence 0x80000.
TERMINATOR_MASK = 0xFFFFF
TERMINATORS = {
    40 | 0x80000: ".",
    40 | 0x2000 | 0x80000: "?",
    45 | 0x3000 | 0x80000: "!",
    20 | 0x1000 | 0x40000: ",",
    30 | 0x40000: ":",
    30 | 0x1000 | 0x40000: ";",
}
LANGUAGE_SWITCH = re.compile(r"\([^)]+\)")
"""``(en)``: the engine marks words that it reads by another language's rules."""


class EspeakPhonemizer:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._catalogue = Catalogue(pool.greeting)

    @classmethod
    @asynccontextmanager
    async def open(cls, installation: Installation, logger: Logger) -> AsyncIterator[Self]:
        """Raises `Problem` (``unavailable``) where the engine does not start."""
        async with Pool(installation, 1, logger) as pool:
            yield cls(pool)

    async def health(self) -> Health:
        return self._pool.health()

    async def phonemize(self, text: str, language: str) -> Sequence[PhonemeClause]:
        """Raises `Problem`: ``invalid`` for too long a text, ``unsupported`` for an unknown language."""
        voice = self._catalogue.language(language).file
        answer = await self._pool.ask({"task": "phonemize", "text": plain(text), "voice": voice})
        return [
            PhonemeClause(LANGUAGE_SWITCH.sub("", phonemes), TERMINATORS.get(code & TERMINATOR_MASK, ""))
            for phonemes, code in answer.data["clauses"]
        ]
