"""Which language a text is in, where nobody said so.

By py3langid (Lui and Baldwin, 2011: byte n-grams, 97 languages), among the languages that can be spoken here. A short text in a
wrong language sounds worse than one in the voice's own, so only what is nearly certain counts.
"""

from __future__ import annotations

from copy import copy
from functools import cache, lru_cache
from typing import Any

CERTAIN = 0.95
"""No English sentence of those tried passes for another language at this; short ones of others stay undetected (figures
in the README)."""
LETTERS = 8
"""Bytes of UTF-8 at least: eight Latin letters, three Chinese ones."""
KEPT = 32


def detect(text: str, languages: frozenset[str]) -> str | None:
    """The primary tag of the text's language, one of ``languages`` (primary tags), or None where that is not certain.

    Takes 0.3 ms; the first call half a second for the library's model. Blocking.
    """
    if len(languages) < 2 or len("".join(filter(str.isalpha, text)).encode()) < LETTERS:
        return None
    language, certainty = _identifier(languages).classify(text)
    return str(language) if certainty >= CERTAIN and language in languages else None


@lru_cache(maxsize=KEPT)
def _identifier(languages: frozenset[str]) -> Any:
    """One for each set of languages; they share the model's tables."""
    identifier = copy(_model())
    identifier.set_languages(sorted(languages & frozenset(identifier.labels)))
    return identifier


@cache
def _model() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def primary(tag: str) -> str:
    """``en`` of ``en-GB``."""
    return tag.partition("-")[0].lower()
