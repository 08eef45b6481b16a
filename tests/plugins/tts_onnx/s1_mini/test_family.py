"""The family in the kernel's eyes: voices, parameters, recordings; spoken by a child process."""

from __future__ import annotations

import asyncio
import shutil
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import Audio, Kind, Problem, SpeechRequest
from mixdown_kernel.assets import Assets
from mixdown_kernel.testing import opening
from mixdown_mixing import backend as mixing
from mixdown_mixing import decoding
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.families import families
from mixdown_tts_onnx.family import Model
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.speech import OnnxSynthesizer

RATE = 22050
FAMILY = next(family for family in families() if family.name == "openaudio-s1-mini")


def tone(seconds: float = 1.1, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 330 * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


@pytest.fixture
def model(converted: Callable[[str], Path], tmp_path: Path) -> Path:
    """A model with a voice of its owner's."""
    directory = Path(shutil.copytree(converted("fp32"), tmp_path / "mine"))
    (directory / "voices").mkdir()
    (directory / "voices" / "anna.txt").write_text("la la la\n")
    with wave.open(str(directory / "voices" / "anna.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((32767 * tone()).astype("<i2").tobytes())
    return directory


@pytest.fixture
async def speaker(model: Path, tmp_path: Path) -> AsyncIterator[OnnxSynthesizer]:
    neighbours = {"mixing": mixing.numpy, "decoding": decoding.backend}
    section = {"directories": [str(model)], "context": 1024, "batch": 2}
    opened = opening.opened(backend_of(FAMILY), section, folder=tmp_path, neighbours=neighbours)
    async with opening.in_own_task(opened) as synthesizer:
        yield synthesizer


async def heard(speaker: OnnxSynthesizer, text: str = "Hello.", **members: Any) -> np.ndarray:
    request = SpeechRequest(text=text, **{"seed": 1, **members})
    speaker.check(request)
    chunks = [chunk async for chunk in speaker.render(request)]
    assert {chunk.audio.rate for chunk in chunks} <= {44100}
    return np.concatenate([np.zeros((0, 1), np.float32), *[chunk.audio.samples for chunk in chunks]])


async def refused(speaker: OnnxSynthesizer, **members: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await heard(speaker, **members)
    return caught.value


async def test_a_request_is_spoken_by_a_child_the_same_for_a_seed(speaker: OnnxSynthesizer) -> None:
    first = await heard(speaker)
    assert len(first) % 64 == 0
    assert first.any()
    assert np.array_equal(first, await heard(speaker))
    assert not np.array_equal(first, await heard(speaker, seed=2))
    assert not np.array_equal(first, await heard(speaker, parameters={"temperature": 0.2}))
    assert not len(await heard(speaker, text="…"))


async def test_its_own_voices_come_first_and_names_of_openai_mean_drawn_ones(
    speaker: OnnxSynthesizer,
) -> None:
    voices = await speaker.voices()
    assert [voices[0].id, voices[1].id] == ["anna", "s1-alloy"]
    assert {"alloy", "echo", "nova"} <= {alias for voice in voices for alias in voice.aliases}
    drawn = [await heard(speaker, voice=voice) for voice in ("s1-alloy", "alloy", "s1-echo")]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


async def test_a_voice_of_one_s_own_wins_over_a_drawn_one_of_its_name(model: Path, tmp_path: Path) -> None:
    for name in ("s1-alloy", "echo"):
        for suffix in (".wav", ".txt"):
            shutil.copy(model / "voices" / f"anna{suffix}", model / "voices" / f"{name}{suffix}")
    card = FAMILY.inspect(model)
    tags = {voice.id: voice.tags for voice in card.voices}
    assert tags["s1-alloy"] == tags["echo"] == tags["anna"] == ("cloned",)
    (drawn,) = [voice for voice in card.voices if voice.id == "s1-echo"]
    assert drawn.aliases == ()
    settings = FAMILY.settings()
    found = Model("mine", model, card, settings)
    (voice,) = [voice for voice in card.voices if voice.id == "s1-alloy"]
    (model / files.ENCODER).unlink()
    with pytest.raises(Problem, match="encoder"):
        FAMILY.check(SpeechRequest(text="Hello.", voice="s1-alloy"), voice, found)


async def test_any_language_of_the_model_is_spoken_by_any_voice(speaker: OnnxSynthesizer) -> None:
    assert len(await heard(speaker, text="Guten Tag.", language="de", voice="s1-alloy"))
    assert (await refused(speaker, language="xx")).code == "unsupported_language"
    assert (await refused(speaker, voice="nobody")).code == "unknown_voice"


async def test_a_recording_that_comes_with_the_request_is_the_voice(
    speaker: OnnxSynthesizer, tmp_path: Path
) -> None:
    async def blocks(sound: np.ndarray) -> AsyncIterator[Audio]:
        yield Audio(np.repeat(sound[:, None], 2, axis=1), RATE)

    assets = Assets(tmp_path / "assets")
    asset = await assets.add(blocks(tone()))
    given = {"reference": asset, "reference_text": "la la la"}
    cloned = await heard(speaker, parameters=given)
    assert not np.array_equal(cloned, await heard(speaker, voice="s1-alloy"))
    assert np.array_equal(cloned, await heard(speaker, parameters=given))

    for sound, told in ((tone(0.3), "lasts 0.3 seconds"), (tone(2, 0.0), "silent")):
        bad = await assets.add(blocks(sound))
        problem = await refused(speaker, parameters={"reference": bad, "reference_text": "la"})
        assert (problem.kind, problem.code) == (Kind.INVALID, "bad_reference")
        assert told in problem.message
    long = await assets.add(blocks(tone(91)))
    assert (
        await refused(speaker, parameters={"reference": long, "reference_text": "la"})
    ).code == "reference_too_long"
    gone = {"reference": "asset:" + "0" * 64, "reference_text": "la"}
    assert (await refused(speaker, parameters=gone)).code == "unknown_asset"


@pytest.mark.parametrize(
    "parameters",
    [
        {"temperature": 0},
        {"top_p": 1.5},
        {"repetition_penalty": 3},
        {"reference": "asset:" + "0" * 64},
        {"reference_text": "la"},
        {"reference": "/etc/passwd", "reference_text": "la"},
        {"loudness": 3},
    ],
)
async def test_parameters_beyond_their_bounds_are_refused(
    speaker: OnnxSynthesizer, parameters: dict[str, Any]
) -> None:
    assert (await refused(speaker, parameters=parameters)).code == "bad_parameter"


async def test_without_the_encoder_nothing_is_cloned(model: Path, tmp_path: Path) -> None:
    (model / files.ENCODER).unlink()
    async with opening.opened(backend_of(FAMILY), {"directories": [str(model)]}, folder=tmp_path) as speaker:
        assert (await refused(speaker, voice="anna")).code == "cannot_clone"


async def test_a_recording_that_changes_is_not_spoken_under_its_old_signature(
    speaker: OnnxSynthesizer, model: Path
) -> None:
    first, before = await heard(speaker, voice="anna"), speaker.fingerprint()
    assert np.array_equal(first, await heard(speaker, voice="anna"))
    (model / "voices" / "anna.txt").write_text("something else")  # the model is loaded
    assert (await refused(speaker, voice="anna")).code == "model_changed"
    assert speaker.fingerprint() != before
    assert not np.array_equal(first, await heard(speaker, voice="anna"))
    (model / "voices" / "anna.wav").unlink()
    assert (await refused(speaker, voice="anna")).code == "model_changed"
    assert (await refused(speaker, voice="anna")).code == "unknown_voice"


async def test_the_licence_and_the_profile_are_told(speaker: OnnxSynthesizer) -> None:
    await heard(speaker, voice="s1-alloy")
    health = await speaker.health()
    figures: Any = health.figures["models"]
    assert figures["mine"]["licence"] == "CC-BY-NC-SA-4.0"
    assert figures["mine"]["profile"] == "fp32"


async def test_requests_that_come_together_are_spoken_together_and_sound_as_alone(
    speaker: OnnxSynthesizer,
) -> None:
    asked = [
        {"text": text, "seed": seed, "voice": "s1-alloy"}
        for seed, text in enumerate(("One.", "Two, too.", "Three!"))
    ]
    together = await asyncio.gather(*[heard(speaker, **members) for members in asked])
    for members, sound in zip(asked, together, strict=True):
        assert np.array_equal(sound, await heard(speaker, **members))
