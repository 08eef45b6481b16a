"""What a stream sends: the source's example as it stands, and the bits of the offline live master."""

from __future__ import annotations

import asyncio

import pytest
from meters.clicks import clicks

from mixdown_kernel import Ducking, SourceLayer, VoiceLayer

from .streaming import Streaming, contiguous, until

TEXT = "A voice that hums."

pytestmark = pytest.mark.asyncio(loop_scope="module")


def starting(frame: int, rate: int) -> dict[str, int]:
    assert frame % (rate // 100) == 0
    return {"start_ms": frame * 1000 // rate}


async def test_the_source_s_example_is_heard(served: Streaming) -> None:
    """`add_layer` and nothing else: 24 kHz mono in blocks of 20 ms, from 0 on, without a gap."""
    async with served.listening() as stream:
        await stream.add("voice", text=TEXT, voice="hum")
        await stream.hear(lambda: stream.event("ended", "voice"))
        ended = stream.frame("ended", "voice")
        await stream.hear(lambda: stream.heard(ended, 2))
    expected = await served.offline(VoiceLayer(id="voice", text=TEXT), rate=24_000, channels=1)
    assert contiguous(stream.stamps, 20)
    assert stream.frame("started", "voice") == 0
    assert len(expected) == 2 * ended
    assert stream.pcm[: len(expected)] == expected
    assert stream.kinds("voice") == ["added", "started", "ended"]
    assert not stream.errors
    configured = stream.events[0]
    assert configured["event"] == "configured"
    assert (configured["rate"], configured["channels"], configured["block_ms"]) == (24_000, 1, 20)


@pytest.mark.parametrize("binary", [False, True])
async def test_streamed_is_offline_bit_for_bit_at_seven_block_sizes(served: Streaming, binary: bool) -> None:
    """Seven streams at once over real sockets, each with ambience that gives way to two voices."""
    bed = {"id": "rain", "kind": "rain", "volume": 60, "duck": True, "fade_in": 100, "fade_out": 200}
    bed |= {"duration_ms": 3500, "seed": 3}

    async def one(block_ms: int) -> None:
        rate, channels = (48_000, 2) if block_ms != 30 else (24_000, 1)
        form = {"rate": rate, "channels": channels, "block_ms": block_ms, "binary": binary, "seed": 7}
        async with served.listening(**form) as stream:
            await stream.add("background", **bed)
            await stream.hear(lambda: stream.event("started", "rain"))
            await stream.hear(lambda: stream.heard(rate // 4, 2 * channels))
            await stream.add("voice", id="one", text=TEXT, pan=-50, volume=80)
            await stream.add("voice", id="two", text="Another.", after="one", gap_ms=123)
            await stream.hear(lambda: stream.event("ended", "rain"))
            last = max(stream.frame("ended", layer) for layer in ("rain", "two"))
            await stream.hear(lambda: stream.heard(last, 2 * channels))
        begin = {layer: stream.frame("started", layer) for layer in ("rain", "one")}
        expected = await served.offline(
            SourceLayer(
                id="rain", role="ambient", request={"kind": "rain", "seed": 3, "intensity": 0.5}, loop=True,
                volume=0.6, duck=Ducking(), fade_in_ms=100, fade_out_ms=200, duration_ms=3500,
                **starting(begin["rain"], rate),
            ),
            VoiceLayer(id="one", text=TEXT, pan=-0.5, volume=0.8, **starting(begin["one"], rate)),
            VoiceLayer(id="two", text="Another.", after="one", gap_ms=123),
            rate=rate, channels=channels,
        )  # fmt: skip
        assert begin["one"] > 0
        assert stream.frame("started", "two") == stream.frame("ended", "one") + 123 * rate // 1000
        assert stream.pcm[: len(expected)] == expected, f"{block_ms} ms differ"
        assert not any(stream.pcm[len(expected) :])
        assert contiguous(stream.stamps, block_ms)
        assert bool(stream.stamps) is not binary

    await asyncio.gather(*(one(block_ms) for block_ms in (10, 20, 30, 50, 100, 250, 1000)))


async def test_layers_are_changed_removed_and_interrupted_while_they_are_heard(served: Streaming) -> None:
    rate, cell = 48_000, 480
    async with served.listening(rate=rate, channels=1, block_ms=20) as stream:
        await stream.add("voice", id="talks", text=TEXT * 3)
        await stream.add("voice", id="stays", text="An ending " * 3, pan=20)
        await stream.hear(lambda: stream.heard(rate // 2, 2))
        said = len(stream.pcm) // 2
        await stream.say("update_layer", id="talks", volume=10)
        await stream.say("remove_layer", id="stays")
        await stream.hear(lambda: stream.heard(rate, 2))
        interrupted = len(stream.pcm) // 2
        await stream.say("interrupt")
        await stream.hear(lambda: stream.event("ended", "talks"))
        await stream.hear(lambda: stream.heard(stream.frame("ended", "talks"), 2))
    changed, removed = stream.frame("updated", "talks"), stream.frame("ended", "stays")
    # A block may be on its way when the message is sent, and the mix is a cell ahead.
    near = 10 * 960
    assert said <= changed <= said + near
    assert changed <= removed <= changed + 960 + cell
    assert interrupted <= stream.frame("ended", "talks") <= interrupted + near
    assert stream.event("ended", "stays")["reason"] == "removed"  # type: ignore[index]
    assert stream.event("ended", "talks")["reason"] == "interrupted"  # type: ignore[index]
    assert not clicks(stream.samples(1), rate)
    assert not any(stream.pcm[2 * stream.frame("ended", "talks") :])


async def test_time_stands_still_between_layers(served: Streaming) -> None:
    async with served.listening() as stream:
        for number in range(3):
            await stream.add("voice", text="Hm.")
            name = "voice" if not number else f"voice-{number + 1}"
            await stream.hear(lambda name=name: stream.event("ended", name))  # type: ignore[misc]
            await asyncio.sleep(0.5)
    assert contiguous(stream.stamps, 20)
    assert len(stream.stamps) * 20 < 3 * 60 * 3 + 3 * 500


async def test_a_clip_that_cannot_be_had_fails_alone(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("clip", audio_url="http://127.0.0.1/secret.wav")
        await stream.add("voice", text="Hm.", voice="nobody")
        await stream.add("voice", text="Hm.")
        await stream.hear(lambda: stream.event("ended", "voice-2") and stream.event("failed", "clip"))
    clip, nobody = stream.event("failed", "clip"), stream.event("failed", "voice")
    assert clip is not None
    assert nobody is not None
    assert (clip["error"], clip["field"]) == ("UNSAFE_URL", "audio_url")
    assert (nobody["error"], nobody["field"]) == ("UNKNOWN_VOICE", "voice")
    assert "frame" not in clip


async def test_a_lagging_voice_is_told_and_the_bed_goes_on(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("background", kind="white_noise", volume=10)
        await stream.add("voice", text="drop by drop", model="faucet")
        served.faucet.give(4)
        await stream.hear(lambda: stream.event("stalled", "voice"))
        stalled = len(stream.pcm)
        await stream.hear(lambda: len(stream.pcm) > stalled + 24_000)
        served.faucet.give(8)
        await stream.hear(lambda: stream.event("ended", "voice"))
    assert stream.kinds("voice") == ["added", "started", "stalled", "resumed", "ended"]
    assert contiguous(stream.stamps, 20)


async def test_a_client_that_leaves_stops_its_work(served: Streaming) -> None:
    async with served.listening() as stream:
        await stream.add("voice", text="drop by drop", model="faucet")
        await until(lambda: served.faucet.open)
        assert len(served.streams.running) == 1
    await until(lambda: not served.streams.running)
    assert served.faucet.open == 0
