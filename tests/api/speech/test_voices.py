"""Voices and models, listed for people and for programs."""

from __future__ import annotations

import pytest

from ..scenes.served import Served


def voices(served: Served, **query: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = served.http.get("/v1/voices", params=query).json()["voices"]
    return found


def test_standard_names_come_first_and_say_for_whom_they_stand(served: Served) -> None:
    first = voices(served)[:13]
    assert [voice["id"] for voice in first][:3] == ["alloy", "ash", "ballad"]
    assert len({voice["stands_for"] for voice in first}) == 13


def test_ids_are_unique(served: Served) -> None:
    ids = [voice["id"] for voice in voices(served)]
    assert len(ids) == len(set(ids))
    assert len(ids) > 100


def test_by_language(served: Served) -> None:
    german = voices(served, language="de")
    assert german
    assert {str(voice["language"]).split("-")[0] for voice in german} == {"de"}
    assert voices(served, language="EN-gb")
    assert voices(served, language="tlh") == []


def test_by_backend(served: Served) -> None:
    assert {voice["backend"] for voice in voices(served, backend="espeak")} == {"espeak"}
    assert voices(served, backend="nobody") == []


@pytest.mark.parametrize("voice", ["de", "fr-fr", "en-gb-x-rp"])
def test_a_language_is_spoken_by_its_voice(served: Served, voice: str) -> None:
    answer = served.speak({"model": "espeak", "input": "Mambo.", "voice": voice, "response_format": "pcm"})
    assert answer.status_code == 200, answer.text


def test_a_language_chooses_a_voice(served: Served) -> None:
    asked = {"model": "tts-1", "input": "Guten Morgen.", "voice": "en_us_001", "response_format": "pcm"}
    german = served.speak({**asked, "language": "de"})
    assert german.status_code == 200, german.text
    assert german.content != served.speak(asked).content
