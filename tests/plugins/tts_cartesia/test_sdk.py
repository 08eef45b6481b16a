"""The official SDK, unchanged, against the stand-in: what it takes for Cartesia may stand in for Cartesia."""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncIterator, Callable
from typing import Any

import cartesia as sdk
import pytest

from .stand_in import KEY, VERSIONS, Fault, StandIn, voice_id
from .stand_in.rules import SINCE_BARE_VOICES

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000}
TEXT = "Seven small boats sailed home."
Client = Callable[..., sdk.AsyncCartesia]


def spoken(version: str = VERSIONS[-1], **members: Any) -> dict[str, Any]:
    bare = version >= SINCE_BARE_VOICES
    voice = {"id": voice_id(3)} if bare else {"mode": "id", "id": voice_id(3)}
    return {"model_id": "sonic-3", "transcript": TEXT, "voice": voice, "output_format": RAW, **members}


@pytest.fixture
async def client(cartesia: StandIn) -> AsyncIterator[Client]:
    opened: list[sdk.AsyncCartesia] = []

    def make(version: str = VERSIONS[-1], key: str = KEY) -> sdk.AsyncCartesia:
        opened.append(
            sdk.AsyncCartesia(
                api_key=key,
                base_url=cartesia.url,
                websocket_base_url=cartesia.url.replace("http", "ws"),
                max_retries=0,
                default_headers={"cartesia-version": version},
            )
        )
        return opened[-1]

    yield make
    for one in opened:
        await one.close()


async def the_bytes(client: sdk.AsyncCartesia, **members: Any) -> bytes:
    answer = await client.tts.generate(**members)
    return b"".join([piece async for piece in answer.iter_bytes()])


# ------------------------------------------------------------ speech


@pytest.mark.parametrize("version", VERSIONS)
async def test_bytes_in_every_version(client: Client, cartesia: StandIn, version: str) -> None:
    sound = await the_bytes(client(version), **spoken(version))
    assert len(sound) == round(0.06 * 24000) * 2 * len(TEXT)
    assert cartesia.requests[0]["version"] == version


async def test_a_voice_by_its_bare_id_in_the_last_version(client: Client) -> None:
    assert await the_bytes(client(), **spoken(voice=voice_id(3)))


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_other_shape_of_a_voice_is_refused(client: Client, version: str) -> None:
    other = VERSIONS[0] if version >= SINCE_BARE_VOICES else VERSIONS[-1]
    with pytest.raises(sdk.BadRequestError):
        await the_bytes(client(version), **spoken(version, voice=spoken(other)["voice"]))


async def test_a_streamed_wav_does_not_know_its_sizes(client: Client) -> None:
    sound = await the_bytes(client(), **spoken(output_format={**RAW, "container": "wav"}))
    with wave.open(io.BytesIO(sound)) as file:
        assert file.getnframes() == 0x7FFF_FFFF
        assert (file.getframerate(), file.getsampwidth()) == (24000, 2)


async def test_everything_that_bytes_may_ask_for(client: Client, cartesia: StandIn) -> None:
    answer = await client().pronunciation_dicts.create(name="names", items=[{"text": "a", "alias": "b"}])
    config = {"speed": 1.5, "volume": 0.5, "emotion": "wistful"}
    sound = await the_bytes(
        client(),
        **spoken(generation_config=config, language="de", save=True, pronunciation_dict_id=answer.id),
    )
    assert len(sound) == round(0.06 * 24000 / 1.5) * 2 * len(TEXT)
    assert (await client().pronunciation_dicts.retrieve(answer.id)).items[0].alias == "b"


async def test_events_with_word_and_phoneme_times(client: Client) -> None:
    stream = await client().tts.generate_sse(
        **spoken(add_timestamps=True, add_phoneme_timestamps=True, context_id="mine")
    )
    events = [event async for event in stream]
    kinds = [event.type for event in events]
    assert {"chunk", "timestamps", "phoneme_timestamps"} <= set(kinds)
    assert kinds[-1] == "done"
    sound = b"".join(event.audio for event in events if event.type == "chunk")
    assert sound == await the_bytes(client(), **spoken())
    (times,) = (event.word_timestamps for event in events if event.type == "timestamps")
    assert times.words == TEXT.split()


async def test_continuations_over_a_socket(client: Client) -> None:
    whole = await the_bytes(client(), **spoken())
    members = spoken(add_timestamps=True, max_buffer_delay_ms=200)
    del members["transcript"]
    async with client().tts.websocket_connect() as connection:
        context = connection.context(**members)
        await context.push("Seven small ")
        await context.push("boats sailed home.")
        await context.no_more_inputs()
        events = [event async for event in context.receive()]
    assert b"".join(event.audio for event in events if event.type == "chunk") == whole
    assert events[-1].type == "done"
    times = [event.word_timestamps for event in events if event.type == "timestamps"]
    assert [word for one in times for word in one.words] == TEXT.split()
    starts = [start for one in times for start in one.start]
    assert starts == sorted(starts)


async def test_contexts_side_by_side(client: Client, cartesia: StandIn) -> None:
    members = spoken()
    async with client().tts.websocket_connect() as connection:
        contexts = [connection.context() for _ in range(4)]
        for number, context in enumerate(contexts):
            await context.send(**{**members, "transcript": f"Number {number}."}, continue_=False)
        for context in contexts:
            events = [event async for event in context.receive()]
            assert events[-1].type == "done"
    assert cartesia.handshakes == 1
    assert sorted(cartesia.rendered) == [f"Number {number}." for number in range(4)]


