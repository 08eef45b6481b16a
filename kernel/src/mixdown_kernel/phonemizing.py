"""The role ``phonemes`` as those see it who ask how a text is pronounced: one phonemizer for every language known here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from mixdown_kernel.contracts import PhonemeClause, Phonemizer
from mixdown_kernel.languages import refusal
from mixdown_kernel.problems import Kind, Problem


class Phonemizers:
    """Meets `Phonemizer`: of those that ``working`` gives, one or more in order of preference, the first that knows the
    language answers."""

    def __init__(self, working: Callable[[], AsyncIterator[Phonemizer]]) -> None:
        self._working = working

    async def phonemize(self, text: str, language: str) -> Sequence[PhonemeClause]:
        refusals = []
        async for phonemizer in self._working():
            try:
                return await phonemizer.phonemize(text, language)
            except Problem as problem:
                if problem.kind is not Kind.UNSUPPORTED:
                    raise
                refusals.append(problem)
        raise refusal(refusals)
