"""What callers see: models that come, and processes that go."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixdown_kernel import SynthesisBackend, hookimpl
from mixdown_tts_onnx import backend as backend_of

from ...api.application import Application, application
from .tones import build_model
from .tones_family import FAMILY


class Plugin:
    @hookimpl
    def synthesis_backends(self) -> Iterable[SynthesisBackend]:
        return [backend_of(FAMILY)]


def house(folder: Path, order: list[str], **section: Any) -> Any:
    config = {"backends": {"synthesis": order}, "plugins": {"tones": section}}
    return application(folder, plugins=[Plugin()], config=config, render_slots=16)


async def listed(app: Application) -> set[str]:
    return {model["id"] for model in (await app.http.get("/v1/models")).json()["data"]}


async def state(app: Application) -> dict[str, Any]:
    health = (await app.http.get("/health")).json()
    (row,) = [one for one in health["backends"] if one["name"] == "tones"]
    found: dict[str, Any] = row
    return found


async def tones_pid(app: Application, speaking: int) -> int:
    """Of the model's process, once it speaks so many utterances."""
    async with asyncio.timeout(30):
        while True:
            model = (await state(app))["figures"]["models"]["mine"]
            if model["process"] and model["speaking"] >= speaking:
                return int(model["process"])
            await asyncio.sleep(0.005)


async def test_a_model_is_listed_once_it_is_here(tmp_path: Path) -> None:
    async with house(tmp_path, ["tones", "espeak"]) as app:
        assert {"tones", "beeps"}.isdisjoint(await listed(app))
        assert "espeak" in await listed(app)
        one = await app.http.get("/v1/models/tones")
        assert one.status_code == 503
        spoken = await app.speak("hello", model="tones", response_format="wav")
        assert spoken.status_code == 503
        for answer in (one, spoken):
            error = answer.json()["error"]
            assert "directories" in f"{error['message']} {error.get('hint')}"
        assert (await state(app))["ok"] is False

        build_model(tmp_path / "models" / "mine")
        spoken = await app.speak("hello", model="tones", response_format="wav")
        assert spoken.status_code == 200
        assert {"tones", "beeps"} <= await listed(app)
        assert (await app.http.get("/v1/models/tones")).json()["id"] == "tones"
        figures = (await state(app))["figures"]["models"]["mine"]
        assert figures["memory_bytes"] > 10_000_000
        assert figures["licence"] == "CC0-1.0"


async def test_another_voice_speaks_while_a_model_is_missing_which_the_log_says_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path, ["tones", "espeak"]) as app:
        caplog.set_level("WARNING", "mixdown")
        for _ in range(3):
            assert (await app.speak("hello")).status_code == 200
        told = [record for record in caplog.records if "did not list its voices" in record.getMessage()]
        assert len(told) == 1


async def test_a_model_that_nobody_configured_says_how(tmp_path: Path) -> None:
    async with house(tmp_path, ["espeak"]) as app:
        answer = await app.speak("hello", model="tones")
        assert answer.status_code == 404
        error = answer.json()["error"]
        assert error["code"] == "model_not_configured"
        assert "[backends] synthesis" in f"{error['message']} {error.get('hint')}"


async def test_openai_s_names_mean_the_active_family_s_voices(tmp_path: Path) -> None:
    build_model(tmp_path / "models" / "mine")
    async with house(tmp_path, ["tones", "espeak"]) as app:
        voices = (await app.http.get("/v1/voices")).json()["voices"]
        (alloy,) = [voice for voice in voices if voice["id"] == "alloy"]
        assert (alloy["backend"], alloy["stands_for"]) == ("tones", "low")
        answer = await app.speak("hello", voice="alloy", response_format="wav")
        assert "tones" in answer.headers["x-mixdown-backend"]


async def test_a_fault_of_the_native_library_under_load_is_not_heard(tmp_path: Path) -> None:
    """Eight callers; the process is killed by SIGSEGV, twice, while it speaks. Every answer is whole, and bit for bit what
    it is without."""
    build_model(tmp_path / "models" / "mine")
    texts = [
        f"{word} bells ring" for word in ("one", "two", "three", "four", "five", "six", "seven", "eight")
    ]
    async with house(tmp_path, ["tones"], pace_ms=15, parallel=2) as app:

        async def ask(text: str) -> httpx.Response:
            return await app.speak(text, model="tones", response_format="pcm")

        quiet = [(await ask(text)).content for text in texts]
        asked = [asyncio.create_task(ask(text)) for text in texts]
        for speaking in (2, 1):  # the second one hits what is tried again
            os.kill(await tones_pid(app, speaking), signal.SIGSEGV)
            await asyncio.sleep(0.1)
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [200] * len(texts)
        assert [answer.content for answer in answers] == quiet
        row = await state(app)
        assert row["ok"] is True
        assert row["figures"]["models"]["mine"]["crashes"] in (1, 2)