async def test_a_flush_and_a_cancel(client: Client, cartesia: StandIn) -> None:
    async with client().tts.websocket_connect() as connection:
        context = connection.context()
        await context.send(**spoken(), continue_=True, flush=True)
        async for event in context.receive():
            if event.type == "flush_done":
                break
        assert cartesia.active
        await context.cancel()
        while cartesia.active:
            await asyncio.sleep(0.005)


async def test_a_context_expires(client: Client, cartesia: StandIn) -> None:
    cartesia.context_seconds = 0.01
    async with client().tts.websocket_connect() as connection:
        context = connection.context()
        await context.send(**spoken(), continue_=True, flush=True)
        async for event in context.receive():
            if event.type == "flush_done":
                break
        await asyncio.sleep(0.05)
        await context.send(**spoken(transcript=" More."), continue_=False)
        async for event in context.receive():
            last = event
    assert (last.type, last.error_code) == ("error", "context_expired")
    assert cartesia.rendered == [TEXT]


async def test_an_idle_socket_is_closed(client: Client, cartesia: StandIn) -> None:
    cartesia.idle_seconds = 0.05
    async with client().tts.websocket_connect() as connection:
        assert [event async for event in connection] == []


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.BUSY, sdk.RateLimitError),
        (Fault.UNAUTHORIZED, sdk.AuthenticationError),
        (Fault.FORBIDDEN, sdk.PermissionDeniedError),
        (Fault.BROKEN, sdk.InternalServerError),
        (Fault.NO_CREDITS, sdk.APIStatusError),
    ],
)
@pytest.mark.parametrize("version", ["2025-04-16", "2026-03-01"])
async def test_errors_have_the_shape_of_their_version(
    client: Client, cartesia: StandIn, fault: Fault, error: type[sdk.APIStatusError], version: str
) -> None:
    cartesia.fail(fault)
    with pytest.raises(error) as raised:
        await the_bytes(client(version), **spoken(version))
    body: Any = raised.value.body
    if version == "2026-03-01":
        assert set(body) == {"error_code", "title", "message", "request_id"}
    else:
        assert ": " in body


async def test_errors_over_a_socket(client: Client, cartesia: StandIn) -> None:
    cartesia.fail(Fault.BUSY)
    async with client().tts.websocket_connect() as connection:
        context = connection.context()
        await context.send(**spoken(), continue_=False)
        (event,) = [event async for event in context.receive()]
    assert (event.status_code, event.error_code) == (429, "concurrency_limited")


async def test_more_contexts_than_the_plan_allows(client: Client, cartesia: StandIn) -> None:
    cartesia.plan = 0
    with pytest.raises(sdk.RateLimitError):
        await the_bytes(client(), **spoken())


async def test_another_key_is_no_key(client: Client) -> None:
    with pytest.raises(sdk.AuthenticationError):
        await the_bytes(client(key="sk_car_other"), **spoken())


@pytest.mark.parametrize(
    "wrong",
    [
        {"extra_body": {"sped": 1}},
        {"model_id": "sonic-9"},
        {"transcript": " "},
        {"voice": voice_id(999)},
        {"language": "xx"},
        {"pronunciation_dict_id": "pdict_none"},
        {"output_format": {**RAW, "sample_rate": 48001}},
        {"output_format": {**RAW, "encoding": "pcm_s24le"}},
        {"output_format": {**RAW, "bits": 16}},
        {"generation_config": {"speed": 1.6}},
        {"generation_config": {"speed": 0.5}},
        {"generation_config": {"volume": 2.5}},
        {"generation_config": {"mood": "sad"}},
    ],
    ids=str,
)
async def test_what_the_contract_does_not_allow_is_refused(
    client: Client, cartesia: StandIn, wrong: dict[str, Any]
) -> None:
    with pytest.raises((sdk.BadRequestError, sdk.NotFoundError)):
        await the_bytes(client(), **spoken(**wrong))
    assert not cartesia.rendered


@pytest.mark.parametrize(
    "wrong",
    [{"save": True}, {"max_buffer_delay_ms": 5001}, {"add_timestamps": "yes"}, {"pitch": 2}],
    ids=str,
)
async def test_so_it_is_over_a_socket(client: Client, wrong: dict[str, Any]) -> None:
    async with client().tts.websocket_connect() as connection:
        context = connection.context()
        await context.send(**{**spoken(), **wrong}, continue_=False)
        (event,) = [event async for event in context.receive()]
    assert (event.type, event.status_code) == ("error", 400)


# ------------------------------------------------------------ voices


async def test_voices_page_by_page(client: Client, cartesia: StandIn) -> None:
    found = [voice.id async for voice in client().voices.list(limit=100)]
    assert found == list(cartesia.voices)
    assert len(cartesia.calls) >= 3
    assert (await client().voices.get(voice_id(7))).name == "Voice 7"


async def test_a_voice_is_cloned_and_speaks(client: Client, cartesia: StandIn) -> None:
    made = await client().voices.clone(clip=("me.wav", b"RIFF....WAVE"), language="en", name="Me")
    assert made.user_id
    assert await the_bytes(client(), **spoken(voice=made.id))
    for wrong in ({"clip": ("me.txt", b"text")}, {"language": "xx"}, {"base_voice_id": voice_id(1)}):
        members = {"clip": ("me.wav", b"RIFF....WAVE"), "language": "en", "name": "Me", **wrong}
        with pytest.raises(sdk.BadRequestError):
            await client().voices.clone(**members)


async def test_pages_of_another_size_or_kind_are_refused(client: Client) -> None:
    for wrong in ({"limit": 101}, {"limit": 0}, {"gender": "feminine"}, {"starting_after": voice_id(999)}):
        with pytest.raises(sdk.BadRequestError):
            await client().voices.list(**wrong)
