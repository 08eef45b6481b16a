"""The role ``phonemes`` for American English."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import zip_longest
from typing import Self

from mixdown_kernel import Context, Kind, PhonemeClause, PluginSettings, Problem, invalid
from mixdown_tts_onnx.english.connected import Said
from mixdown_tts_onnx.english.saying import said
from mixdown_tts_onnx.english.scripts import check_script
from mixdown_tts_onnx.english.tokens import Token, tokens
from mixdown_tts_onnx.english.transcription import transcribed

LANGUAGES = ("en", "en-US")
MAX_CHARACTERS = 2_000
_ENDS: Mapping[str, str] = {
    ".": ".",
    "?": "?",
    "!": "!",
    ",": ",",
    ":": ":",
    ";": ";",
    "…": ".",
    "。": ".",
    "？": "?",
    "！": "!",
    "，": ",",
}
"""Marks that end a clause, as the role has them; brackets and dashes are commas."""


class EnglishPhonemizer:
    """Meets `mixdown_kernel.Phonemizer`: IPA as espeak-ng writes it, word by word as often as the text has them."""

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: PluginSettings, context: Context) -> AsyncIterator[Self]:
        yield cls()

    async def phonemize(self, text: str, language: str) -> Sequence[PhonemeClause]:
        """Raises `Problem`: ``unsupported_language``, also for a text in another script; ``text_too_long``."""
        if language.lower().replace("_", "-") not in ("en", "en-us"):
            raise Problem(
                Kind.UNSUPPORTED,
                "unsupported_language",
                f"The English front end does not read {language[:40]!r}.",
                field="language",
                allowed=[*LANGUAGES],
                hint="Ask for English.",
            )
        if len(text) > MAX_CHARACTERS:
            message = f"At most {MAX_CHARACTERS} characters are read at a time; these are {len(text)}."
            raise invalid(
                "text_too_long",
                message,
                field="text",
                allowed=[0, MAX_CHARACTERS],
                hint="Ask clause by clause.",
            )
        return await asyncio.to_thread(lambda: list(_clauses(text)))


def _clauses(text: str) -> Iterator[PhonemeClause]:
    """One for each mark that ends one, even where a clause has nothing that is read, so that those who ask for words one by
    one, parted by marks, get as many answers."""
    found = list(tokens(text))
    if len(found) > 1:
        check_script(text, ())
    heard = {one.token.start: one for one in said(found, weak=True)}
    clause: list[Said] = []
    for token, following in zip_longest(found, found[1:]):
        if token.start in heard:
            clause.append(replace(heard[token.start], token=token))
        if token.pauses or following is None:
            behind = text[token.end : following.start if following else len(text)]
            yield PhonemeClause(_transcribed(clause), _terminator(token, behind))
            clause = []


def _transcribed(clause: Sequence[Said]) -> str:
    parts = []
    for one in clause:
        parts.append(transcribed(one.spoken, in_sentence=len(clause) > 1))
        parts.append(" " if one.token.spaced or one.token.pauses else "")
    return "".join(parts).strip()


def _terminator(token: Token, behind: str) -> str:
    marks = (_ENDS[mark] for mark in behind if mark in _ENDS)
    return next(marks, "," if token.pauses else "")
