"""Voices cloned over HTTP and spoken by a converted model: stored ones, and recordings that come with a request."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixdown_tts_onnx.s1_mini import model_files as files

from ....api.application import Application, application

SAID = "Red lorries roll by us."


def config(model: Path) -> dict[str, Any]:
    # The tiny codec has thirty times as many frames as the true one: a second and a half fills its context.
    return {
        "backends": {"synthesis": ["espeak", "openaudio-s1-mini"]},
        "plugins": {"openaudio-s1-mini": {"directories": [str(model)], "context": 1024, "batch": 2}},
    }


@pytest.fixture
async def app(converted: Callable[[str], Path], tmp_path: Path) -> AsyncIterator[Application]:
    async with application(
        tmp_path, config=config(converted("fp32")), voice_sample_min_seconds=0.7
    ) as opened:
        yield opened


async def recorded(app: Application, voice: str = "alloy", text: str = SAID) -> str:
    """The URL of somebody's speech."""
    made = await app.generate(text, model="espeak", voice=voice, seed=1, output={"format": "wav"})
    return str(made["audio_url"])


async def recording(app: Application, voice: str = "alloy", text: str = SAID) -> bytes:
    return (await app.fetch(await recorded(app, voice, text))).content


async def make(app: Application, sound: bytes, name: str = "Anna", **form: str) -> httpx.Response:
    given = {"name": name, "text": SAID, **form}
    return await app.http.post("/v1/voices", data=given, files={"file": ("anna.wav", sound)})


async def say(app: Application, **members: Any) -> bytes:
    body = {"input": "Hi.", "response_format": "pcm", "seed": 3, "model": "tts-1", **members}
    answer = await app.speak(body.pop("input"), **body)
    assert answer.status_code == 200, answer.text
    return answer.content


async def test_a_cloned_voice_speaks_by_its_id_and_by_its_name(app: Application) -> None:
    made = await make(app, await recording(app))
    assert made.status_code == 201, made.text
    voice = made.json()
    assert voice["id"].startswith("voice_")
    assert (voice["name"], voice["backend"], voice["text"]) == ("Anna", "openaudio-s1-mini", SAID)
    assert voice["quality"]["snr_db"] > 12
    listed = (await app.http.get("/v1/voices", params={"backend": "openaudio-s1-mini"})).json()["voices"]
    (row,) = [one for one in listed if one["id"] == voice["id"]]
    assert (row["name"], row["aliases"], row["tags"]) == ("Anna", ["Anna"], ["cloned"])

    by_id = await say(app, voice=voice["id"])
    assert by_id == await say(app, voice="Anna") == await say(app, voice={"id": voice["id"]})
    assert by_id != await say(app, voice="s1-alloy")
    generated = await app.generate("Hi.", voice="Anna", seed=3)
    assert generated["receipt"]["sources"][0]["backend"] == "openaudio-s1-mini"
    switched = await app.generate("[voice:Anna] Hi.", seed=3)
    assert switched["receipt"]["sources"][0]["backend"] == "openaudio-s1-mini"


async def test_equal_signatures_hang_on_the_recording_and_its_text(app: Application) -> None:
    anna, bob = await recording(app), await recording(app, voice="onyx", text="Red lorries ran by us.")

    async def signature(voice: str) -> str:
        answer = await app.generate("Hi.", voice=voice, seed=3)
        signature: str = answer["receipt"]["sources"][0]["signature"]
        return signature

    made = {
        "Anna": (anna, SAID),
        "Anna again": (anna, SAID),
        "Mumbling Anna": (anna, "Something else."),
        "Bob": (bob, SAID),
    }
    for name, (sound, text) in made.items():
        assert (await make(app, sound, name, text=text)).status_code == 201
    found = {name: await signature(name) for name in made}
    assert found["Anna"] == found["Anna again"]
    assert len(set(found.values())) == 3


async def test_a_stored_voice_outlives_its_decoded_recording_and_the_server(
    converted: Callable[[str], Path], tmp_path: Path
) -> None:
    async with application(tmp_path, config=config(converted("fp32")), voice_sample_min_seconds=0.7) as app:
        assert (await make(app, await recording(app))).status_code == 201
        before = await say(app, voice="Anna")
    shutil.rmtree(tmp_path / "assets")
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(tmp_path / "backends" / "synthesis")
    async with application(tmp_path, config=config(converted("fp32"))) as app:
        assert await say(app, voice="Anna") == before


