"""What `POST /v1/audio/generate` refuses: in its surface's shape, by the member's name, and with nothing left behind."""

from __future__ import annotations

from typing import Any

import pytest

from .served import Served

GOOD = {"text": "Fine.", "voice": "alloy"}
REFUSED: dict[str, tuple[dict[str, Any], int, str, str, list[Any] | None]] = {
    "no text": ({"text": None}, 400, "INVALID_TEXT", "text", None),
    "empty text": ({"text": ""}, 400, "INVALID_TEXT", "text", None),
    "blank text": ({"text": " \n\t"}, 400, "EMPTY_TEXT", "text", None),
    "nothing to say": ({"text": "... !"}, 400, "NOTHING_TO_SPEAK", "text", None),
    "long text": ({"text": "a" * 600_000}, 400, "TEXT_TOO_LONG", "text", [1, 500_000]),
    "control character": ({"text": "a\x00b"}, 400, "CONTROL_CHARACTER", "text", None),
    "number for text": ({"text": 5}, 400, "INVALID_TEXT", "text", None),
    "bad ssml": ({"text": "<speak>Hello <break"}, 400, "BAD_SSML", "text", None),
    "ssml entity": (
        {"text": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>'}, 400, None, "text", None,
    ),
    "unknown voice": ({"voice": "nobody"}, 404, "UNKNOWN_VOICE", "voice", None),
    "voice of another type": ({"voice": ["alloy"]}, 400, "INVALID_VOICE", "voice", None),
    "unknown model": ({"model": "nobody"}, 404, "MODEL_NOT_FOUND", "model", None),
    "speed": ({"speed": 4.1}, 400, "INVALID_SPEED", "speed", [0.25, 4]),
    "slow speed": ({"speed": 0}, 400, "INVALID_SPEED", "speed", [0.25, 4]),
    "background volume": (
        {"background": {"type": "rain", "volume": 101}}, 400, "INVALID_VOLUME", "background.volume", [0, 100],
    ),
    "negative volume": ({"music": {"volume": -1}}, 400, "INVALID_VOLUME", "music.volume", [0, 100]),
    "bpm": ({"music": {"bpm": 300}}, 400, "INVALID_BPM", "music.bpm", [60, 200]),
    "slow bpm": ({"music": {"bpm": 59}}, 400, "INVALID_BPM", "music.bpm", [60, 200]),
    "bpm as text": ({"music": {"bpm": "fast"}}, 400, "INVALID_BPM", "music.bpm", [60, 200]),
    "volume as a truth": (
        {"background": {"volume": True}}, 400, "INVALID_VOLUME", "background.volume", [0, 100],
    ),
    "volume as text": (
        {"background": {"volume": "20"}}, 400, "INVALID_VOLUME", "background.volume", [0, 100],
    ),
    "a truth as a number": ({"dry_run": 1}, 400, "INVALID_DRY_RUN", "dry_run", None),
    "intensity": ({"music": {"intensity": 200}}, 400, "INVALID_INTENSITY", "music.intensity", [0, 100]),
    "genre": ({"music": {"genre": "polka"}}, 400, "UNKNOWN_GENRE", "music.genre", None),
    "key": ({"music": {"key": "H_flat"}}, 400, "INVALID_KEY", "music.key", None),
    "background type": ({"background": {"type": "hail"}}, 400, "UNKNOWN_BACKGROUND_TYPE", "background.type", None),
    "background parameter": (
        {"background": {"type": "rain", "parameters": {"hail": 1}}},
        400, "UNKNOWN_PARAMETER", "background.parameters.hail", None,
    ),
    "custom without url": (
        {"background": {"type": "custom"}}, 400, "MISSING_CUSTOM_AUDIO_URL", "background.custom_audio_url", None,
    ),
    "url inside": (
        {"background": {"custom_audio_url": "http://127.0.0.1/x.wav"}},
        400, "UNSAFE_URL", "background.custom_audio_url", None,
    ),
    "no url": (
        {"background": {"custom_audio_url": "not a url"}}, 400, None, "background.custom_audio_url", None,
    ),
    "format": ({"output": {"format": "ogg"}}, 400, "INVALID_FORMAT", "output.format", None),
    "bitrate": ({"output": {"bitrate_kbps": 4}}, 400, "INVALID_BITRATE_KBPS", "output.bitrate_kbps", [8, 320]),
    "loudness": ({"output": {"loudness": 0}}, 400, "INVALID_LOUDNESS", "output.loudness", [-40, -5]),
    "tail": ({"output": {"tail_ms": 60_001}}, 400, "INVALID_TAIL_MS", "output.tail_ms", [0, 60_000]),
    "seed": ({"seed": -1}, 400, "INVALID_SEED", "seed", [0, 4_294_967_295]),
    "normalisation": ({"normalize": {"polka": True}}, 400, "UNKNOWN_NORMALIZATION", "normalize.polka", None),
    "unknown member": ({"volume": 5}, 400, "UNKNOWN_FIELD", "volume", None),
    "unknown member inside": ({"music": {"tempo": 90}}, 400, "UNKNOWN_FIELD", "music.tempo", None),
    "list for an object": ({"output": []}, 400, "INVALID_OUTPUT", "output", None),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(served: Served, case: str) -> None:
    members, status, code, field, allowed = REFUSED[case]
    before = served.traces()
    answer = served.generate({**GOOD, **members})
    found = answer.json()
    assert answer.status_code == status, answer.text
    assert found["field"] == field
    assert found["message"]
    if code:
        assert found["error"] == code
    if allowed:
        assert found["valid_range"] == allowed
    assert set(found) <= {
        "error",
        "message",
        "field",
        "valid_range",
        "valid_values",
        "offset",
        "line",
        "column",
    }
    assert served.traces() == before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"text": "a", "speed": NaN}', "NOT_FINITE"),
        ('{"text": "a", "music": {"bpm": Infinity}}', "NOT_FINITE"),
        ('{"text": "a\\ud800"}', "LONE_SURROGATE"),
        ('{"text": "a", "normalize": {"\\udfff": true}}', "LONE_SURROGATE"),
        ('{"text": "a"', "INVALID_JSON"),
        ("[" * 100_000, "INVALID_JSON"),
        ("[]", "INVALID_BODY"),
        ('"text"', "INVALID_BODY"),
        ("", None),
        ('{"text": "a", "seed": 1' + "0" * 5000 + "}", None),
    ],
)
def test_bodies_that_are_no_request(served: Served, text: str, code: str | None) -> None:
    before = served.traces()
    answer = served.http.post(
        "/v1/audio/generate", content=text, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]
    if code:
        assert answer.json()["error"] == code
    assert served.traces() == before


def test_a_form_is_no_json(served: Served) -> None:
    answer = served.http.post("/v1/audio/generate", data={"text": "a"})
    assert (answer.status_code, answer.json()["error"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_has_a_limit(served: Served) -> None:
    answer = served.generate({"text": "a" * (9 << 20)})
    assert answer.status_code == 413
    assert answer.json()["error"]


def test_a_job_is_refused_before_it_is_one(served: Served) -> None:
    before = served.traces()
    answer = served.generate({**GOOD, "voice": "nobody"}, headers={"prefer": "respond-async"})
    assert (answer.status_code, answer.json()["error"]) == (404, "UNKNOWN_VOICE")
    assert served.traces() == before


def test_an_empty_custom_url_counts_as_absent(served: Served) -> None:
    body = {**GOOD, "background": {"type": "rain", "custom_audio_url": ""}, "dry_run": True}
    assert served.generate(body).status_code == 200
