"""Every failure is one `MixdownError`, whichever of the four shapes the server gave it."""

from __future__ import annotations

import httpx
import pytest

from mixdown_client import AsyncMixdown, Mixdown, MixdownError
from mixdown_client.errors import of_response

from .answering import Answer, AnsweringServer
from .serving import Served


def test_speech_fails_in_openais_shape(mixdown: Mixdown) -> None:
    with pytest.raises(MixdownError) as caught:
        mixdown.speak("Hello.", speed=9.0)
    error = caught.value
    assert (error.status, error.field) == (400, "speed")
    assert "0.25" in error.message
    assert error.request_id


def test_generate_fails_with_code_and_range(mixdown: Mixdown) -> None:
    with pytest.raises(MixdownError) as caught:
        mixdown.generate("Hello.", music={"genre": "lofi", "bpm": 300})
    error = caught.value
    assert (error.status, error.code, error.field) == (400, "invalid_bpm", "music.bpm")
    assert error.allowed == [60, 200]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/generate/nothing", "/v1/music/nothing", "/nothing"])
def test_the_shape_of_every_surface_is_read(server: Served, path: str) -> None:
    error = of_response(httpx.get(server.url + path))
    assert (error.status, error.code) == (404, "not_found")
    assert path in error.message


def test_a_page_of_somebody_in_between_is_an_error_too(answering: AnsweringServer) -> None:
    answering.answers = [
        Answer(502, b"<html>Bad gateway</html>"),
        Answer(500, b"[1]"),
        Answer(404, b'{"a": 1}'),
    ]
    with Mixdown(answering.url) as mixdown:
        for code in ("http_502", "http_500", "http_404"):
            with pytest.raises(MixdownError) as caught:
                mixdown.health()
            assert caught.value.code == code


@pytest.mark.parametrize("body", [b"{}", b"not json", b'{"voices": [{"id": 5}]}', b"[]", b"7"])
def test_an_answer_that_is_not_mixdowns_is_an_error(answering: AnsweringServer, body: bytes) -> None:
    answering.answers = [Answer(200, body)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.voices()
    assert caught.value.code == "bad_answer"


def test_a_key_is_sent_and_a_refusal_is_read(answering: AnsweringServer) -> None:
    refusal = {
        "error": {"message": "No.", "type": "authentication_error", "param": None, "code": "invalid_api_key"}
    }
    answering.answers = [Answer.json(refusal, 401)]
    with Mixdown(answering.url, "secret") as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.models()
    assert (caught.value.status, caught.value.code) == (401, "invalid_api_key")
    assert answering.asked[0].headers["authorization"] == "Bearer secret"
    assert "secret" not in repr(caught.value)


def test_an_answer_that_breaks_off_is_an_error(answering: AnsweringServer) -> None:
    answering.answers = [Answer(200, b"RIFF", length=1000)]
    with Mixdown(answering.url) as mixdown, pytest.raises(MixdownError) as caught:
        mixdown.speak("Hello.")
    assert caught.value.code == "connection_lost"


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://x", "http://"])
def test_a_base_url_must_be_one(url: str) -> None:
    with pytest.raises(ValueError, match="no URL of a server"):
        Mixdown(url)
    with pytest.raises(ValueError, match="no URL of a server"):
        AsyncMixdown(url)


def test_a_base_url_may_have_a_path(answering: AnsweringServer) -> None:
    answering.answers = [Answer.json({"data": []})]
    with Mixdown(answering.url + "/audio/") as mixdown:
        assert mixdown.models() == []
    assert answering.asked[0].path == "/audio/v1/models"
