"""Voices that are cloned: how both clients ask, and what they make of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mixdown_client import AsyncMixdown, Mixdown, MixdownError

from .answering import Answer, AnsweringServer

ANNA: dict[str, Any] = {
    "object": "voice",
    "id": "voice_0123",
    "name": "Anna",
    "backend": "openaudio-s1-mini",
    "language": "en",
    "text": "la la",
    "tags": ["cloned"],
    "created_at": 1_790_000_000,
    "duration_ms": 12_000,
    "quality": {"snr_db": 30.5},
}


@pytest.fixture
def server() -> Iterator[AnsweringServer]:
    with AnsweringServer() as server:
        yield server


def test_a_file_is_sent_in_a_form(server: AnsweringServer, tmp_path: Path) -> None:
    recording = tmp_path / "anna.wav"
    recording.write_bytes(b"RIFF and so on")
    server.answers = [Answer.json(ANNA, 201)]
    with Mixdown(server.url) as mixdown:
        voice = mixdown.clone_voice(recording, "Anna", text="la la", model="s1-mini")
    assert (voice.id, voice.backend, voice.quality) == ("voice_0123", "openaudio-s1-mini", {"snr_db": 30.5})
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/voices")
    assert asked.headers["content-type"].startswith("multipart/form-data")
    for part in (
        b'name="name"',
        b"Anna",
        b'name="text"',
        b"la la",
        b'filename="anna.wav"',
        b"RIFF and so on",
    ):
        assert part in asked.body


async def test_a_url_is_sent_as_json(server: AnsweringServer) -> None:
    server.answers = [Answer.json(ANNA, 200)]
    async with AsyncMixdown(server.url) as mixdown:
        await mixdown.clone_voice("https://example.com/anna.wav", "Anna")
    assert json.loads(server.asked[0].body) == {
        "name": "Anna",
        "audio_url": "https://example.com/anna.wav",
    }


def test_a_voice_is_deleted_by_a_name_with_anything_in_it(server: AnsweringServer) -> None:
    server.answers = [Answer.json({"object": "voice.deleted", "id": "voice_0123", "deleted": True})]
    with Mixdown(server.url) as mixdown:
        mixdown.delete_voice("Anna & co?")
    assert (server.asked[0].method, server.asked[0].path) == ("DELETE", "/v1/voices/Anna%20%26%20co%3F")


def test_what_the_server_refuses_is_told(server: AnsweringServer) -> None:
    error = {"message": "No.", "type": "invalid_request_error", "param": "model", "code": "cannot_clone"}
    server.answers = [Answer.json({"error": error}, 422)]
    with Mixdown(server.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.clone_voice("https://example.com/anna.wav", "Anna", model="espeak")
    assert (caught.value.code, caught.value.status) == ("cannot_clone", 422)
