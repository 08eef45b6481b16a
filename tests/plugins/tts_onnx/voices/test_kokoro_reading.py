"""What Kokoro is told to say: languages, notations, punctuation, phonemes that are given."""

from __future__ import annotations

import asyncio

import pytest
from kokoro_onnx.tokenizer import Tokenizer

from mixdown_kernel import Kind, Problem, Pronunciation
from mixdown_tts_onnx.kokoro import notation
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY, read_vocabulary, tokenize

ENGLISH = [
    "The quick brown fox jumps over the lazy dog.",
    "He said “Stop!” and left (quickly) — no… maybe; yes: 1,5.",
    '"Where are you going?" she asked. "To the market," he said.',
    "One of the best of the lot, in 2024, cost $5.20 - didn't it?",
    "Dr. Smith vs. Mr. T. It's a well-known fact: U.S. and U.K.",
    "A/B testing & R&D at 50%, e.g. this - the end",
    "allow the little bottle, people; Paris, hair, butter, joy",
]
OTHERS = {
    "es": ["¿Qué tal? ¡Muy bien! El baile de la reina."],
    "fr-fr": ["Bonjour, ça va? Très bien! Du bon vin blanc."],
    "hi": ["नमस्ते दुनिया, कैसे हो?"],
}


def symbols(utterance) -> str:
    return tokenize(utterance["phonemes"], VOCABULARY).symbols


@pytest.mark.parametrize("language", ["en-us", "en-gb"])
async def test_english_is_as_kokoro_onnx_reads_it(kokoro_dir, speaker, language):
    says, theirs = speaker(kokoro_dir), Tokenizer()
    for text in ENGLISH:
        ours = await says.prepare(text, language=language, parameters={"notation": "espeak"})
        expected = await asyncio.to_thread(theirs.phonemize, text, language)
        assert symbols(ours) == " ".join(expected.split()), text


@pytest.mark.parametrize("language", OTHERS)
async def test_other_languages_are_as_kokoro_onnx_reads_them(kokoro_dir, speaker, language):
    says, theirs = speaker(kokoro_dir), Tokenizer()
    for text in OTHERS[language]:
        ours = await says.prepare(text, language=language, parameters={"notation": "espeak"})
        assert symbols(ours) == " ".join(theirs.phonemize(text, language).split())


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en-US", "They go now, boy, by choice.", "ðA ɡˌO nˈW, bˈY, bI ʧˈYs."),
        ("en-US", "Butter, little, allow, first judge.", "bˈʌTəɹ, lˈɪTᵊl, əlˈW, fˈɜɹst ʤˈʌʤ."),
        ("en-GB", "Go there, bird, near.", "ɡˌQ ðˈɛː, bˈɜːd, nˈɪə."),
        ("es", "La reina baila mucho.", "la rˈAna βˈIla mˈuʧo."),
        ("it", "Ciao, pizza.", "ʧˈao, pˈiʦːa."),
    ],
)
async def test_the_notation_is_what_the_model_was_trained_on(kokoro_dir, speaker, language, text, said):
    assert symbols(await speaker(kokoro_dir).prepare(text, language=language)) == said


def test_every_english_symbol_is_one_of_misakis():
    """``EN_PHONES.md``: 41 shared, and four of each accent (T is the flap of version 1.0)."""
    shared = set("AIWYbdfhijklmnpstuvwzðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧˈˌθᵊ")
    said = "tʃ dʒ aɪ aʊ eɪ ɔɪ oʊ əʊ ɚ ɜː ɐ ɾ ʔ iː əl n\u0329 eə ɪə x ç r"
    assert set(notation.american(said)) - set(" ") <= shared | set("Oæɾᵻ") | {"T"} | set("Q")
    assert set(notation.british(said)) - set(" ") <= shared | set("Qaɒː") | {"T"}


def test_a_models_own_vocabulary_is_read(tmp_path):
    """From the graph, from hexgrad's configuration, from onnx-community's tokenizer, in this order."""
    assert read_vocabulary({}, tmp_path) == VOCABULARY
    (tmp_path / "tokenizer.json").write_text('{"model": {"vocab": {"$": 0, "a": 7}}}')
    assert read_vocabulary({}, tmp_path) == {"a": 7}
    (tmp_path / "config.json").write_text('{"model_type": "style_text_to_speech_2"}')
    assert read_vocabulary({}, tmp_path) == {"a": 7}
    (tmp_path / "config.json").write_text('{"vocab": {"a": 8}}')
    assert read_vocabulary({}, tmp_path) == {"a": 8}
    assert read_vocabulary({"kokoro_config": '{"vocab": {"a": 9}}'}, tmp_path) == {"a": 9}


