"""A server that nobody configured: our own voices speak English, espeak the other languages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from meters.matrix import MatrixMeter, Sentence, sentences

from .conftest import MakeServer
from .server import Server
from .sound import Signal, decode

RATE = 24_000


@pytest.fixture
def default(make_server: MakeServer) -> Server:
    return make_server(BACKENDS="{}")


def speak(server: Server, text: str, **members: object) -> httpx.Response:
    asked = {"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav", **members}
    return server.http.post("/v1/audio/speech", json=asked).raise_for_status()


def said(server: Server, words: Sentence) -> Signal:
    samples, rate = decode(speak(server, f"{' '.join(words).capitalize()}.").content)
    assert rate == RATE
    return samples


def test_who_speaks_what(default: Server) -> None:
    for members, backend in (
        ({}, "mixdown"),
        ({"voice": "coral", "language": "en"}, "mixdown"),
        ({"voice": "coral", "language": "de"}, "espeak"),
        ({"voice": "de"}, "espeak"),
        ({"voice": "en-gb"}, "espeak"),
    ):
        answer = speak(default, "Morgen.", **members)
        assert answer.headers["x-mixdown-backend"] == backend
        assert decode(answer.content)[0].any()
    listed = default.http.get("/v1/voices").json()["voices"]
    assert {voice["backend"] for voice in listed} == {"mixdown", "espeak"}
    models = {model["id"] for model in default.http.get("/v1/models").json()["data"]}
    assert {"mixdown", "espeak", "tts-1"} <= models


def test_it_is_understood(default: Server) -> None:
    sentences_ = sentences(20)
    with ThreadPoolExecutor(4) as several:
        clips = list(several.map(lambda words: said(default, words), sentences_))
    assert MatrixMeter().score(clips, RATE, sentences_) >= 0.95
