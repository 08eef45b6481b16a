"""``/v1/audio/stream`` as the default installation serves it: real voices, music and ambience, a real process."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from meters.clicks import clicks
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from .conftest import MakeServer
from .server import Server

TEXT = "The stream is open. It costs $5.20, and nobody pays."


class Listener:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.stamps: list[int] = []
        self.pcm = b""
        self.events: list[dict[str, Any]] = []

    def say(self, action: str, **members: Any) -> None:
        self._connection.send(json.dumps({"action": action, **members}))

    def hear(self, enough: Callable[[], Any]) -> None:
        while not enough():
            message = json.loads(self._connection.recv(60))
            if "audio_chunk" in message:
                self.stamps.append(message["timestamp_ms"])
                self.pcm += base64.b64decode(message["audio_chunk"])
            else:
                assert "error" not in message, message
                self.events.append(message)

    def frame(self, event: str, layer: str) -> int | None:
        found = (one for one in self.events if (one["event"], one.get("layer")) == (event, layer))
        return next((one["frame"] for one in found), None)


def opened(server: Server) -> ClientConnection:
    return connect(server.url.replace("http", "ws", 1) + "/v1/audio/stream", max_size=None, max_queue=None)


def test_a_streamed_voice_is_the_voice_of_the_speech_endpoint(server: Server) -> None:
    """The same text by the same voice, bit for bit: below the ceiling the live master changes nothing."""
    with opened(server) as connection:
        stream = Listener(connection)
        stream.say("add_layer", type="voice", text=TEXT, voice="alloy")
        stream.hear(lambda: stream.frame("ended", "voice"))
        ended = stream.frame("ended", "voice") or 0
        stream.hear(lambda: len(stream.pcm) >= 2 * ended)
    body = {"model": "tts-1", "voice": "alloy", "input": TEXT, "response_format": "pcm"}
    spoken = server.http.post("/v1/audio/speech", json=body).raise_for_status().content
    assert stream.pcm[: 2 * ended] == spoken
    assert not any(stream.pcm[2 * ended :])
    assert stream.stamps == [20 * number for number in range(len(stream.stamps))]


def test_voice_over_rain_over_music_changes_without_a_click(server: Server) -> None:
    rate = 48_000
    with opened(server) as connection:
        stream = Listener(connection)
        stream.say("configure", rate=rate, channels=2, block_ms=50)
        stream.say("add_layer", type="music", genre="ambient", seed=5)
        stream.hear(lambda: len(stream.pcm) > 4 * rate)
        stream.say("add_layer", type="background", kind="rain")
        stream.say("add_layer", type="voice", text=TEXT)
        for layer in ("background", "voice"):
            stream.hear(lambda layer=layer: stream.frame("started", layer) is not None)  # type: ignore[misc]
        stream.hear(lambda: len(stream.pcm) > 4 * (stream.frame("started", "voice") or 0) + 4 * rate)
        stream.say("interrupt")
        stream.say("update_layer", id="music", volume=60, glide_ms=500)
        stream.hear(lambda: stream.frame("ended", "voice"))
        stream.say("remove_layer", id="background")
        stream.hear(lambda: stream.frame("ended", "background"))
        stream.hear(lambda: len(stream.pcm) > 4 * (stream.frame("ended", "background") or 0) + 4 * rate)
    sound = np.frombuffer(stream.pcm, "<i2").reshape(-1, 2) / 32_768
    assert not clicks(sound, rate)
    assert [one for one in stream.events if one["event"] in ("failed", "stalled")] == []
    before, after = sound[: rate // 2], sound[-rate // 2 :]
    assert np.abs(before).max() > 0.001
    assert np.abs(after).max() > 0.001


def test_streams_are_told_that_the_server_goes(make_server: MakeServer) -> None:
    server = make_server()
    with opened(server) as connection:
        stream = Listener(connection)
        stream.say("add_layer", type="background", kind="white_noise")
        stream.hear(lambda: stream.stamps)
        server.stop()
        with pytest.raises(ConnectionClosed) as raised:
            stream.hear(lambda: False)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == 1012
    assert "Traceback" not in server.log()


def test_a_client_that_vanishes_leaves_nothing_running(server: Server) -> None:
    with contextlib.suppress(ConnectionClosed, OSError), opened(server) as connection:
        stream = Listener(connection)
        stream.say("add_layer", type="background", kind="rain")
        stream.hear(lambda: stream.stamps)
        connection.socket.close()  # without a word
    server.wait_until(lambda: not running(server))


def running(server: Server) -> float:
    figures = server.http.get("/api/v1/metrics").json()
    return float(figures["mixdown_streams"][0]["value"])