async def test_a_deleted_voice_is_gone_with_its_recording(app: Application) -> None:
    sound = await recording(app)
    before = await app.objects()
    id_ = (await make(app, sound)).json()["id"]
    assert len(await app.objects() - before) == 1
    shown = await app.http.get(f"/v1/voices/{id_}")
    assert shown.json()["name"] == "Anna"
    hidden = await app.fetch(f"http://test/v1/renders/{id_.removeprefix('voice_')}")
    assert hidden.status_code == 404, "recordings are not handed out"
    gone = await app.http.delete("/v1/voices/Anna")
    assert gone.json() == {"object": "voice.deleted", "id": id_, "deleted": True}
    assert await app.objects() == before
    for answer in (
        await app.http.delete(f"/v1/voices/{id_}"),
        await app.http.get(f"/v1/voices/{id_}"),
        await app.speak("Hi.", voice=id_),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "unknown_voice"
    assert (await app.http.delete("/v1/voices/s1-alloy")).json()["error"]["code"] == "not_a_clone"


async def test_a_name_means_one_voice(app: Application) -> None:
    sound = await recording(app)
    first = await make(app, sound)
    again = await make(app, sound)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    for taken in ("Anna", "alloy", "s1-alloy", "custom"):
        answer = await make(app, sound, taken, text="Another text.")
        assert answer.status_code == 409, taken
        assert answer.json()["error"]["code"] == "voice_exists"
    for bad in ("a/b", "voice_" + "0" * 32, "[x]", "   "):
        assert (await make(app, sound, bad)).status_code == 400, bad
    assert len([key for key in await app.objects() if key.startswith("voices/")]) == 1


async def test_a_recording_comes_with_a_request(app: Application) -> None:
    reference = {"audio_url": await recorded(app), "text": SAID}
    spoken = await say(app, reference=reference)
    assert spoken == await say(app, reference=reference, voice="onyx", model="s1-mini")
    assert spoken != await say(app, reference={**reference, "text": "Other words."})
    generated = await app.generate("Hi.", seed=3, reference=reference)
    assert generated["receipt"]["sources"][0]["backend"] == "openaudio-s1-mini"
    again = await app.generate("Hi.", seed=3, reference=reference)
    assert again["cached"]
    layers = [{"type": "voice", "text": "Hi.", "reference": reference}]
    layered = await app.http.post("/v1/audio/layers", json={"layers": layers, "seed": 3})
    assert layered.status_code == 200, layered.text


async def test_what_is_wrong_with_a_reference_is_said_of_its_member(app: Application) -> None:
    url = await recorded(app, text="No.")

    async def refused(**reference: str) -> dict[str, Any]:
        given = {"audio_url": url, "text": "No.", **reference}
        answer = await app.speak("Hi.", model="tts-1", reference=given)
        assert 400 <= answer.status_code < 500, answer.text
        error: dict[str, Any] = answer.json()["error"]
        return error

    short = await refused()
    assert (short["code"], short["param"]) == ("recording_too_short", "reference.audio_url")
    mute = await refused(text="")
    assert (mute["code"], mute["param"]) == ("bad_reference_text", "reference.text")
    inside = await refused(audio_url="http://127.0.0.1/anna.wav")
    assert (inside["code"], inside["param"]) == ("unsafe_url", "reference.audio_url")
    answer = await app.speak("Hi.", model="espeak", reference={"audio_url": url, "text": "No."})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "cannot_clone", "model")


async def test_a_backend_that_cannot_clone_says_who_can(app: Application) -> None:
    sound = await recording(app)
    answer = await make(app, sound, model="espeak")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "cannot_clone", "model")
    assert "openaudio-s1-mini" in answer.text
    await make(app, sound)
    spoken = await app.speak("Hi.", model="espeak", voice="Anna")
    assert (spoken.status_code, spoken.json()["error"]["code"]) == (422, "cannot_clone")


async def test_a_model_without_its_encoder_refuses_before_the_recording_is_read(
    converted: Callable[[str], Path], tmp_path: Path
) -> None:
    model = Path(shutil.copytree(converted("fp32"), tmp_path / "mine"))
    (model / files.ENCODER).unlink()
    async with application(tmp_path / "var", config=config(model)) as app:
        answer = await make(app, b"no sound at all")
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (422, "cannot_clone")
        assert "encoder" in error["message"]


async def test_openai_s_form_makes_a_voice_too(app: Application) -> None:
    made = await app.http.post(
        "/v1/audio/voices",
        data={"name": "Anna", "consent": "cons_1234", "text": SAID},
        files={"audio_sample": ("anna.wav", await recording(app), "audio/x-wav")},
    )
    assert made.status_code == 200, made.text
    assert made.json()["object"] == "audio.voice"
    assert set(made.json()) == {"object", "id", "name", "created_at"}
    assert await say(app, voice={"id": made.json()["id"]})
