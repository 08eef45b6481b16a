"""A family as a backend of the kernel: models, voices, requests, health."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import Kind, Problem, SpeechRequest, SynthesisBackend
from mixdown_kernel.testing import SynthesisContract, opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.speech import OnnxSynthesizer

from .tones import FRAMES, RATE, build_model
from .tones_family import FAMILY

TONES = backend_of(FAMILY)


class TestContract(SynthesisContract):
    @pytest.fixture
    def backend(self) -> SynthesisBackend:
        return TONES

    @pytest.fixture
    def section(self, tones: Path) -> dict[str, Any]:
        return {"directories": [str(tones)]}


def opened(folder: Path, **section: Any) -> Any:
    return opening.opened(TONES, section, folder=folder)


@pytest.fixture
async def here(tmp_path: Path, tones: Path) -> AsyncIterator[OnnxSynthesizer]:
    async with opening.in_own_task(opened(tmp_path, directories=[str(tones)])) as synthesizer:
        yield synthesizer


async def problem_of(synthesizer: OnnxSynthesizer, **members: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        await collect(synthesizer, SpeechRequest(**{"text": "hello", **members}))
    return caught.value


# ---------------------------------------------------------------- what is here


async def test_without_a_model_the_command_to_run_is_the_answer(tmp_path: Path) -> None:
    async with opened(tmp_path) as synthesizer:
        problem = await problem_of(synthesizer)
        assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "model_missing")
        with pytest.raises(Problem) as caught:
            synthesizer.check(SpeechRequest(text="hello"))
        assert caught.value.code == "model_missing"
        health = await synthesizer.health()
        assert (health.ok, problem.message in health.detail) == (False, True)


async def test_the_command_names_the_models_of_the_settings(tmp_path: Path) -> None:
    async with opened(tmp_path, models=["kokoro-int8"]) as synthesizer:
        assert "mixdown models pull kokoro-int8" in ((await problem_of(synthesizer)).hint or "")


async def test_a_model_that_comes_later_speaks_without_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as synthesizer:
        assert (await problem_of(synthesizer)).code == "model_missing"
        before = synthesizer.fingerprint()
        build_model(tmp_path / "models" / "mine")
        assert [voice.id for voice in await synthesizer.voices()] == ["low", "high"]  # as planning asks
        render = await collect(synthesizer, SpeechRequest(text="hello"))
        assert (render.audio.frames, render.audio.rate) == (5 * FRAMES, RATE)
        assert (await synthesizer.health()).ok
        assert synthesizer.fingerprint() != before


async def test_a_model_that_changes_is_not_spoken_under_its_old_signature(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    build_model(folder)
    async with opened(tmp_path, idle_seconds=0.05) as synthesizer:
        first = synthesizer.fingerprint()
        await collect(synthesizer, SpeechRequest(text="hi"))
        build_model(folder, opset=18)
        async with asyncio.timeout(30):  # once it is unloaded, health reads it again
            while synthesizer.fingerprint() == first:
                await synthesizer.health()
                await asyncio.sleep(0.01)
        assert (await collect(synthesizer, SpeechRequest(text="hi"))).audio.frames


async def test_a_request_meets_a_model_that_changed_and_is_tried_again(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    build_model(folder)
    async with opened(tmp_path) as synthesizer:
        first = synthesizer.fingerprint()
        build_model(folder, opset=18)
        problem = await problem_of(synthesizer)
        assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "model_changed")
        assert synthesizer.fingerprint() != first
        assert (await collect(synthesizer, SpeechRequest(text="hi"))).audio.frames
        shutil.rmtree(folder)
        await synthesizer.health()  # it is loaded: what is gone from disk still speaks
        assert (await collect(synthesizer, SpeechRequest(text="hi"))).audio.frames


async def test_a_model_that_is_removed_is_missing(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "mine"
    build_model(folder)
    async with opened(tmp_path) as synthesizer:
        shutil.rmtree(folder)
        assert not (await synthesizer.health()).ok
        assert (await problem_of(synthesizer)).code == "model_missing"
        assert synthesizer.fingerprint() != synthesizer.fingerprint()


async def test_pulled_models_are_found_in_their_folder(tmp_path: Path) -> None:
    build_model(tmp_path / "elsewhere" / "mine")
    async with opened(tmp_path, models_dir=str(tmp_path / "elsewhere")) as synthesizer:
        assert (await collect(synthesizer, SpeechRequest(text="hi"))).audio.frames == 2 * FRAMES


async def test_a_directory_without_a_model_is_an_error_of_the_settings(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        async with opened(tmp_path, directories=[str(tmp_path)]):
            pass
    assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "no_model")


async def test_models_of_one_name_are_told_apart_and_one_directory_is_one_model(tmp_path: Path) -> None:
    own = [build_model(tmp_path / folder / "model") for folder in ("a", "b")]
    build_model(tmp_path / "models" / "model")
    async with opened(tmp_path, directories=[str(own[0]), str(own[1]), str(own[0])]) as synthesizer:
        models: Any = (await synthesizer.health()).figures["models"]
        assert [*models] == ["model", "model-2", "model-3"]


async def test_a_damaged_model_does_not_keep_the_others_from_speaking(tmp_path: Path) -> None:
    for name in ("a", "b"):
        build_model(tmp_path / "models" / name)
    (tmp_path / "models" / "a" / "voices.json").write_text("[]")
    async with opened(tmp_path) as synthesizer:
        assert (await collect(synthesizer, SpeechRequest(text="hi"))).audio.frames
        health = await synthesizer.health()
        assert health.ok
        assert "voices.json" in health.detail


async def test_a_model_damaged_as_nobody_thought_of_does_not_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspect = type(FAMILY).inspect

    def odd(family: Any, directory: Path) -> Any:
        if directory.name == "odd":
            (directory / "tones.onnx").unlink()
            if not (directory / "gone").exists():
                raise RecursionError("a secret path")
        return inspect(family, directory)

    monkeypatch.setattr(type(FAMILY), "inspect", odd)
    for told in ("RecursionError", "FileNotFoundError"):
        build_model(tmp_path / "models" / "odd")
        build_model(tmp_path / "models" / "sound")
        async with opened(tmp_path) as synthesizer:
            assert (await collect(synthesizer, SpeechRequest(text="hello"))).audio.frames
            assert f"odd: Its files cannot be read ({told})." in (await synthesizer.health()).detail
        (tmp_path / "models" / "odd" / "gone").touch()


async def test_only_damaged_models_are_named(tmp_path: Path) -> None:
    build_model(tmp_path / "models" / "a")
    (tmp_path / "models" / "a" / "voices.json").write_text("[]")
    async with opened(tmp_path) as synthesizer:
        problem = await problem_of(synthesizer)
        assert problem.code == "model_unusable"
        assert "voices.json" in problem.message
        assert "mixdown models verify" in (problem.hint or "")


async def test_a_truncated_graph_is_told_as_such(tmp_path: Path, tones: Path) -> None:
    shutil.copytree(tones, tmp_path / "models" / "cut")
    graph = tmp_path / "models" / "cut" / "tones.onnx"
    graph.write_bytes(graph.read_bytes()[:-900])
    async with opened(tmp_path) as synthesizer:
        problem = await problem_of(synthesizer)
        assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "corrupt_model")
        assert not (await synthesizer.health()).ok


async def test_the_fingerprint_covers_the_graph(tmp_path: Path) -> None:
    prints = []
    for rate in (17, 18):
        build_model(tmp_path / "models" / "a", opset=rate)
        async with opened(tmp_path) as synthesizer:
            prints.append(synthesizer.fingerprint())
    assert prints[0] != prints[1]


async def test_the_fingerprint_is_not_about_where_a_model_lies(tmp_path: Path, tones: Path) -> None:
    async with opened(tmp_path / "one", directories=[str(tones)]) as synthesizer:
        one = synthesizer.fingerprint()
    shutil.copytree(tones, tmp_path / "two" / "models" / "tones")
    async with opened(tmp_path / "two", idle_seconds=5, preload=False) as synthesizer:
        assert synthesizer.fingerprint() == one
    async with opened(tmp_path / "two", optimization="basic") as synthesizer:
        assert synthesizer.fingerprint() != one


# ---------------------------------------------------------------- voices


async def test_the_first_model_has_a_voice_that_two_have(tmp_path: Path) -> None:
    for name, voices in {"a": {"low": "en-US", "deep": "en"}, "b": {"low": "fr", "nasal": "fr"}}.items():
        build_model(tmp_path / "models" / name)
        (tmp_path / "models" / name / "voices.json").write_text(json.dumps(voices))
    async with opened(tmp_path, models=["b", "a"]) as synthesizer:
        voices_ = await synthesizer.voices()
        assert [(voice.id, voice.language) for voice in voices_] == [
            ("low", "fr"),
            ("nasal", "fr"),
            ("deep", "en"),
        ]
        assert [voice.id for voice in voices_ if "alloy" in voice.aliases] == ["low"]
        await collect(synthesizer, SpeechRequest(text="hi", voice="deep"))
        health = await synthesizer.health()
        models: Any = health.figures["models"]
        assert {name: one["state"] for name, one in models.items()} == {"b": "unloaded", "a": "loaded"}


async def test_a_language_chooses_among_the_models(tmp_path: Path) -> None:
    for name, voices in {"a": {"low": "en-US"}, "b": {"nasal": "fr"}}.items():
        build_model(tmp_path / "models" / name)
        (tmp_path / "models" / name / "voices.json").write_text(json.dumps(voices))
    async with opened(tmp_path) as synthesizer:
        await collect(synthesizer, SpeechRequest(text="hi", language="fr-CA"))
        models: Any = (await synthesizer.health()).figures["models"]
        assert [name for name, one in models.items() if one["state"] == "loaded"] == ["b"]
        problem = await problem_of(synthesizer, language="pl")
        assert (problem.kind, problem.allowed) == (Kind.UNSUPPORTED, ["en-US", "fr"])
        problem = await problem_of(synthesizer, voice="nasal", language="en")
        assert problem.code == "unsupported_language"
        assert (await problem_of(synthesizer, voice="nobody")).code == "unknown_voice"


async def test_unlisted_voices_are_the_family_s(here: OnnxSynthesizer) -> None:
    voice = here.resolve_voice("low+high")
    assert voice
    assert voice.id == "low+high"
    assert here.resolve_voice("nobody") is None
    assert (await collect(here, SpeechRequest(text="hi", voice="low+high"))).audio.frames


async def test_a_parameter_is_checked_by_the_family_s_model(here: OnnxSynthesizer) -> None:
    problem = await problem_of(here, parameters={"octave": 7})
    assert (problem.kind, problem.field, problem.allowed) == (
        Kind.INVALID,
        "parameters.octave",
        [-1, 1],
    )
    unknown = await problem_of(here, parameters={"octve": 1})
    assert (unknown.field, unknown.allowed) == ("parameters.octve", ["octave"])


# ---------------------------------------------------------------- loading and health


async def test_health_tells_of_memory_and_licence(here: OnnxSynthesizer) -> None:
    await collect(here, SpeechRequest(text="hi"))
    health = await here.health()
    models: Any = health.figures["models"]
    assert health.detail == "1 of 1 models loaded"
    assert models["tones"]["memory_bytes"] > 10_000_000
    assert models["tones"]["licence"] == "CC0-1.0"
    assert models["tones"]["frames"] == FRAMES


async def test_preloading_loads_at_the_start(tmp_path: Path, tones: Path) -> None:
    async with opened(tmp_path, directories=[str(tones)], preload=True) as synthesizer:
        async with asyncio.timeout(30):
            while (await synthesizer.health()).detail != "1 of 1 models loaded":
                await asyncio.sleep(0.01)


async def test_a_crash_is_in_the_health_and_the_next_one_speaks(tmp_path: Path, tones: Path) -> None:
    async with opened(tmp_path, directories=[str(tones)], dies_loading=True) as synthesizer:
        assert (await problem_of(synthesizer)).code == "model_died"
        health = await synthesizer.health()
        assert not health.ok
        assert "SIGSEGV" in health.detail
