"""A live mix: the same bits as offline, whatever the block size, and no click where it is changed."""

from __future__ import annotations

import asyncio
from collections import Counter

import numpy as np
import pytest

from mixdown_kernel import (
    Ducking,
    Kernel,
    Live,
    LiveEvent,
    Master,
    Problem,
    Scene,
    SourceLayer,
    VoiceLayer,
    to_frames,
)

from .humming import Humming

RATE = 48_000
CELL = RATE // 100
BLOCKS_MS = (10, 20, 30, 50, 100, 250, 1000)


def voice(id_="voice", text="A voice that hums.", **layer):
    return VoiceLayer(id=id_, text=text, **layer)


def pad(id_="pad", **layer):
    placed = {"loop": True, "volume": 0.3, **layer}
    return SourceLayer(id=id_, role="pad", request={"seed": 3}, **placed)


class Stream:
    """Takes blocks as fast as they come, and does what is planned for a time of the stream."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.events: list[LiveEvent] = []
        self.blocks = [np.zeros((0, live.channels), np.float32)]

    async def run(self, until_ms: int | None = None, patience: float = 5.0) -> None:
        """Until so much was given, or until there is nothing more to hear."""
        until = None if until_ms is None else to_frames(until_ms, self.live.rate)
        while until is None or self.live.given < until:
            self.events += self.live.news()
            if self.live.sounding:
                await self.fed()
                self.blocks.append(await self.live.block())
            elif until is None and not self.live.layers:
                break
            else:
                assert await self.live.stirred(patience)
        self.events += self.live.news()

    async def fed(self) -> None:
        """Nobody paces us: let the sources keep up."""
        while not all(track.is_ready for track in self.live._tracks.values() if track.start is not None):
            await asyncio.sleep(0.001)

    async def ready(self) -> None:
        """Wait until every layer has sound in hand."""
        tracks = self.live._tracks.values()
        while not all(track.is_ready for track in tracks):
            assert await self.live.stirred(5)

    @property
    def sound(self):
        return np.concatenate(self.blocks)

    def frames(self, kind: str) -> dict[str, int | None]:
        return {event.layer: event.frame for event in self.events if event.kind == kind}


async def offline(kernel: Kernel, *layers, channels=2, rate=RATE):
    scene = Scene(
        layers=layers, rate=rate, channels=channels, master=Master(mode="live"), seed=7, ends_with="layers"
    )
    return (await kernel.render(scene))[0].samples


def at(layer, frame, rate=RATE, **changes):
    """The layer as it was heard: from its frame on, which lies on the grid."""
    assert frame % (rate // 100) == 0
    return layer.model_copy(update={"start_ms": frame * 1000 // rate, **changes})


def same(stream: Stream, expected) -> bool:
    """Equal bits, and silence behind them."""
    sound = stream.sound
    return bool(np.array_equal(sound[: len(expected)], expected)) and not sound[len(expected) :].any()


@pytest.mark.parametrize("block_ms", BLOCKS_MS)
@pytest.mark.parametrize(("rate", "channels"), [(48_000, 2), (24_000, 1)])
async def test_what_is_streamed_is_what_is_rendered_offline(road, block_ms, rate, channels):
    bed, first, second = (
        pad(duration_ms=4000, fade_in_ms=100, fade_out_ms=500, duck=Ducking()),
        voice("one", "A voice that hums under a bed.", pan=-0.5, volume=0.8),
        voice("two", "Another one.", fade_out_ms=120),
    )
    async with (
        road(Humming()) as kernel,
        kernel.live(rate=rate, channels=channels, block_ms=block_ms, seed=7) as live,
    ):
        stream = Stream(live)
        live.add(bed)
        await stream.ready()
        await stream.run(until_ms=500)
        live.add(first)
        await stream.ready()
        await stream.run(until_ms=2000)
        live.add(second)
        await stream.ready()
        await stream.run()
        started = stream.frames("started")
        expected = await offline(
            kernel,
            at(bed, started["pad"], rate), at(first, started["one"], rate), at(second, started["two"], rate),
            rate=rate, channels=channels,
        )  # fmt: skip
    assert started["one"] > 0
    assert same(stream, expected)
    assert np.abs(expected).max() > 0.1
    assert Counter(event.kind for event in stream.events) == {"added": 3, "started": 3, "ended": 3}
    assert stream.frames("ended")["pad"] == started["pad"] + 4 * rate
