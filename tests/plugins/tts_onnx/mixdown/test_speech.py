"""From a request to pieces of sound with words: both halves together."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest

from mixdown_kernel import Kind, Problem, Pronunciation
from mixdown_tts_onnx.english import read
from mixdown_tts_onnx.mixdown.cast import CAST
from mixdown_tts_onnx.mixdown.features import PAUSE
from mixdown_tts_onnx.mixdown.reading import LONGEST, Take, takes
from mixdown_tts_onnx.mixdown.shape import Shape

PARAMETERS = {"formants": 1.1, "brightness": 3.0, "breathiness": 0.5, "range": 1.5}
TEXT = "Peter sold seven large desks, and Nina bought eight old rings in Boston."


def test_every_name_of_openai_is_a_voice_of_its_own(says):
    voices = says.model.card.voices
    aliases = [alias for voice in voices for alias in voice.aliases]
    assert sorted(aliases) == [
        "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx", "sage", "shimmer", "verse",
    ]  # fmt: skip
    assert len({voice.id for voice in voices}) == len(voices) == 13
    assert {voice.gender for voice in voices} == {"female", "male"}


async def test_the_cast_is_thirteen_sounds_in_two_rates(says):
    sounds = {character.name: await says("Hello there.", voice=character.name) for character in CAST}
    assert len({sound.tobytes() for sound in sounds.values()}) == 13
    assert np.array_equal(await says("Hello there.", voice="nova"), sounds["lark"])
    rates = {c.base: (await says.pieces("Hello.", voice=c.name))[0].rate for c in CAST}
    assert rates == {"rowan": 16_000, "wren": 32_000}


async def test_a_voice_of_ones_own_speaks_under_its_folders_name(tmp_path):
    from mixdown_kernel.testing import opening

    from . import networks
    from .conftest import Speaker

    networks.write(tmp_path / "voices" / "ada", networks.voice(3))
    says = Speaker(tmp_path / "voices", opening.context(tmp_path))
    assert [voice.id for voice in says.model.card.voices] == ["ada"]
    assert len(await says("Hello.", voice="ada")) == len(await says("Hello."))


async def test_words_are_told_in_order_with_the_piece_in_which_they_begin(says):
    pieces = await says.pieces(TEXT)
    words = [word for piece in pieces for word in piece.words]
    assert [TEXT[word.text_start : word.text_end] for word in words] == TEXT.split()
    begun = 0
    for piece in pieces:
        assert all(word.start_frame < begun + len(piece.samples) for word in piece.words)
        begun += len(piece.samples)
    assert all(a.end_frame <= b.start_frame for a, b in pairwise(words))
    assert words[-1].end_frame <= begun


async def test_times_are_those_of_the_durations_to_the_frame(says):
    """The sum of all phones is the sound, and a word begins where its first phone does."""
    words = await says.words(TEXT)
    sound = await says(TEXT)
    assert len(sound) % 160 == 0
    assert all(start % 160 == end % 160 == 0 for _, start, end in words)
    voice = says.engine._voices["rowan"]
    (take,) = takes(read(TEXT))
    _, edges = voice.perform(take, 1.0)
    assert [start for _, start, _ in words] == [160 * edges[first] for _, _, first, _ in take.words]
    assert len(sound) == 160 * edges[-1]


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 2.0])
async def test_speed_changes_durations_and_no_pitch(says, speed):
    plain, changed = await says(TEXT), await says(TEXT, speed=speed)
    assert len(changed) == pytest.approx(len(plain) / speed, rel=0.03)


async def test_pitch_volume_and_parameters_are_heard(says):
    plain = await says(TEXT)
    assert len(await says(TEXT, pitch=5)) == len(plain)
    assert np.allclose(await says(TEXT, volume=0.5), plain / 2, atol=1e-5)
    for members in ({"pitch": 5.0}, *({"parameters": {name: value}} for name, value in PARAMETERS.items())):
        assert not np.array_equal(await says(TEXT, **members), plain)


async def test_what_is_asked_comes_on_top_of_what_the_voice_is(says):
    own = next(character for character in CAST if character.name == "willow")
    asked = await says.prepare(TEXT, voice="shimmer", pitch=2, volume=0.5, speed=1.5, parameters=PARAMETERS)
    assert asked["voice"] == "wren"
    assert asked["speed"] == pytest.approx(1.5 * own.tempo)
    shape = Shape(**asked["shape"])
    assert shape.semitones == own.shape.semitones + 2
    assert shape.range == own.shape.range * PARAMETERS["range"]
    assert shape.formants == own.shape.formants * PARAMETERS["formants"]
    assert shape.brightness == own.shape.brightness + PARAMETERS["brightness"]
    assert own.shape.breathiness < shape.breathiness < 1
    assert shape.gain == own.shape.gain / 2


@pytest.mark.parametrize(
    "parameters", [{"range": 3}, {"formants": 2}, {"brightness": "much"}, {"breathiness": -1}, {"wobble": 1}]
)
async def test_parameters_that_are_wrong_are_refused(says, parameters):
    with pytest.raises(Problem) as caught:
        await says(TEXT, parameters=parameters)
    assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "bad_parameter")


async def test_given_phonemes_are_spoken_instead_of_the_letters(says):
    text = "Say tomato now."
    given = (Pronunciation(text_start=4, text_end=10, ipa="pə"),)
    assert len(await says(text, pronunciations=given)) < len(await says(text))
    (take,) = (await says.prepare(text, pronunciations=given))["takes"]
    assert [name for name, _ in take["phones"]][3:5] == ["p", "ax"]


async def test_a_take_travels_as_json(says):
    for take in takes(read(TEXT)):
        assert Take.of(json.loads(json.dumps(take.plain()))) == take


# ---------------------------------------------------------------- what nobody expects


@pytest.mark.parametrize("text", ["", " ", "\n\t", "...", "!?", "“”", "—"])
async def test_what_has_no_sound_is_silence(says, text):
    assert await says.pieces(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "bcdfghjklmnpqrstvwxz", "zzzzzzzz", "314159265358979323846264338327950288", "00000000000", "1.2.3.4.5",
        "ＦＵＬＬ ｗｉｄｔｈ", "naïve café Zürich", "ﬁnd", "x²", "a" * 400, "I'm o'clock rock'n'roll 'tis",
        "HTTP/2 & C++ @ 50%", "e\u0301" * 3 + "\u0301" * 200, "He said: Привет!", "Ⅷ", "A.", "ABC", "q", "\u202eabc", "a\0b",
    ],
)  # fmt: skip
async def test_odd_texts_are_spoken(says, text):
    sound = await says(text)
    assert len(sound) > 16_000 * 0.15
    assert np.isfinite(sound).all()


@pytest.mark.parametrize("text", ["٣٤", "①②", "፩፪", "〡〢"])
async def test_digits_of_other_scripts_are_read_or_refused(says, text):
    try:
        outcome = "spoken" if len(await says(text)) > 3_000 else "swallowed"
    except Problem as problem:
        outcome = problem.code
    assert outcome in ("spoken", "nothing_to_speak")


@pytest.mark.parametrize(
    "text", ["Привет, как дела?", "こんにちは世界", "שלום עולם", "안녕하세요", "Γειά σου Κόσμε"]
)
async def test_other_scripts_are_refused_before_any_work(says, text):
    with pytest.raises(Problem) as caught:
        await says.prepare(text)
    assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "unsupported_language")
    assert caught.value.hint


async def test_other_scripts_can_be_given_as_phonemes(says):
    text = "Привет"
    given = (Pronunciation(text_start=0, text_end=6, ipa="prʲɪˈvʲet"),)
    assert len(await says(text, pronunciations=given)) > 3_000


@pytest.mark.parametrize("text", ["😀", "😀😀😀", "Hello 😀!", "👩‍👩‍👧", "🇩🇪"])
async def test_an_emoji_stops_nobody(says, text):
    assert np.isfinite(await says(text)).all()


@pytest.mark.parametrize("text", ["a" * 10_000, "word " * 2_000, "x9" * 5_000, "no, " * 2_500])
async def test_ten_thousand_characters_come_in_pieces(says, text):
    """The first one before the others are made, none of them long."""
    utterance = await says.prepare(text)
    pieces = says.engine.speak(utterance)
    first = next(pieces)
    assert 0 < len(first.samples) <= 16_000
    longest = max(len(next(pieces).samples) for _ in range(20))
    assert longest <= 2 * 16_000
    pieces.close()


async def test_more_than_ten_thousand_are_refused(says):
    with pytest.raises(Problem) as caught:
        await says("a" * 10_001)
    assert caught.value.code == "text_too_long"


def test_a_long_reading_is_cut_at_pauses_then_between_words():
    for text in ("The cat sat on the mat, and the dog ran. " * 40, "dog " * 300):
        reading = read(text)
        found = [*takes(reading)]
        assert all(len(take.phones) <= LONGEST + 2 for take in found)
        assert all(take.phones[0].name == take.phones[-1].name == PAUSE for take in found)
        spoken = [phone for take in found for phone in take.phones if phone.name != PAUSE]
        assert spoken == [phone for phone in reading.phones if phone.name != PAUSE]
        words = [word[:2] for take in found for word in take.words]
        assert words == [(word.text_start, word.text_end) for word in reading.words]
        for take in found:
            assert all(take.phones[word[2]].word_start for word in take.words)


def test_a_question_is_asked_at_its_end_only():
    found = [*takes(read("Is it so, and so, " * 60 + "really?"), question=True)]
    assert [take.question for take in found] == [*[False] * (len(found) - 1), True]
