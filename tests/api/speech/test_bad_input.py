"""What `POST /v1/audio/speech` refuses: in OpenAI's shape, before any work, and with nothing left behind."""

from __future__ import annotations

from typing import Any

import pytest

from ..scenes.served import Served

GOOD = {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Fine."}
REFUSED: dict[str, tuple[dict[str, Any], int, str | None, str]] = {
    "no model": ({"model": None}, 400, None, "model"),
    "number for a voice": ({"voice": 5}, 400, None, "voice"),
    "voice object without id": ({"voice": {}}, 400, "missing_id", "voice.id"),
    "control characters": ({"input": "a\x07"}, 400, "control_character", "input"),
    "instructions too long": ({"instructions": "a" * 4097}, 400, "invalid_instructions", "instructions"),
    "speed as text": ({"speed": "fast"}, 400, "invalid_speed", "speed"),
    "speed as a truth": ({"speed": True}, 400, "invalid_speed", "speed"),
    "stream format": ({"stream_format": "websocket"}, 400, "invalid_stream_format", "stream_format"),
    "captions": ({"captions": "ass"}, 400, "invalid_captions", "captions"),
    "loudness": ({"loudness": 3}, 400, "invalid_loudness", "loudness"),
    "seed": ({"seed": 1.5}, 400, "invalid_seed", "seed"),
    "language": ({"language": "not a language"}, 400, "invalid_language", "language"),
    "project": ({"project": ""}, 400, "invalid_project", "project"),
    "url inside": (
        {"background": {"custom_audio_url": "http://169.254.169.254/"}}, 400, "unsafe_url", "background.custom_audio_url",
    ),
    "key": ({"music": {"key": "H"}}, 400, "invalid_key", "music.key"),
    "ssml": ({"input": "<speak>a"}, 400, "bad_ssml", "input"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(served: Served, case: str) -> None:
    members, status, code, param = REFUSED[case]
    before = served.traces()
    answer = served.speak({**GOOD, **members})
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"
    assert error["message"]
    if code:
        assert error["code"] == code
    assert served.traces() == before


def test_exactly_4096_characters_are_taken(served: Served) -> None:
    text = ("word " * 1000)[:4095] + "."
    assert served.speak({**GOOD, "input": text, "speed": 4, "response_format": "opus"}).status_code == 200
    answer = served.speak({**GOOD, "input": text + "x"})
    assert answer.json()["error"]["code"] == "string_above_max_length"
    assert "4096" in answer.json()["error"]["message"]
