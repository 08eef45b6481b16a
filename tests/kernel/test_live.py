"""A live mix: the same bits as offline, whatever the block size, and no click where it is changed."""

from __future__ import annotations

import asyncio
from collections import Counter

import numpy as np
import pytest
from meters.clicks import clicks

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

from .faucet import Faucet
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

    async def rest(self) -> None:
        """Let others work, and no more."""
        await asyncio.sleep(0.002)

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


# ---------------------------------------------------------------- places


async def test_layers_follow_one_another_to_the_sample(road):
    first, second = voice("one"), voice("two", "Another.", after="one", gap_ms=37)
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1, seed=7) as live:
        stream = Stream(live)
        live.add(first)
        live.add(second)
        await stream.run()
        expected = await offline(kernel, first, second, channels=1)
    assert same(stream, expected)
    assert stream.frames("started")["two"] == stream.frames("ended")["one"] + to_frames(37, RATE)


async def test_a_start_to_come_is_exact_to_the_sample(road):
    layers = pad(duration_ms=1500), voice(start_ms=333)
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        stream = Stream(live)
        for layer in layers:
            live.add(layer)
        await stream.ready()
        await stream.run()
        expected = await offline(kernel, *layers)
    assert stream.frames("started") == {"pad": 0, "voice": to_frames(333, RATE)}
    assert same(stream, expected)


async def test_time_stands_still_while_there_is_nothing_to_hear(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1, block_ms=50, seed=7) as live:
        stream = Stream(live)
        assert not live.sounding
        live.add(voice("one"))
        await stream.run()
        assert not live.sounding
        given = live.given
        live.add(voice("two"))
        await stream.run()
    assert given >= stream.frames("ended")["one"]
    assert given <= stream.frames("started")["two"] < given + 3 * CELL


# ---------------------------------------------------------------- changes


