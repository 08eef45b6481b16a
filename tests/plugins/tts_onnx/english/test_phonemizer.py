"""The role ``phonemes`` for English."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from mixdown_kernel import Backend, Kind, Phonemizer, Problem
from mixdown_kernel.testing import PhonemesContract, opening
from mixdown_tts_onnx import phonemes_backends
from mixdown_tts_onnx.kokoro.notation import american
from mixdown_tts_onnx.kokoro.reading import read as kokoro_read
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY
from mixdown_tts_onnx.phonetic.words import Pronouncer


def the_backend() -> Backend[Phonemizer]:
    (backend,) = phonemes_backends()
    return backend


class TestContract(PhonemesContract):
    @pytest.fixture
    def backend(self) -> Backend[Any]:
        return the_backend()


@pytest.fixture
async def phonemizer(tmp_path) -> AsyncIterator[Phonemizer]:
    async with opening.opened(the_backend(), folder=tmp_path) as opened:
        yield opened


async def said(phonemizer: Phonemizer, text: str, language: str = "en-us") -> str:
    return " ".join(clause.phonemes for clause in await phonemizer.phonemize(text, language))


ESPEAK = """
hello həlˈoʊ|water wˈɔːɾɚ|photograph fˈoʊɾəɡɹˌæf|photography fətˈɑːɡɹəfi|bird bˈɜːd|car kˈɑːɹ|near nˈɪɹ|happy hˈæpi
nation nˈeɪʃən|little lˈɪɾəl|information ˌɪnfɚmˈeɪʃən|understand ˌʌndɚstˈænd|city sˈɪɾi|better bˈɛɾɚ|letter lˈɛɾɚ|party pˈɑːɹɾi
nature nˈeɪtʃɚ|measure mˈɛʒɚ|judge dʒˈʌdʒ|church tʃˈɜːtʃ|thing θˈɪŋ|this ðˈɪs|few fjˈuː|music mjˈuːzɪk|queen kwˈiːn|world wˈɜːld
first fˈɜːst|sure ʃˈʊɹ|poor pˈʊɹ|tour tˈʊɹ|fire fˈaɪɚ|hour ˈaʊɚ|power pˈaʊɚ|flower flˈaʊɚ|going ɡˈoʊɪŋ|talk tˈɔːk|law lˈɔː|cot kˈɑːt
father fˈɑːðɚ|comma kˈɑːmə|sofa sˈoʊfə|engineer ˌɛndʒɪnˈɪɹ|afternoon ˌæftɚnˈuːn|computer kəmpjˈuːɾɚ|international ˌɪntɚnˈæʃənəl
twenty twˈɛnti|don't dˈoʊnt|can't kˈænt|cat's kˈæts|I ˈaɪ
"""
"""As espeak-ng 1.52 says them, all but what another lexicon has otherwise (``coffee``)."""


async def test_fifty_words_are_written_as_espeak_ng_writes_them(phonemizer):
    words = [entry.rpartition(" ") for line in ESPEAK.split("\n") for entry in line.split("|") if entry]
    assert len(words) == 50
    differing = {word: ours for word, _, ipa in words if (ours := await said(phonemizer, word)) != ipa}
    assert set(differing) <= {"engineer"}, differing
    assert differing.get("engineer", "ˌɛndʒənˈɪɹ") == "ˌɛndʒənˈɪɹ"


async def test_function_words_are_weak_in_a_sentence_and_whole_alone(phonemizer):
    assert await said(phonemizer, "a cup of tea and the end") == "ə kˈʌp əv tˈiː ənd ði ˈɛnd"
    assert await said(phonemizer, "of") == "ˈʌv"


async def test_homographs_are_told_apart(phonemizer):
    assert await said(phonemizer, "I want to record a record") == "aɪ wˈɑːnt tə ɹəkˈɔːɹd ə ɹˈɛkɚd"


async def test_marks_end_clauses(phonemizer):
    clauses = await phonemizer.phonemize("Well, he said (quietly): it's late; go! Why? Yes.", "en")
    assert [clause.terminator for clause in clauses] == [",", ",", ":", ";", "!", "?", "."]


async def test_as_many_answers_as_words_parted_by_marks(phonemizer):
    words = ["I", "love", "Москва", "and", "東京", "U.S.", "3:45", "x"]
    clauses = await phonemizer.phonemize("; ".join(words), "en-us")
    assert [bool(clause.phonemes) for clause in clauses] == [True, True, False, True, False, True, True, True]


@pytest.mark.parametrize("language", ["de", "en-GB", "fr-fr", "english"])
async def test_other_languages_and_accents_are_left_to_others(phonemizer, language):
    with pytest.raises(Problem) as caught:
        await phonemizer.phonemize("hello", language)
    assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "unsupported_language")


async def test_a_text_in_another_script_is_left_to_others(phonemizer):
    with pytest.raises(Problem) as caught:
        await phonemizer.phonemize("Я люблю Москву", "en-us")
    assert caught.value.kind is Kind.UNSUPPORTED


async def test_too_long_a_text_is_refused(phonemizer):
    with pytest.raises(Problem) as caught:
        await phonemizer.phonemize("a " * 1001, "en-us")
    assert caught.value.code == "text_too_long"


async def test_kokoro_reads_every_symbol_and_finds_every_word(phonemizer, sentences):
    for sentence in sentences[:40]:
        reading = await kokoro_read(sentence, (), Pronouncer(phonemizer), "en-us", american)
        assert not set(reading.phonemes) - VOCABULARY.keys(), sentence
        assert [sentence[word.text_start : word.text_end] for word in reading.words] == sentence.split()
        assert all(word.start < word.end for word in reading.words)


async def test_ipa_of_every_sentence_is_in_kokoros_vocabulary(phonemizer, sentences):
    for sentence in sentences:
        spoken = american(await said(phonemizer, sentence))
        assert not set(spoken) - VOCABULARY.keys(), sentence
