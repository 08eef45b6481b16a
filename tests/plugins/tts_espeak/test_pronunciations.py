"""IPA is spoken as it is written, in every language, and never mistaken for text, nor text for it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from mixdown_kernel import Problem, Pronunciation
from mixdown_tts_espeak.inventory import Inventory
from mixdown_tts_espeak.markup import MAX_SOUNDS, mark
from mixdown_tts_espeak.spelling import NEAREST, spell

WORDS = {
    "en-us": "tomato quick brown fox lazy nature measure thing this girl furniture water power hour fire boy the",
    "en-gb": "tomato over banana girl bird nature hair poor near children",
    "de": "Straße schön Mädchen zwölf Bücher auch Pferd Quelle Universität",
    "fr": "bonjour vin blanc français garçon huit oiseau peu montagne fille",
    "es": "perro pero niño jamón ciudad llave guerra",
    "it": "ciao gnocchi famiglia pizza",
    "pt-br": "coração irmã filho banho",
    "ru": "здравствуйте щука жизнь",
    "pl": "cześć źródło żółw",
    "ja": "こんにちは",
    "hi": "नमस्ते दुनिया",
    "ar": "مرحبا",
    "sv": "sjuksköterska",
    "tr": "günaydın",
    "ko": "안녕하세요",
    "cs": "řeka",
}
PLAIN_STRESS = str.maketrans("", "", "ˌ ")


def said(text: str, written: str, ipa: str) -> tuple[Pronunciation, ...]:
    start = text.index(written)
    return (Pronunciation(text_start=start, text_end=start + len(written), ipa=ipa),)


async def sounds_of(espeak, language: str) -> Inventory:
    """What the synthesizer learned of a language's sounds."""
    return await espeak._sounds(espeak._catalogue.language(language).file)


@pytest.mark.parametrize("language", WORDS)
async def test_what_the_engine_says_is_said_back_alike(espeak, phonemizer, language):
    """IPA of a word, spelled in mnemonics, is the same IPA again."""
    voice = espeak._catalogue.language(language).file
    sounds = await sounds_of(espeak, language)
    for word in WORDS[language].split():
        (clause,) = await phonemizer.phonemize(word, language)
        markup = mark("x", said("x", "x", clause.phonemes), sounds, language).text
        answer = await espeak._pool.ask({"task": "transcribe", "texts": [markup], "voice": voice})
        assert answer.data["ipa"][0].translate(PLAIN_STRESS) == clause.phonemes.translate(PLAIN_STRESS), word


@pytest.mark.parametrize("language", ["en-us", "de", "fr", "cmn", "hi", "haw", "ja", "ka", "nci", "sw"])
async def test_every_ipa_letter_has_a_sound_in_every_language(espeak, language):
    sounds = await sounds_of(espeak, language)
    for letter in set(NEAREST) - set("ʔʡʕʢ"):
        ((first, *_),) = spell(letter, sounds, language)
        assert first, letter


@pytest.mark.parametrize(
    ("ipa", "mnemonics"),
    [
        ("təˈmɑːtoʊ", [["t", "@", "'", "m", "A:", "t", "oU"]]),
        ("təˈmɑtoʊ", [["t", "@", "'", "m", "A:", "t", "oU"]]),  # this voice has no short one
        ("d͡ʒɪf", [["dZ", "'", "I", "f"]]),
        ("ʤɪf", [["dZ", "'", "I", "f"]]),
        ("ɡa.ɪ", [["g", "'", "A:", "I"]]),  # two syllables, no diphthong
        ("nuː jɔːk", [["n", "'", "u:"], ["j", "'", "O:", "k"]]),
        ("ðə", [["D", "@"]]),
        ("˥˩ˑ̥", [[]]),
    ],
)
async def test_ipa_becomes_the_voices_own_sounds(espeak, ipa, mnemonics):
    assert spell(ipa, await sounds_of(espeak, "en-us"), "en-us") == mnemonics


async def test_unmarked_stress_is_where_the_language_has_it(espeak):
    french, english = await sounds_of(espeak, "fr"), await sounds_of(espeak, "en")
    assert spell("patati", french, "fr-fr")[0].index("'") == 5
    assert spell("patati", english, "en-us")[0].index("'") == 1


@pytest.mark.parametrize("ipa", ["жук", "Kat", "日本", "a[[b"])
async def test_what_is_no_ipa_is_refused(espeak, say, ipa):
    with pytest.raises(Problem) as caught:
        await say(espeak, "cat", pronunciations=said("cat", "cat", ipa))
    assert (caught.value.kind, caught.value.code, caught.value.field) == (
        "invalid",
        "bad_pronunciation",
        "pronunciations",
    )