@pytest.mark.parametrize("block_ms", [10, 20, 100])
async def test_removal_takes_effect_within_a_block(road, block_ms):
    async with (
        road(Humming()) as kernel,
        kernel.live(rate=RATE, channels=2, block_ms=block_ms, seed=7) as live,
    ):
        stream = Stream(live)
        live.add(pad("stays"))
        live.add(pad("goes", pan=0.5))
        await stream.ready()
        await stream.run(until_ms=1000)
        live.remove("goes")
        await stream.run(until_ms=2000)
        ended = stream.frames("ended")["goes"]
        cut = {"duration_ms": ended * 1000 // RATE, "fade_out_ms": 10}
        expected = await offline(
            kernel, pad("stays", duration_ms=2000), pad("goes", pan=0.5).model_copy(update=cut)
        )
    assert RATE < ended <= RATE + to_frames(block_ms, RATE) + 2 * CELL
    assert np.array_equal(
        stream.sound[: 2 * RATE - CELL], expected[: 2 * RATE - CELL]
    )  # this bed is not over
    assert not clicks(stream.sound, RATE)


async def test_an_interruption_silences_the_voices_alone(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=2, seed=7) as live:
        stream = Stream(live)
        live.add(pad())
        live.add(voice("one"))
        live.add(voice("two", after="one"))
        await stream.ready()
        await stream.run(until_ms=400)
        live.interrupt()
        await stream.run(until_ms=2000)
        ends = {event.layer: event for event in stream.events if event.kind == "ended"}
        cut = {"duration_ms": ends["one"].frame * 1000 // RATE, "fade_out_ms": 10}
        expected = await offline(kernel, pad(duration_ms=2000), voice("one").model_copy(update=cut))
    assert {layer: event.reason for layer, event in ends.items()} == {
        "one": "interrupted",
        "two": "interrupted",
    }
    assert ends["two"].frame is None
    assert 0.4 * RATE < ends["one"].frame <= 0.4 * RATE + 4 * CELL
    assert np.array_equal(stream.sound[: 2 * RATE - CELL], expected[: 2 * RATE - CELL])
    assert not clicks(stream.sound, RATE)


async def test_whoever_is_still_being_prepared_is_interrupted_too(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1) as live:
        stream = Stream(live)
        live.add(voice())
        live.interrupt()
        await stream.run()
        assert [(event.kind, event.reason) for event in stream.events] == [("ended", "interrupted")]
        assert live.given == 0


@pytest.mark.parametrize(("glide_ms", "block_ms"), [(0, 20), (300, 20), (0, 100)])
async def test_an_update_glides_within_a_block_and_without_a_click(road, glide_ms, block_ms):
    async with (
        road(Humming()) as kernel,
        kernel.live(rate=RATE, channels=2, block_ms=block_ms, seed=7) as live,
    ):
        stream = Stream(live)
        live.add(pad())
        await stream.ready()
        await stream.run(until_ms=1000)
        live.update("pad", volume=0.05, pan=-1.0, glide_ms=glide_ms)
        await stream.run(until_ms=2000)
        loud = await offline(kernel, pad(duration_ms=3000))
        soft = await offline(kernel, pad(duration_ms=3000, volume=0.05, pan=-1.0))
    begin = stream.frames("updated")["pad"]
    arrived = begin + max(CELL, to_frames(glide_ms, RATE))
    assert RATE <= begin <= RATE + to_frames(block_ms, RATE) + 2 * CELL
    assert np.array_equal(stream.sound[:begin], loud[:begin])
    assert np.array_equal(stream.sound[arrived : 2 * RATE], soft[arrived : 2 * RATE])
    assert not clicks(stream.sound, RATE)


async def test_an_update_of_what_has_not_begun_is_how_it_begins(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1, seed=7) as live:
        stream = Stream(live)
        live.add(voice())
        live.update("voice", volume=0.25)
        await stream.run()
        expected = await offline(kernel, voice(volume=0.25), channels=1)
    assert same(stream, expected)


# ---------------------------------------------------------------- sources that fail, or lag


async def test_a_voice_that_runs_dry_waits_and_the_bed_goes_on(road):
    faucet = Faucet()
    async with road(Humming(), faucet) as kernel, kernel.live(rate=RATE, channels=1, seed=7) as live:
        stream = Stream(live)
        stream.fed = stream.rest
        live.add(pad())
        live.add(voice(backend="faucet", text="drop by drop"))
        faucet.give(4)
        await stream.ready()
        await stream.run(until_ms=2000)
        assert [event.kind for event in stream.events if event.layer == "voice"] == [
            "added",
            "started",
            "stalled",
        ]
        faucet.give(8)
        await asyncio.sleep(0.1)
        await stream.run(until_ms=6000)
        bed = await offline(kernel, pad(duration_ms=7000), channels=1)
    kinds = [event.kind for event in stream.events if event.layer == "voice"]
    assert kinds == ["added", "started", "stalled", "resumed", "ended"]
    assert not clicks(
        stream.sound[: stream.frames("ended")["voice"] - CELL], RATE
    )  # the tone itself breaks off
    spoken = stream.sound - bed[: len(stream.sound)]
    quiet = spoken[stream.frames("stalled")["voice"] + 3 * CELL : stream.frames("resumed")["voice"]]
    assert np.abs(quiet).max() < 1e-6
    heard = np.abs(spoken).sum() / np.abs(faucet.all(12)).sum()
    assert 0.97 < heard * 24_000 / RATE < 1.01  # all of it, but for two short fades


async def test_a_failure_is_told_and_the_rest_goes_on(road):
    faucet = Faucet(fails_after=4)
    async with road(Humming(), faucet) as kernel, kernel.live(rate=RATE, channels=1, seed=7) as live:
        stream = Stream(live)
        live.add(pad())
        live.add(voice(backend="faucet", text="drop by drop"))
        live.add(voice("nobody", voice="nobody"))
        faucet.give(12)
        await stream.run(until_ms=3000)
    failed = {event.layer: event for event in stream.events if event.kind == "failed"}
    assert failed.keys() == {"voice", "nobody"}
    made = 4 * RATE // 5
    assert made - CELL < failed["voice"].frame - stream.frames("started")["voice"] <= made
    assert failed["nobody"].frame is None
    assert isinstance(failed["nobody"].error, Problem)
    assert failed["nobody"].error.code == "unknown_voice"
    assert not clicks(stream.sound, RATE)
    assert np.abs(stream.sound[2 * RATE :]).max() > 0.01


async def test_what_cannot_be_meant_is_refused_at_once(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1) as live:
        live.add(voice())
        refusals = {
            "duplicate_layer": lambda: live.add(voice()),
            "unknown_layer": lambda: live.add(voice("two", after="three")),
            "unsupported_gap": lambda: live.add(voice("two", after="voice", gap_ms=-5)),
        }
        for code, refused in refusals.items():
            with pytest.raises(Problem) as raised:
                refused()
            assert raised.value.code == code
        for refused in (lambda: live.update("two", volume=1), lambda: live.remove("two")):
            with pytest.raises(Problem) as raised:
                refused()
            assert raised.value.code == "unknown_layer"


async def test_leaving_stops_every_source(road):
    faucet = Faucet()
    async with road(Humming(), faucet) as kernel:
        async with kernel.live(rate=RATE, channels=1) as live:
            live.add(voice(backend="faucet", text="drop by drop"))
            faucet.give(1)
            while not faucet.given:
                await asyncio.sleep(0.001)
        assert faucet.open == 0


async def test_a_stream_without_end_does_not_grow(road):
    async with road(Humming()) as kernel, kernel.live(rate=RATE, channels=1, block_ms=250) as live:
        stream = Stream(live)
        for number in range(120):
            live.add(voice(f"voice-{number}", "Hm."))
            await stream.run()
            stream.blocks.clear()
        assert live.layers == 0
        assert len(live._over) == 100
        assert not live._mixer._lanes
        assert not live._tasks
