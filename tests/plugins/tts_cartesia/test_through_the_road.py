"""Sonic-3 as callers meet it: configured by name, over HTTP, with what is stored and what falls back."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import soundfile

import mixdown_mixing
import mixdown_storage_local
import mixdown_text
import mixdown_tts_cartesia
import mixdown_tts_espeak
from mixdown_kernel import Kernel, Scene, VoiceLayer

from ...api.application import Application, application
from .stand_in import KEY, Fault, StandIn, voice_id

TEXT = "Hello Mary. It is a fine day."
PLUGINS = (mixdown_tts_cartesia, mixdown_tts_espeak, mixdown_text, mixdown_mixing, mixdown_storage_local)
Serve = Callable[..., Awaitable[Application]]


def configured(cartesia: StandIn, *others: str, **settings: Any) -> dict[str, Any]:
    return {
        "backends": {"synthesis": ["sonic-3", *others], "mixing": ["numpy"]},
        "plugins": {"sonic-3": {"api_key": KEY, "base_url": cartesia.url, **settings}},
    }


def few(folder: Path, config: dict[str, Any]) -> AbstractAsyncContextManager[Application]:
    """With the plugins that speech needs and no others: models take their time to be looked for."""
    return application(folder, plugins=PLUGINS, config=config, kernel=partial(Kernel, discover=False))


@pytest.fixture
async def serve(cartesia: StandIn, tmp_path: Path) -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def start(*others: str, **settings: Any) -> Application:
            config = configured(cartesia, *others, **settings)
            return await stack.enter_async_context(few(tmp_path, config))

        yield start


async def test_speech_by_the_configured_backend(serve: Serve, cartesia: StandIn, transport: str) -> None:
    found = await serve(transport=transport)
    answer = await found.speak(TEXT, voice=voice_id(1), response_format="wav", speed=1.25)
    assert answer.status_code == 200, answer.text
    sound, rate = soundfile.read(io.BytesIO(answer.content))
    assert len(sound) / rate > 1
    assert len(cartesia.rendered) == 2, "a sentence each"
    assert {one["voice"]["id"] for one in cartesia.requests} == {voice_id(1)}
    assert {one["generation_config"]["speed"] for one in cartesia.requests} == {1.25}


async def test_speech_by_name(serve: Serve, cartesia: StandIn) -> None:
    found = await serve("espeak")
    names = ["sonic-3", "sonic", "cartesia"]
    for model in names:
        answer = await found.speak(f"By {model}.", model=model, voice="alloy", response_format="pcm")
        assert answer.status_code == 200, answer.text
    assert len(cartesia.rendered) == len(names)


async def test_it_is_never_used_unless_it_is_named(tmp_path: Path, cartesia: StandIn) -> None:
    config = {**configured(cartesia), "backends": {"mixing": ["numpy"]}}
    async with few(tmp_path, config) as found:
        assert (await found.speak("Hello.", response_format="pcm")).status_code == 200
    assert not cartesia.requests


async def test_instructions_are_heard(serve: Serve, cartesia: StandIn) -> None:
    found = await serve()
    await found.speak("Hello.", instructions="Be cheerful.", response_format="pcm")
    assert cartesia.requests[0]["generation_config"] == {"emotion": "happy"}


async def test_word_times_reach_the_caller(serve: Serve) -> None:
    found = await serve()
    made = await found.generate(TEXT)
    words = made["components"]["voice"]["words"]
    assert [word["text"].strip(".") for word in words] == TEXT.replace(".", "").split()


async def test_another_backend_takes_over_before_the_first_sound(serve: Serve, cartesia: StandIn) -> None:
    found = await serve("espeak")
    cartesia.always = Fault.BROKEN
    answer = await found.speak(TEXT, response_format="pcm")
    assert answer.status_code == 200, answer.text
    assert len(answer.content) > 24000
    assert len(cartesia.requests) == 1


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.CUT_MIDWAY, 502), (Fault.STALLED, 504), (Fault.UNAUTHORIZED, 503)]
)
async def test_alone_it_fails_visibly_and_says_nothing_of_the_key(
    serve: Serve, cartesia: StandIn, fault: Fault, status: int
) -> None:
    patience = {"timeout_seconds": 0.3} if fault is Fault.STALLED else {}
    found = await serve(**patience)
    cartesia.always = fault
    answer = await found.http.post("/v1/audio/generate", json={"text": "Hello Mary."})
    assert answer.status_code == status, answer.text
    assert KEY not in answer.text
    health = await found.http.get("/health")
    assert KEY not in health.text


async def test_the_road_does_not_pay_twice_for_what_it_tries_again(
    serve: Serve, cartesia: StandIn, transport: str
) -> None:
    """The kernel tries what fails three times, but for what is `paid`."""
    found = await serve(transport=transport)
    cartesia.fail(Fault.CUT_MIDWAY)
    answer = await found.http.post("/v1/audio/generate", json={"text": "Hello Mary."})
    assert answer.status_code == 502, answer.text
    assert len(cartesia.requests) == 1


async def test_the_first_sound_leaves_before_the_rest_is_made(
    tmp_path: Path, cartesia: StandIn, transport: str
) -> None:
    cartesia.piece_seconds = 0.5
    cartesia.fail(Fault.HELD)
    config = {"data_dir": tmp_path, **configured(cartesia, transport=transport)}
    scene = Scene(
        rate=48000, channels=1, layers=(VoiceLayer(id="voice", text="Hello Mary, it is a fine day."),)
    )
    async with Kernel(config, plugins=PLUGINS, discover=False) as kernel:
        async with (
            kernel.perform(await kernel.plan(scene)) as performance,
            aclosing(performance.blocks()) as blocks,
        ):
            assert (await anext(blocks)).frames
            assert cartesia.active, "it still speaks"
            cartesia.release.set()
            rest = [block async for block in blocks]
    assert sum(block.duration_ms for block in rest) > 1000


async def test_equal_text_is_paid_for_once(tmp_path: Path, cartesia: StandIn) -> None:
    """By four who ask at the same time, and by one after a restart; another emotion is another sound."""
    layer = VoiceLayer(id="voice", text="Hello Mary.")
    config = {"data_dir": tmp_path, **configured(cartesia)}

    async def render(kernel: Kernel, **members: Any) -> tuple[bytes, str]:
        scene = Scene(rate=48000, channels=1, layers=(layer.model_copy(update=members),), reuse=True)
        audio, receipt = await kernel.render(scene)
        return audio.samples.tobytes(), receipt.model_dump_json()

    async with Kernel(config, plugins=PLUGINS, discover=False) as kernel:
        together = await asyncio.gather(*(render(kernel) for _ in range(4)))
    async with Kernel(config, plugins=PLUGINS, discover=False) as kernel:
        again = await render(kernel)
        other = await render(kernel, parameters={"emotion": "sad"})
    assert {sound for sound, _ in together} == {again[0]}
    assert other[0] != again[0]
    assert len(cartesia.rendered) == 2
    assert KEY not in str((together, again))


async def test_a_voice_is_cloned_in_the_account_and_deleted_there(serve: Serve, cartesia: StandIn) -> None:
    found = await serve("espeak")
    made = await found.generate(
        "Seven small boats sailed home. " * 6, model="espeak", output={"format": "wav"}, seed=1
    )
    sound = (await found.fetch(made["audio_url"])).content
    answer = await found.http.post(
        "/v1/voices", data={"name": "Anna", "language": "en"}, files={"file": ("anna.wav", sound)}
    )
    assert answer.status_code == 201, answer.text
    voice = answer.json()
    assert voice["backend"] == "sonic-3"
    (own,) = [id_ for id_, one in cartesia.voices.items() if one["name"] == "Anna"]
    spoken = await found.speak(TEXT, voice="Anna", model="tts-1")
    assert spoken.headers["x-mixdown-backend"] == "sonic-3"
    assert {one["voice"]["id"] for one in cartesia.requests} == {own}
    again = await found.http.post(
        "/v1/voices", data={"name": "Anna", "language": "en"}, files={"file": ("anna.wav", sound)}
    )
    assert (again.status_code, cartesia.calls.count("POST /voices/clone")) == (200, 1)
    reference = {"audio_url": made["audio_url"]}
    once = await found.speak(TEXT, model="sonic-3", reference=reference)
    assert (once.status_code, once.json()["error"]["code"]) == (422, "cannot_clone")

    assert (await found.http.delete(f"/v1/voices/{voice['id']}")).status_code == 200
    assert own not in cartesia.voices
    assert (await found.speak(TEXT, voice="Anna", model="tts-1")).status_code == 404
