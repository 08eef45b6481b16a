"""Both families through the whole service: processes, road, HTTP."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from meters import matrix

from ....api.application import Application, application

SSML = '<speak>Say <phoneme alphabet="ipa" ph="{ipa}">tomato</phoneme> now.</speak>'


@pytest.fixture
async def app(tmp_path: Path, kokoro_dir: Path, piper_dir: Path) -> AsyncIterator[Application]:
    config = {
        "backends": {"synthesis": ["kokoro", "piper"]},
        "plugins": {"kokoro": {"directories": [str(kokoro_dir)]}, "piper": {"directories": [str(piper_dir)]}},
        "threads": 1,
    }
    async with application(tmp_path, config=config) as made:
        yield made


async def sound(app: Application, text: str, **members: object) -> np.ndarray:
    answer = await app.speak(text, response_format="wav", **members)
    assert answer.status_code == 200, answer.text
    samples, rate = soundfile.read(io.BytesIO(answer.content), dtype="float32")
    assert rate == 24_000
    return samples


async def test_both_families_are_heard_and_understood(app: Application) -> None:
    said = matrix.sentences(6)
    meter = matrix.MatrixMeter()
    for model, voice in (("kokoro", "am_adam"), ("piper", "en_US-lessac-low")):
        clips = [
            await sound(app, " ".join(words).capitalize() + ".", model=model, voice=voice) for words in said
        ]
        assert meter.score(clips, 24_000, said) > 0.3, model


async def test_voices_by_every_name(app: Application) -> None:
    sounds = {
        voice: await sound(app, "Seven small boats.", voice=voice, seed=1)
        for voice in ("af_bella", "af_sky", "af_bella(2)+af_sky(1)", "coral", "en_GB-vctk-low:carl")
    }
    assert np.array_equal(sounds["coral"], sounds["af_bella"])
    for one, other in (("af_bella", "af_sky"), ("af_bella", "af_bella(2)+af_sky(1)")):
        assert not np.array_equal(sounds[one], sounds[other])
    listed = (await app.http.get("/v1/voices")).json()
    assert {"af_heart", "en_GB-vctk-low:carl"} <= {voice["id"] for voice in listed["voices"]}


async def test_phonemes_in_the_markup_are_spoken(app: Application) -> None:
    one, same, other = [
        await sound(app, SSML.format(ipa=ipa), voice="af_heart", seed=1)
        for ipa in ("təˈmɑːtoʊ", "təˈmɑːtoʊ", "paˈmi")
    ]
    assert np.array_equal(one, same)
    assert len(other) < len(one)


async def test_what_cannot_be_spoken_is_said(app: Application) -> None:
    unknown = await app.speak("Hello.", voice="af_nobody")
    assert unknown.status_code in (400, 404)
    assert "af_nobody" in unknown.text
    foreign = await app.speak("Guten Tag.", voice="af_heart", language="de")
    assert foreign.status_code in (400, 422)
    assert "de" in foreign.text