@pytest.mark.parametrize("language", ["de", "ja", "zh", "ko", "xx"])
async def test_a_language_that_is_not_spoken_is_refused(kokoro_dir, speaker, language):
    text = {"ja": "今日は", "zh": "你好", "ko": "안녕"}.get(language, "Guten Tag")
    with pytest.raises(Problem) as caught:
        await speaker(kokoro_dir).prepare(text, voice="zf_xiaobei", language=language)
    problem = caught.value
    assert (problem.kind, problem.code, problem.field) == (
        Kind.UNSUPPORTED,
        "unsupported_language",
        "language",
    )
    assert "en-US" in problem.allowed


async def test_writing_that_would_be_spelled_out_is_refused_in_any_voice(kokoro_dir, speaker):
    with pytest.raises(Problem) as caught:
        await speaker(kokoro_dir).prepare("你好，世界", voice="af_heart")
    assert caught.value.code == "unsupported_language"
    assert await speaker(kokoro_dir).prepare("A word such as 你好 among others", voice="af_heart")


async def test_chinese_in_a_chinese_voice_is_refused_without_being_asked_for_it(kokoro_dir, speaker):
    with pytest.raises(Problem) as caught:
        await speaker(kokoro_dir).prepare("你好", voice="zf_xiaobei")
    assert "phonemes" in caught.value.hint
    whole = (Pronunciation(text_start=0, text_end=2, ipa="ni↓xau↓"),)
    assert await speaker(kokoro_dir).prepare("你好", voice="zf_xiaobei", pronunciations=whole)
    assert await speaker(kokoro_dir).prepare("hello", voice="zf_xiaobei")


@pytest.mark.parametrize(
    ("ipa", "symbols_"),
    [
        ("təˈmɑːtoʊ", "təmˈɑːtoʊ"),
        ("təˈmɑtoʊ", "təmˈɑtoʊ"),
        ("d͡ʒɪf", "dʒɪf"),
        ("ɡa.ɪ", "ɡaɪ"),
        ("gɪf", "ɡɪf"),
        ("ʀœ\u0303", "ʁœ\u0303"),
    ],
)
def test_phonemes_of_a_request_become_the_models(ipa, symbols_):
    assert notation.spelt(ipa, notation.espeak).replace("ˈ", "") == symbols_.replace("ˈ", "")


@pytest.mark.parametrize("ipa", ["жук", "日本", "Ω"])
def test_what_is_no_ipa_is_refused(ipa):
    with pytest.raises(Problem) as caught:
        notation.spelt(ipa, notation.american)
    assert (caught.value.code, caught.value.field) == ("bad_pronunciation", "pronunciations")


def test_phonemes_in_misakis_own_symbols_are_left_alone():
    assert notation.spelt("ðə ʤˈOk", notation.american) == "ðə ʤˈOk"
    assert notation.spelt("ðə dʒˈoʊk", notation.american) == "ðə ʤˈOk"


async def test_phonemes_that_are_given_take_the_words_place(kokoro_dir, speaker):
    text = "Say tomato, please."
    given = (Pronunciation(text_start=4, text_end=10, ipa="təˈmɑːtoʊ"),)
    assert symbols(await speaker(kokoro_dir).prepare(text, pronunciations=given)) == "sˈA təˈmɑtO, plˈiz."


@pytest.mark.parametrize("runs", [[(0, 9)], [(2, 2)], [(0, 2), (1, 3)], [(2, 3), (0, 1)]])
async def test_pronunciations_lie_in_the_text_and_in_order(kokoro_dir, piper_dir, speaker, runs):
    pronunciations = tuple(Pronunciation(text_start=a, text_end=b, ipa="a") for a, b in runs)
    for directory in (kokoro_dir, piper_dir):
        with pytest.raises(Problem) as caught:
            await speaker(directory).prepare("cats", pronunciations=pronunciations)
        assert caught.value.code == "bad_pronunciation"


async def test_a_text_without_anything_to_say_is_nothing(kokoro_dir, piper_dir, speaker):
    for directory in (kokoro_dir, piper_dir):
        for text in ("", " ", "…", "?!", "—", "***", "\u200b"):
            assert await speaker(directory).prepare(text) is None


async def test_far_too_long_a_text_is_refused(kokoro_dir, speaker):
    with pytest.raises(Problem) as caught:
        await speaker(kokoro_dir).prepare("a " * 6_000)
    assert caught.value.code == "text_too_long"
