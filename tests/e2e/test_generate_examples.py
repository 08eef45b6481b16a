"""Every example of the audio-layer document (sources/audio-layer-api.md) that is offered, executed as written."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from .server import Server
from .sound import decode

REQUEST = """
{
  "text": "It's a rainy day",
  "voice": "en_us_001",
  "background": {
    "type": "rain",
    "volume": 30,
    "loop": true,
    "custom_audio_url": ""
  },
  "music": {
    "genre": "lofi",
    "bpm": 80,
    "intensity": 50
  },
  "output": {
    "format": "mp3",
    "separate_tracks": false
  }
}
"""
"""1.1, without its comments."""


def generate(server: Server, **members: Any) -> dict[str, Any]:
    answer = server.http.post("/v1/audio/generate", json={"text": "It's a rainy day.", **members})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_example_request_gives_the_example_response(server: Server) -> None:
    answer = server.http.post(
        "/v1/audio/generate", content=REQUEST, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {"audio_url", "duration_ms", "components"} <= set(found)
    assert found["audio_url"].startswith(f"{server.url}/v1/renders/")
    voice = found["components"]["voice"]
    assert voice["timestamps"] == [[0, found["duration_ms"]]]
    assert found["components"]["background"] == {"type": "rain"}
    assert found["components"]["music"]["genre"] == "lofi"
    sound = httpx.get(found["audio_url"])
    assert sound.headers["content-type"] == "audio/mpeg"
    samples, rate = decode(sound.content)
    assert (rate, samples.shape[1]) == (48_000, 2)
    assert len(samples) * 1000 / rate == pytest.approx(found["duration_ms"], abs=60)


def test_with_separate_tracks_each_component_has_a_url(server: Server) -> None:
    asked = json.loads(REQUEST) | {"output": {"format": "wav", "separate_tracks": True}}
    found = generate(server, **asked)
    for component in found["components"].values():
        fetched = httpx.get(component["url"])
        assert fetched.headers["content-type"] == "audio/wav"
        samples, rate = decode(fetched.content)
        assert len(samples) * 1000 / rate == pytest.approx(found["duration_ms"], abs=1)


@pytest.mark.parametrize("type_", ["rain", "white_noise"])
def test_backgrounds(server: Server, type_: str) -> None:
    found = generate(server, background={"type": type_}, output={"format": "flac"})
    assert found["components"]["background"]["type"] == type_


@pytest.mark.parametrize("genre", ["lofi", "orchestral", "ambient", "electronic", "jazz"])
def test_genres(server: Server, genre: str) -> None:
    found = generate(server, music={"genre": genre}, output={"format": "opus"})
    assert found["components"]["music"]["genre"] == genre


@pytest.mark.parametrize(("format_", "rate", "channels"), [("wav", 48_000, 2), ("pcm", 24_000, 1)])
def test_formats(server: Server, format_: str, rate: int, channels: int) -> None:
    found = generate(server, output={"format": format_})
    sound = httpx.get(found["audio_url"]).content
    frames = len(sound) // 2 if format_ == "pcm" else len(decode(sound)[0])
    assert frames == pytest.approx(found["duration_ms"] * rate / 1000, abs=rate / 1000)
    assert found["receipt"]["channels"] == channels


@pytest.mark.parametrize("voice", ["en_us_001", "en_epic_001", "custom"])
def test_the_documents_voices_speak(server: Server, voice: str) -> None:
    assert generate(server, voice=voice, output={"format": "pcm"})["duration_ms"] > 500


def test_the_example_error(server: Server) -> None:
    answer = server.http.post(
        "/v1/audio/generate", json={"text": "Hi", "music": {"genre": "lofi", "bpm": 300}}
    )
    assert 400 <= answer.status_code < 500
    found = answer.json()
    assert (found["error"], found["valid_range"]) == ("INVALID_BPM", [60, 200])
    assert isinstance(found["message"], str)


def test_music_sync(server: Server) -> None:
    """5: ``assert mixed.duration == voice.duration  # Exact length match``, here to the sample."""
    mixed = generate(
        server, text="Test", music={"genre": "lofi"}, output={"format": "wav", "separate_tracks": True}
    )
    voice, _ = decode(httpx.get(mixed["components"]["voice"]["url"]).content)
    whole, _ = decode(httpx.get(mixed["audio_url"]).content)
    assert len(whole) == len(voice)
    plain = generate(server, text="Test", output={"format": "wav"})
    assert plain["duration_ms"] == mixed["duration_ms"]
    assert plain["receipt"]["frames"] == mixed["receipt"]["frames"] == len(whole)
