"""The application behind a real socket, with a voice that hums, and a client that listens."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from tests.kernel.faucet import Faucet
from tests.kernel.humming import Humming
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

import mixdown_ambient
import mixdown_mixing
import mixdown_storage_local
from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_api.live.streams import Streams
from mixdown_kernel import Encoding, Kernel, Master, Scene, SourceLayer, VoiceLayer

SMALL = 16_384


class Streaming:
    """A server that runs. Its sockets send from small buffers, so that a reader who stops is felt soon."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.faucet = Faucet()
        plugins = [mixdown_mixing, mixdown_ambient, mixdown_storage_local, Humming(), self.faucet]
        config = {"data_dir": folder, "backends": {"mixing": ["numpy"], "synthesis": ["hum", "faucet"]}}
        self.kernel = Kernel(config, plugins=plugins, discover=False)
        self.app = create_app(self.kernel, ApiSettings(**{"rate_limit": "off", **settings}))
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_config=None))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
        self.url = f"ws://127.0.0.1:{self.listener.getsockname()[1]}/v1/audio/stream"

    @property
    def streams(self) -> Streams:
        streams: Streams = self.app.state.streams
        return streams

    def connect(self, **options: Any) -> connect:
        return connect(self.url, **{"max_size": None, "max_queue": None, "compression": None, **options})

    @asynccontextmanager
    async def listening(self, **configure: Any) -> AsyncIterator[Listener]:
        async with self.connect() as connection:
            listener = Listener(connection)
            if configure:
                await listener.say("configure", **configure)
            yield listener

    async def offline(self, *layers: VoiceLayer | SourceLayer, rate: int, channels: int) -> bytes:
        """The live master of the same layers, as PCM."""
        scene = Scene(
            layers=layers,
            rate=rate,
            channels=channels,  # type: ignore[arg-type]
            master=Master(mode="live"),
            seed=7,
            ends_with="layers",
        )
        audio, _ = await self.kernel.render(scene)
        encoder = self.kernel.backend("encoding").encoder(
            Encoding(format="pcm"), rate, channels, seekable=False
        )
        pcm: bytes = encoder.encode(audio.samples)
        return pcm


@asynccontextmanager
async def streaming(folder: Path, **settings: Any) -> AsyncIterator[Streaming]:
    one = Streaming(folder, **settings)
    serving = asyncio.create_task(one.server.serve([one.listener]))
    await until(lambda: one.server.started or serving.done())
    await one.kernel.ready()
    try:
        yield one
    finally:
        one.server.should_exit = True
        await serving
        one.listener.close()


class Listener:
    """What a client has heard so far."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.stamps: list[int] = []
        self.pcm = bytearray()
        self.events: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.code: int | None = None

    async def say(self, action: str, **members: Any) -> None:
        await self.connection.send(json.dumps({"action": action, **members}))

    async def add(self, type_: str, **members: Any) -> None:
        await self.say("add_layer", type=type_, **members)

    async def hear(self, enough: Callable[[], Any] = lambda: False) -> None:
        """Listen until it is enough, or the server closes."""
        while not enough():
            try:
                self._take(await self.connection.recv())
            except ConnectionClosed as closed:
                self.code = closed.rcvd.code if closed.rcvd else 1006
                return

    def _take(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.pcm += message
            return
        members = json.loads(message)
        if "audio_chunk" in members:
            assert members.keys() == {"audio_chunk", "timestamp_ms"}
            self.stamps.append(members["timestamp_ms"])
            self.pcm += base64.b64decode(members["audio_chunk"], validate=True)
        elif "event" in members:
            self.events.append(members)
        else:
            self.errors.append(members)

    def kinds(self, layer: str) -> list[str]:
        return [event["event"] for event in self.events if event.get("layer") == layer]

    def event(self, kind: str, layer: str | None = None) -> dict[str, Any] | None:
        return next((one for one in self.events if one["event"] == kind and one.get("layer") == layer), None)

    def frame(self, kind: str, layer: str) -> int:
        event = self.event(kind, layer)
        assert event is not None, self.events
        frame: int = event["frame"]
        return frame

    def heard(self, frame: int, frame_bytes: int) -> bool:
        """Whether the sound up to a frame is here."""
        return len(self.pcm) >= frame * frame_bytes

    def samples(self, channels: int) -> np.ndarray[Any, Any]:
        return np.frombuffer(bytes(self.pcm), "<i2").reshape(-1, channels) / 32_768


async def until(true: Callable[[], Any]) -> None:
    while not true():
        await asyncio.sleep(0.005)


def contiguous(stamps: Iterable[int], block_ms: int) -> bool:
    found = list(stamps)
    return found == [number * block_ms for number in range(len(found))]
