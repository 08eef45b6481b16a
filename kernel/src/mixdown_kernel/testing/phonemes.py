"""The contract of the role ``phonemes``."""

from __future__ import annotations

import asyncio
import unicodedata
from typing import ClassVar

import pytest

from mixdown_kernel.contracts import Phonemizer
from mixdown_kernel.problems import Problem
from mixdown_kernel.testing.base import BackendContract


class PhonemesContract(BackendContract):
    """Subclass with a fixture ``backend``.

    Attributes:
        language: one that the backend knows.
        texts: single clauses in it, without punctuation.
    """

    role: ClassVar[str] = "phonemes"
    language: ClassVar[str] = "en-US"
    texts: ClassVar[tuple[str, ...]] = ("hello", "the quick brown fox", "measure", "judge", "thin thing")

    async def test_clauses_end_with_their_punctuation(self, opened: Phonemizer) -> None:
        one, two, three = self.texts[:3]
        clauses = await opened.phonemize(f"{one}, {two}! {three}", self.language)
        assert [clause.terminator for clause in clauses] == [",", "!", ""]
        assert all(clause.phonemes.strip() for clause in clauses)

    async def test_phonemes_are_ipa(self, opened: Phonemizer) -> None:
        spoken = "".join([await self._one(opened, text) for text in self.texts])
        strange = {
            sign
            for sign in spoken
            if not (sign.isspace() or sign in "ˈˌːˑ.ˡ̃|‖'-" or unicodedata.category(sign)[0] in "LM")
        }
        assert not strange, f"not IPA: {strange}"
        assert any(ord(sign) > 127 for sign in spoken), "IPA uses more than ASCII"

    async def test_different_words_sound_different(self, opened: Phonemizer) -> None:
        spoken = [await self._one(opened, text) for text in self.texts]
        assert len(set(spoken)) == len(spoken)

    async def test_calls_at_the_same_time_do_not_mix(self, opened: Phonemizer) -> None:
        alone = [await opened.phonemize(text, self.language) for text in self.texts]
        together = await asyncio.gather(*(opened.phonemize(text, self.language) for text in self.texts * 4))
        assert [list(clauses) for clauses in together] == [list(clauses) for clauses in alone * 4]

    @pytest.mark.parametrize("text", ["", " ", "\n", "?!"], ids=repr)
    async def test_unspeakable_text_has_no_phonemes(self, opened: Phonemizer, text: str) -> None:
        clauses = await opened.phonemize(text, self.language)
        assert not "".join(clause.phonemes for clause in clauses).strip()

    async def test_an_unknown_language_is_refused(self, opened: Phonemizer) -> None:
        with pytest.raises(Problem):
            await opened.phonemize(self.texts[0], "xx-none")

    async def test_a_cancelled_call_leaves_the_next_one_whole(self, opened: Phonemizer) -> None:
        before = await opened.phonemize(self.texts[1], self.language)
        for turns in (1, 2, 5):
            task = asyncio.ensure_future(opened.phonemize(self.texts[2], self.language))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        assert list(await opened.phonemize(self.texts[1], self.language)) == list(before)

    async def _one(self, opened: Phonemizer, text: str) -> str:
        return " ".join(clause.phonemes for clause in await opened.phonemize(text, self.language))
