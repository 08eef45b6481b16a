"""Programs that speak to OpenAI's audio API, by the calls that they make (contracts/openai-audio.md)."""

from __future__ import annotations

import base64
import json

from .server import Server, events
from .sound import decode, pcm

TEXT = "The kitchen light is on."


def test_open_webui_reads_models_and_voices(server: Server) -> None:
    models = server.http.get("/v1/audio/models").json()["models"]
    assert all(set(model) >= {"id"} for model in models)
    voices = server.http.get("/v1/audio/voices").json()["voices"]
    assert {"id": "alloy", "name": "Alloy"} in voices
    assert all(voice["id"] and voice["name"] for voice in voices)
    for model, voice in ((models[0]["id"], voices[0]["id"]), (models[-1]["id"], voices[-1]["id"])):
        asked = {"input": TEXT, "model": model, "voice": voice}
        answer = server.http.post("/v1/audio/speech", json=asked)
        assert answer.headers["content-type"] == "audio/mpeg"


def test_open_webui_reads_the_error(server: Server) -> None:
    answer = server.http.post("/v1/audio/speech", json={"input": TEXT, "model": "tts-1", "voice": "x"})
    assert "error" in answer.json()
    assert answer.json()["error"]["message"]


def test_older_gateways_read_plain_names(server: Server) -> None:
    voices = server.http.get("/v1/audio/voices", params={"legacy": "true"}).json()["voices"]
    assert voices[0] == "alloy"
    assert all(isinstance(voice, str) for voice in voices)


def test_every_listed_voice_is_found_again(server: Server) -> None:
    """What a client lists it may ask for; a dry run finds it without speaking."""
    for voice in server.http.get("/v1/audio/voices").json()["voices"]:
        answer = server.http.post(
            "/v1/audio/generate", json={"text": "Hi", "voice": voice["id"], "dry_run": True}
        )
        assert answer.status_code == 200, (voice, answer.text)


def test_sillytavern_sends_an_empty_bearer(server: Server) -> None:
    asked = {"input": TEXT, "response_format": "mp3", "voice": "alloy", "speed": 1, "model": "tts-1"}
    answer = server.http.post("/v1/audio/speech", json=asked, headers={"authorization": "Bearer"})
    assert answer.status_code == 200
    assert decode(answer.content)[1] == 24_000


def test_home_assistant_streams_opus_without_any_key(server: Server) -> None:
    asked = {
        "model": "gpt-4o-mini-tts",
        "input": TEXT,
        "voice": "shimmer",
        "response_format": "opus",
        "speed": 1.0,
        "instructions": "Whisper.",
        "background": {"type": "rain", "volume": 5},
    }
    with server.http.stream("POST", "/v1/audio/speech", json=asked) as answer:
        chunks = list(answer.iter_bytes())
    assert answer.headers["content-type"] == "audio/ogg"
    assert chunks[0].startswith(b"OggS")
    samples, rate = decode(b"".join(chunks))
    assert len(samples) > rate


def test_wyoming_openai_probes_and_asks_for_wav(server: Server) -> None:
    for path in ("/health", "/readyz"):
        assert server.http.get(path).status_code == 200
    asked = {"input": TEXT, "model": "tts-1", "voice": "alloy", "response_format": "wav"}
    answer = server.http.post("/v1/audio/speech", json=asked)
    assert answer.content[:4] == b"RIFF"
    # It reads the header from the first chunk and takes the rest as samples.
    assert int.from_bytes(answer.content[24:28], "little") == 24_000
    assert answer.content[36:40] == b"data"


def test_livekit_takes_events_of_pcm(server: Server) -> None:
    asked = {"input": TEXT, "model": "gpt-4o-mini-tts", "voice": "ash", "response_format": "pcm"}
    with server.http.stream("POST", "/v1/audio/speech", json={**asked, "stream_format": "sse"}) as answer:
        found = [json.loads(data) for _, data in events(answer.iter_lines())]
    sound = b"".join(base64.b64decode(one["audio"]) for one in found[:-1])
    assert len(pcm(sound)) > 24_000
    assert sound == server.http.post("/v1/audio/speech", json=asked).content
    assert found[-1]["usage"]["output_tokens"] > 0
