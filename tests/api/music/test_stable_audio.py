"""Stable Audio behind the endpoints: chosen by name or by what is asked, and started from somebody's sound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from tests.plugins.stable_audio.stand_in import KEY, StandIn, serving

from ..application import Application, application
from .test_stems import serving as website
from .test_stems import song, wav


@pytest.fixture
def hosted() -> Iterator[StandIn]:
    state = StandIn()
    with serving(state):
        yield state


@pytest.fixture
def port() -> Iterator[int]:
    """Of a website with seven seconds of music."""
    with website(wav(song(7.0))) as port:
        yield port


@pytest.fixture
async def app(tmp_path: Path, hosted: StandIn, port: int) -> AsyncIterator[Application]:
    section = {"api_key": KEY, "base_url": hosted.url}
    config = {
        "backends": {"music": ["composer", "stable-audio"]},
        "plugins": {"stable-audio": section},
    }
    inside = {"fetch_ports": (port,), "fetch_allow_private": ("127.0.0.1",)}
    async with application(tmp_path, config=config, **inside) as found:
        yield found


async def ask(app: Application, **members: Any) -> httpx.Response:
    body = {"prompt": "slow piano", "duration_sec": 7, **members}
    return await app.http.post("/v1/music/generate", json=body)


def backend(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["receipt"]["sources"][0]["backend"])


async def test_a_backend_is_chosen_by_name(app: Application, hosted: StandIn) -> None:
    assert backend(await ask(app)) == "composer"
    assert not hosted.posts
    made = await ask(app, model="stable-audio", seed=4)
    assert backend(made) == "stable-audio"
    assert made.json()["reading"] == {"prompt": "slow piano"}
    assert (made.json()["duration_ms"], hosted.posts[0]["verb"]) == (7000, "text-to-audio")
    again = await ask(app, model="stable-audio", seed=4)
    assert again.json()["cached"]
    assert len(hosted.posts) == 1  # which is paid for once
    layers = [{"type": "music", "genre": "jazz", "duration_ms": 2000, "model": "stable-audio"}]
    answer = await app.http.post("/v1/audio/layers", json={"layers": layers})
    assert backend(answer) == "stable-audio"


async def test_a_piece_starts_from_somebodys_sound(app: Application, hosted: StandIn, port: int) -> None:
    """Whoever can do that makes it."""
    url = f"http://127.0.0.1:{port}/song.wav"
    assert backend(await ask(app, start_from={"audio_url": url, "strength": 0.4})) == "stable-audio"
    masked = await ask(app, start_from={"audio_url": url, "mask_start": 1.5, "mask_end": 4})
    assert backend(masked) == "stable-audio"
    assert [post["verb"] for post in hosted.posts] == ["audio-to-audio", "inpaint"]
    assert hosted.posts[0]["strength"] == "0.4"
    assert (hosted.posts[1]["mask_start"], hosted.posts[1]["mask_end"]) == ("1.5", "4")
    sent = np.frombuffer(hosted.posts[0]["audio"][44:], "<i2").reshape(-1, 2) / 32767
    assert np.abs(sent - song(7.0)).max() < 1e-4


async def test_a_piece_starts_from_one_of_ours(app: Application, hosted: StandIn) -> None:
    ours = (await ask(app, output={"format": "wav"})).json()["audio_url"]
    assert backend(await ask(app, start_from={"audio_url": ours})) == "stable-audio"
    assert hosted.posts[0]["verb"] == "audio-to-audio"


@pytest.mark.parametrize(
    ("members", "status", "error", "field"),
    [
        ({"model": "kazoo"}, 404, "UNKNOWN_BACKEND", "model"),
        ({"model": "stable-audio", "stems": True}, 422, "NO_STEMS", "stems"),
        ({"model": "stable-audio", "duration_sec": 191}, 422, "PIECE_TOO_LONG", "duration_sec"),
        ({"model": "composer", "start_from": {"audio_url": "{url}"}}, 400, "UNKNOWN_PARAMETER", "start_from.audio_url"),
        ({"start_from": {"audio_url": "{url}", "strength": 2}}, 400, "INVALID_STRENGTH", "start_from.strength"),
        ({"start_from": {"audio_url": "{url}", "mask_start": 3, "mask_end": 2}, "model": "stable-audio"}, 400, "BAD_PARAMETER", "start_from"),
        ({"start_from": {"audio_url": "http://10.0.0.1/x"}, "model": "stable-audio"}, 400, "UNSAFE_URL", "start_from.audio_url"),
        ({"start_from": {"audio_url": "http://["}, "model": "stable-audio"}, 400, "UNSAFE_URL", "start_from.audio_url"),
        ({"start_from": {}}, 400, "MISSING_AUDIO_URL", "start_from.audio_url"),
    ],
    ids=str,
)  # fmt: skip
async def test_what_cannot_be_made_costs_nothing(
    app: Application, hosted: StandIn, port: int, members: dict[str, Any], status: int, error: str, field: str
) -> None:
    start = members.get("start_from", {})
    if start.get("audio_url") == "{url}":
        members = {**members, "start_from": {**start, "audio_url": f"http://127.0.0.1:{port}/song.wav"}}
    answer = await ask(app, **members)
    assert (answer.status_code, answer.json()["error"], answer.json().get("field")) == (status, error, field)
    assert not hosted.posts
    if error == "PIECE_TOO_LONG":
        assert answer.json()["valid_range"] == [0.001, 190]


async def test_what_the_far_side_refuses_is_told_in_our_words(app: Application, hosted: StandIn) -> None:
    hosted.credits = 0
    answer = await ask(app, model="stable-audio")
    assert (answer.status_code, answer.json()["error"]) == (503, "STABLE_AUDIO_CREDITS")
    assert KEY not in answer.text
    refused = await ask(app, model="stable-audio", prompt="a forbidden tune")
    assert (refused.status_code, refused.json()["error"]) == (403, "CONTENT_MODERATION")
    assert refused.json()["field"] == "prompt"
    assert len(hosted.posts) == 2  # each once
