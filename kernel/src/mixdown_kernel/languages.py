"""What is said where nobody here speaks a language: which voices are missing, and how to get them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mixdown_kernel.problems import Kind, Problem

MORE = (
    'Where they are not installed yet, `pip install "mixdown[languages]"` adds voices of a hundred languages.'
)
_TAG = re.compile(r"[a-z]{2,3}([-_+]\w+)*", re.IGNORECASE)


def refusal(refusals: Sequence[Problem]) -> Problem:
    """What a caller is told whom nobody serves: the first refusal, but of those who could do it rather than of those who
    cannot. Where that is a language, also what to install."""
    told = min(refusals, key=lambda problem: problem.kind is Kind.UNSUPPORTED)
    if told.code == "unsupported_language":
        told.hint = f"{told.hint or ''} {MORE}".strip()
    return told


def names_a_language(voice: str) -> bool:
    """Whether a voice's name begins as a language does (``de``, ``en-gb+f3``); so may ``Eva``."""
    return _TAG.fullmatch(voice) is not None
