"""The contract of the role ``synthesis``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from mixdown_kernel.backends import SynthesisBackend
from mixdown_kernel.contracts import Synthesizer, Word
from mixdown_kernel.problems import Kind
from mixdown_kernel.requests import Pronunciation, SpeechRequest
from mixdown_kernel.testing.base import or_refused
from mixdown_kernel.testing.rendering import Rendered, collect
from mixdown_kernel.testing.signals import rms_db
from mixdown_kernel.testing.source import SourceContract, only_if_deterministic, refusal

BCP_47 = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
UNSPEAKABLE = ("", " ", "\n\t", "...", "?!", "—", "\u200b")


class SynthesisContract(SourceContract):
    """Subclass with a fixture ``backend`` that returns a `SynthesisBackend`.

    Attributes:
        text: a sentence that the default voice can read.
        accented: one with characters outside ASCII and outside the basic plane.
        spelt, pronounced: a word of ``text``, and IPA of another word, in sounds that the default voice has.
    """

    role: ClassVar[str] = "synthesis"
    text: ClassVar[str] = "Seven small boats sailed home."
    accented: ClassVar[str] = "Café 😀 naïve über done"
    spelt: ClassVar[str] = "boats"
    pronounced: ClassVar[str] = "paˈminutala"

    def request(self, text: str | None = None, **members: Any) -> SpeechRequest:
        return SpeechRequest(
            text=self.text if text is None else text, **{"parameters": self.parameters, **members}
        )

    @pytest.fixture
    async def specifications(self, backend: SynthesisBackend, opened: Synthesizer) -> Sequence[SpeechRequest]:
        """The default voice, the last one, and both ends of the speed range."""
        voices = await opened.voices()
        last, (slowest, fastest) = voices[-1], backend.speed_range
        return (
            self.request(),
            self.request(voice=last.id, language=last.language),
            self.request(speed=slowest),
            self.request(speed=fastest),
        )

    # ------------------------------------------------------------ voices

    async def test_voices_are_named_apart(self, opened: Synthesizer) -> None:
        voices = await opened.voices()
        assert voices, "a synthesizer has at least one voice"
        ids = [voice.id for voice in voices]
        assert all(ids)
        assert len(set(ids)) == len(ids)
        for voice in voices:
            assert voice.name
            assert BCP_47.fullmatch(voice.language), f"{voice.id}: {voice.language!r} is not BCP 47"
        names = [alias for voice in voices for alias in voice.aliases]
        assert len(set(names)) == len(names), "an alias means one voice"
        assert not set(names) & set(ids), "an alias is another name than any id"

    async def test_voices_are_the_same_when_asked_again(self, opened: Synthesizer) -> None:
        assert list(await opened.voices()) == list(await opened.voices())

    async def test_the_first_voice_is_the_default(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        only_if_deterministic(backend)
        first = (await opened.voices())[0]
        named, unnamed = (
            await collect(opened, self.request(voice=first.id)),
            await collect(opened, self.request()),
        )
        assert named.digest() == unnamed.digest()

    async def test_voices_can_be_heard(self, opened: Synthesizer) -> None:
        """Up to eight, evenly chosen."""
        voices = await opened.voices()
        for voice in voices[:: max(1, len(voices) // 8)]:
            render = await collect(opened, self.request(voice=voice.id))
            assert rms_db(render.audio.samples) > -60, f"{voice.id} is silent"

    async def test_an_unknown_voice_is_not_found(self, opened: Synthesizer) -> None:
        problem = await refusal(opened, self.request(voice="no such voice"))
        assert (problem.kind, problem.code) == (Kind.NOT_FOUND, "unknown_voice")

    # ------------------------------------------------------------ text

    @pytest.mark.parametrize("text", UNSPEAKABLE, ids=repr)
    async def test_unspeakable_text_is_silence(self, opened: Synthesizer, text: str) -> None:
        render = await collect(opened, self.request(text))
        assert render.peak < 0.001
        assert not render.words

    async def test_longer_text_takes_longer(self, opened: Synthesizer) -> None:
        one, three = (
            await collect(opened, self.request()),
            await collect(opened, self.request(" ".join([self.text] * 3))),
        )
        assert three.audio.frames > 2 * one.audio.frames

    async def test_another_text_is_another_sound(self, opened: Synthesizer) -> None:
        one, other = (
            await collect(opened, self.request()),
            await collect(opened, self.request(self.text[::-1])),
        )
        assert one.digest()["sha256"] != other.digest()["sha256"]

    # ------------------------------------------------------------ word times

    async def test_words_are_in_order_inside_the_text_and_the_sound(self, opened: Synthesizer) -> None:
        render = await collect(opened, self.request())
        self._check(render, self.text)

    async def test_word_offsets_count_code_points(self, opened: Synthesizer) -> None:
        """Not bytes, not UTF-16 units: "done" is found behind an emoji."""
        render = await collect(opened, self.request(self.accented))
        self._check(render, self.accented)
        if render.words:
            assert _slice(self.accented, render.words[-1]) == self.accented.split()[-1]

    def _check(self, render: Rendered, text: str) -> None:
        words = render.words
        for word in words:
            assert 0 <= word.text_start < word.text_end <= len(text), word
            assert 0 <= word.start_frame <= word.end_frame <= render.audio.frames, word
            assert _slice(text, word).strip(), f"{word} is only white space"
            assert not (word.text_start and text[word.text_start - 1 : word.text_start + 1].isalnum()), (
                f"{word} begins inside a word: {_slice(text, word)!r}"
            )
        for earlier, later in pairwise(words):
            assert earlier.text_end <= later.text_start, f"{earlier} overlaps {later}"
            assert earlier.start_frame <= later.start_frame, f"{later} sounds before {earlier}"

    # ------------------------------------------------------------ what the descriptor claims

    async def test_speed_changes_the_tempo_over_the_range(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        low, high = backend.speed_range
        assert 0.1 <= low <= 1.0 <= high <= 10
        frames = {
            speed: (await collect(opened, self.request(speed=speed))).audio.frames
            for speed in (low, 1.0, high)
        }
        assert low == 1.0 or frames[low] > frames[1.0]
        assert high == 1.0 or frames[high] < frames[1.0]

    async def test_volume_is_honoured_as_claimed(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        await self._honours(backend, opened, "volume", 0.5)
        if "volume" in backend.honours:
            loud, soft = (
                await collect(opened, self.request()),
                await collect(opened, self.request(volume=0.5)),
            )
            assert rms_db(soft.audio.samples) < rms_db(loud.audio.samples) - 3

    async def test_pitch_is_honoured_as_claimed(self, backend: SynthesisBackend, opened: Synthesizer) -> None:
        await self._honours(backend, opened, "pitch", 5.0)

    async def test_instructions_are_honoured_as_claimed(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        await self._honours(backend, opened, "instructions", "Whisper, slowly.")

    # ------------------------------------------------------------ pronunciations

    def pronunciation(self, text: str, spelt: str, ipa: str | None = None) -> tuple[Pronunciation, ...]:
        start = text.index(spelt)
        ipa = ipa or self.pronounced
        return (Pronunciation(text_start=start, text_end=start + len(spelt), ipa=ipa),)

    async def test_phonemes_are_heard_as_claimed(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        self._only_with_phonemes(backend)
        value = self.pronunciation(self.text, self.spelt)
        await self._honours(backend, opened, "pronunciations", value, "phonemes")

    async def test_a_pronunciation_replaces_the_spelling(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        """However the word is written, it sounds the same, and is timed as the word that was written."""
        self._only_with_phonemes(backend)
        sounds = []
        for written in (self.spelt, "x", "Wxyz"):
            text = self.text.replace(self.spelt, written)
            request = self.request(text, pronunciations=self.pronunciation(text, written))
            render = await collect(opened, request)
            self._check(render, text)
            if render.words:
                assert written in [_slice(text, word).strip(".,") for word in render.words]
            sounds.append(render.digest()["sha256"])
        assert len(set(sounds)) == 1

    async def test_another_pronunciation_is_another_sound(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        self._only_with_phonemes(backend)
        one, other = [
            await collect(opened, self.request(pronunciations=self.pronunciation(self.text, self.spelt, ipa)))
            for ipa in (self.pronounced, self.pronounced[::-1].replace("ˈ", ""))
        ]
        assert one.digest()["sha256"] != other.digest()["sha256"]

    @pytest.mark.parametrize(
        "ipa", ["ʘǀɧʢ", "n̪̥ʰʷ˞ˑ˥˩", "ǃxóõ", "d͡ʒ.ɪ‿f", "ˈˈˌ", "aː" * 100, "a b c d e"], ids=ascii
    )
    async def test_any_ipa_is_spoken_or_refused(
        self, backend: SynthesisBackend, opened: Synthesizer, ipa: str
    ) -> None:
        """The nearest sound stands for one that the language lacks."""
        self._only_with_phonemes(backend)
        request = self.request(pronunciations=self.pronunciation(self.text, self.spelt, ipa))
        with or_refused(Kind.INVALID, Kind.UNSUPPORTED):
            self._check(await collect(opened, request), self.text)

    @staticmethod
    def _only_with_phonemes(backend: SynthesisBackend) -> None:
        if "phonemes" not in backend.honours:
            pytest.skip("does not claim to honour phonemes")
        only_if_deterministic(backend)

    async def _honours(
        self,
        backend: SynthesisBackend,
        opened: Synthesizer,
        member: str,
        value: Any,
        claim: str | None = None,
    ) -> None:
        claim = claim or member
        assert backend.honours <= {"pitch", "volume", "instructions", "phonemes"}
        only_if_deterministic(backend)
        plain, changed = (
            await collect(opened, self.request()),
            await collect(opened, self.request(None, **{member: value})),
        )
        heard = plain.digest()["sha256"] != changed.digest()["sha256"]
        assert heard is (claim in backend.honours), f"{claim} is heard: {heard}, claimed: {not heard}"

    async def test_a_streaming_backend_yields_a_long_text_in_parts(
        self, backend: SynthesisBackend, opened: Synthesizer
    ) -> None:
        if not backend.streaming:
            pytest.skip("does not claim to stream")
        render = await collect(opened, self.request(" ".join([self.text] * 4)))
        assert len(render.chunks) > 1


def _slice(text: str, word: Word) -> str:
    return text[word.text_start : word.text_end]
