"""Voices, aliases, languages."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest

from mixdown_kernel import Problem, ResolvesVoices

OPENAI = [
    "alloy",
    "ash",
    "ballad",
    "coral",
    "echo",
    "fable",
    "onyx",
    "nova",
    "sage",
    "shimmer",
    "verse",
    "marin",
    "cedar",
]


async def test_the_default_voice_comes_first_and_ids_are_unique(espeak):
    voices = await espeak.voices()
    assert voices[0].id == "en-us"
    assert max(Counter(voice.id for voice in voices).values()) == 1
    assert len({voice.language.split("-")[0] for voice in voices}) > 100
    assert all(re.fullmatch(r"[a-z]{2,4}(-[A-Za-z0-9]{1,8})*", voice.language) for voice in voices)


async def test_every_base_voice_has_a_female_one_beside_it(espeak):
    voices = {voice.id: voice for voice in await espeak.voices()}
    for voice in [voice for voice in voices.values() if "+" not in voice.id]:
        assert voices[f"{voice.id}+f2"].gender == "female"


async def test_known_names_mean_thirteen_different_voices(espeak, say):
    by_alias = {alias: voice for voice in await espeak.voices() for alias in voice.aliases}
    assert set(OPENAI) | {"en_us_001", "en_epic_001", "custom"} == set(by_alias)
    sounds = {
        (await say(espeak, "Hello.", voice=by_alias[name].id)).audio.samples.tobytes() for name in OPENAI
    }
    assert len(sounds) == 13
    assert {by_alias[name].gender for name in ("nova", "shimmer", "coral", "sage", "marin", "ballad")} == {
        "female"
    }
    assert {by_alias[name].gender for name in ("onyx", "echo", "ash", "verse", "cedar", "fable")} == {"male"}


async def test_every_language_speaks(espeak, say):
    for voice in await espeak.voices():
        if not voice.id.endswith("+f2"):
            assert (await say(espeak, "ba 1", voice=voice.id)).audio.samples.any(), voice.id


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ({"voice": "en_GB"}, {"voice": "en-gb"}),
        ({"voice": "EN-us+F3"}, {"voice": "en-us+f3"}),
        ({"voice": "fr"}, {"voice": "fr-fr"}),
        ({"voice": "en-us+Mr serious"}, {"voice": "en-us+mr-serious"}),
        ({"language": "de-DE"}, {"voice": "de"}),
        ({"language": "en"}, {"voice": "en-us"}),
        ({"language": "en-GB"}, {"voice": "en-gb"}),
        ({"language": "zh-CN"}, {"voice": "cmn"}),
        ({"language": "pt_BR"}, {"voice": "pt-br"}),
        ({"language": "fr-CA"}, {"voice": "fr-fr"}),
        ({"language": "es-MX"}, {"voice": "es-419"}),
        ({"voice": "en-gb", "language": "en"}, {"voice": "en-gb"}),
        ({"voice": "en-us+f3", "language": "de"}, {"voice": "de+f3"}),
        ({"voice": ""}, {"voice": "en-us"}),
    ],
)
async def test_an_id_or_a_language_finds_its_voice(espeak, say, asked, same):
    text = "Sixteen unique colours, garage bonjour."
    first, second = await say(espeak, text, **asked), await say(espeak, text, **same)
    assert np.array_equal(first.audio.samples, second.audio.samples)


async def test_languages_differ(espeak, say):
    sounds = {
        (await say(espeak, "banana 21", language=language)).audio.samples.tobytes()
        for language in (
            "en-US",
            "en-GB",
            "de",
            "fr",
            "es",
            "it",
            "pl",
            "ja",
            "zh",
            "hi",
            "ru",
            "ar",
            "sv",
            "tr",
        )
    }
    assert len(sounds) == 14


@pytest.mark.parametrize(
    "voice", ["nobody", "en-us+nobody", "en-us+", "+f3", "../en", "en-us+../f3", "x" * 5000, "\ud800"]
)
async def test_an_unknown_voice_is_not_found(espeak, say, voice):
    with pytest.raises(Problem) as caught:
        await say(espeak, "Hello.", voice=voice)
    assert (caught.value.kind, caught.value.code, caught.value.field) == (
        "not_found",
        "unknown_voice",
        "voice",
    )
    assert caught.value.hint
    assert len(caught.value.message) < 200


@pytest.mark.parametrize("language", ["", "tlh-x", "q", "-", "🙂"])
async def test_an_unknown_language_is_unsupported(espeak, say, language):
    with pytest.raises(Problem) as caught:
        await say(espeak, "Hello.", language=language)
    assert (caught.value.kind, caught.value.field) == ("unsupported", "language")


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("en_GB", "en-gb"),
        ("de+F3", "de+f3"),
        ("en", "en-us"),
        ("fr", "fr-fr"),
        ("alloy", None),
        ("de+x", None),
    ],
)
async def test_unlisted_voices_resolve_to_their_id(espeak, name, id_):
    assert isinstance(espeak, ResolvesVoices)
    voice = espeak.resolve_voice(name)
    assert (voice.id if voice else None) == id_