@pytest.mark.parametrize("runs", [[(0, 9)], [(2, 2)], [(0, 2), (1, 3)], [(2, 3), (0, 1)]])
async def test_runs_lie_in_the_text_and_in_order(espeak, say, runs):
    pronunciations = tuple(Pronunciation(text_start=a, text_end=b, ipa="a") for a, b in runs)
    with pytest.raises(Problem) as caught:
        await say(espeak, "cats", pronunciations=pronunciations)
    assert (caught.value.code, caught.value.allowed) == ("bad_pronunciation", [0, 4])


async def test_a_word_pronounced_as_it_is_lasts_as_long(espeak, say):
    """Within the few per cent of another allophone."""
    for word, ipa in (("tomato", "təmˈeɪɾoʊ"), ("Hello", "həlˈoʊ"), ("water", "wˈɔːɾɚ")):
        plain = await say(espeak, word)
        spelt = await say(espeak, "x", pronunciations=said("x", "x", ipa))
        assert spelt.audio.frames == pytest.approx(plain.audio.frames, rel=0.04)


@pytest.mark.parametrize(
    "text",
    [
        "Say {}.",
        "“{}”, he said",
        "({})",
        '["{}"]',
        "a-{}-b",
        "'{}'",
        "so {}!",
        "{}'s",
        "x/{}",
        "[[{}]]",
        "a{}b",
    ],
)
async def test_it_is_spoken_between_any_neighbours(espeak, say, text):
    alone = await say(espeak, "x", pronunciations=said("x", "x", "təˈmɑːtoʊ"))
    text = text.format("GIF")
    chunk = await say(espeak, text, pronunciations=said(text, "GIF", "təˈmɑːtoʊ"))
    assert chunk.audio.frames > 0.9 * alone.audio.frames
    (word,) = [word for word in chunk.words if "GIF" in text[word.text_start : word.text_end]]
    assert word.end_frame - word.start_frame > 0.6 * alone.audio.frames


async def test_each_word_of_a_name_has_its_time(espeak, say):
    text = "in New York now"
    chunk = await say(espeak, text, pronunciations=said(text, "New York", "nuː ˈjɔːɹk"))
    assert [text[w.text_start : w.text_end] for w in chunk.words] == text.split()
    starts = [word.start_frame for word in chunk.words]
    assert starts == sorted(set(starts))


async def test_brackets_in_a_text_stay_text_beside_pronunciations(espeak, say):
    """Nobody's text is taken for markup, and whoever writes it hears it."""
    plain = "Now a b, x"
    sneaky = "Now [[t@m'A:toU]] b, x"
    short = await say(espeak, plain, pronunciations=said(plain, "x", "a"))
    long = await say(espeak, sneaky, pronunciations=said(sneaky, "x", "a"))
    as_text = await say(espeak, sneaky)
    tail = (await say(espeak, "x", pronunciations=said("x", "x", "a"))).audio.frames
    assert long.audio.frames > short.audio.frames
    assert long.audio.frames == pytest.approx(as_text.audio.frames, abs=2 * tail)


async def test_long_pronunciations_are_spoken_whole(espeak, say):
    """Beyond what one pair of brackets and one clause of the engine may hold."""
    syllables = "ta" * 4 * MAX_SOUNDS
    one = await say(espeak, "x", pronunciations=said("x", "x", "tatatata"))
    many = await say(espeak, "x", pronunciations=said("x", "x", syllables))
    assert many.audio.frames > 0.5 * len(syllables) / 8 * one.audio.frames
    text = "tomato " * 60
    runs = tuple(
        Pronunciation(text_start=match.start(), text_end=match.end(), ipa="təˈmɑːtoʊ ".strip())
        for match in re.finditer("tomato", text)
    )
    chunk = await say(espeak, text, pronunciations=runs)
    assert len(chunk.words) == 60
    lengths = [word.end_frame - word.start_frame for word in chunk.words]
    assert min(lengths) > 0.6 * max(lengths)


async def test_equal_pronunciations_give_equal_bytes(espeak, say):
    first, second = [await say(espeak, "x", pronunciations=said("x", "x", "naˈmi")) for _ in range(2)]
    np.testing.assert_array_equal(first.audio.samples, second.audio.samples)


async def test_a_voice_that_cannot_reads_the_words(espeak, say):
    """espeak-ng 1.52 dies over some sounds in Greenlandic: there the spelling is read, and nothing fails."""
    chunk = await say(espeak, "aluu", voice="kl", pronunciations=said("aluu", "aluu", "təˈmɑːtoʊ"))
    plain = await say(espeak, "aluu", voice="kl")
    np.testing.assert_array_equal(chunk.audio.samples, plain.audio.samples)
    assert (await espeak.health()).ok
