"""What every family owes, and how they are found."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mixdown_kernel import Kernel, Kind, Problem, SpeechRequest, SynthesisBackend, Voice
from mixdown_tts_onnx import backend, families, synthesis_backends
from mixdown_tts_onnx.family import Card, Family, named, speaks
from mixdown_tts_onnx.settings import ModelSettings

from .tones_family import FAMILY, Tones

OURS = families.families()
EVERY = pytest.mark.parametrize("family", OURS, ids=[family.name for family in OURS])


def test_the_four_families_are_there() -> None:
    assert [family.name for family in OURS] == ["mixdown", "kokoro", "piper", "openaudio-s1-mini"]


def test_they_are_backends_that_wait_to_be_named() -> None:
    offered = [*synthesis_backends()]
    assert [one.name for one in offered] == [family.name for family in OURS]
    assert all(isinstance(one, SynthesisBackend) for one in offered)
    assert {one.name for one in offered if one.preference is not None} == {"mixdown"}, "it needs no model"
    kernel = Kernel()
    assert kernel.plugins["onnx"].state == "active"
    asked = {one.name for one in offered if one.preference is None}
    assert {one.name for one in kernel.running()}.isdisjoint(asked)


@EVERY
def test_a_family_says_what_it_is(family: Family, tmp_path: Path) -> None:
    assert family.title
    assert issubclass(family.settings, ModelSettings)
    assert family.parameters.model_config.get("extra") == "forbid"
    assert family.parameters()  # every parameter has a default
    assert family.speed_range[0] <= 1 <= family.speed_range[1]
    assert not family.recognises(tmp_path)
    assert not family.recognises(tmp_path / "nowhere")


def test_no_engine_imports_the_kernel_the_api_or_pytorch() -> None:
    """A model's process starts twice as fast without."""
    program = (
        "import importlib, json, sys\n"
        "for name in sys.argv[1:]:\n"
        "    module, _, function = name.partition(':')\n"
        "    assert callable(getattr(importlib.import_module(module), function))\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))\n"
    )
    command = [sys.executable, "-c", program, *(family.engine for family in OURS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    imported = set(json.loads(done.stdout))
    assert "onnxruntime" in imported
    assert {name for name in imported if name.startswith("mixdown_")} == {"mixdown_tts_onnx"}
    assert imported.isdisjoint({"torch", "onnx", "pydantic", "huggingface_hub", "piper", "kokoro_onnx"})


# ---------------------------------------------------------------- finding


def given(monkeypatch: pytest.MonkeyPatch, **sources: Callable[[], object]) -> tuple[Family, ...]:
    monkeypatch.setattr(families, "_sources", lambda: sources.items())
    return families.families()


def fails() -> object:
    raise ImportError("no module named model")


def test_a_family_that_cannot_be_imported_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = given(monkeypatch, broken=fails, strange=lambda: "no family", tones=lambda: FAMILY)
    assert found == (FAMILY,)
    assert "voice family broken: ImportError" in caplog.text
    assert "voice family strange: TypeError" in caplog.text


def test_of_two_with_one_name_the_first_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert given(monkeypatch, one=lambda: FAMILY, other=Tones) == (FAMILY,)
    assert "another family is called 'tones'" in caplog.text


def test_a_family_becomes_a_backend_as_it_says() -> None:
    made = backend(FAMILY)
    assert (made.name, made.aliases, made.description) == ("tones", ("beeps",), "A tone for every letter")
    assert (made.streaming, made.seeded, made.deterministic) == (True, False, True)


# ---------------------------------------------------------------- choosing a voice

CARD = Card(
    (Voice("low", "Low", "en-US", aliases=("alloy",)), Voice("high", "High", "de")), rate=16_000, files=()
)
ANY = Card(CARD.voices, rate=16_000, files=(), languages=("en", "de", "fr"), multilingual=True)


def chosen(card: Card, **members: str) -> str:
    return FAMILY.choose(SpeechRequest(text="hello", **members), card).id  # type: ignore[arg-type]


def refused(card: Card, **members: str) -> Problem:
    with pytest.raises(Problem) as caught:
        chosen(card, **members)
    return caught.value


def test_the_first_voice_is_the_default() -> None:
    assert chosen(CARD) == chosen(ANY) == "low"


def test_a_voice_may_be_called_by_its_alias() -> None:
    assert chosen(CARD, voice="alloy") == "low"
    assert named("alloy", CARD) == CARD.voices[0]


def test_an_unnamed_voice_is_one_of_the_language() -> None:
    assert chosen(CARD, language="de-AT") == "high"
    assert chosen(ANY, language="de") == "high"
    assert chosen(ANY, language="fr") == "low"


def test_a_voice_of_several_languages_stays_itself() -> None:
    assert chosen(ANY, voice="low", language="de") == "low"
    problem = refused(CARD, voice="low", language="de")
    assert (problem.kind, problem.code, problem.allowed) == (
        Kind.UNSUPPORTED,
        "unsupported_language",
        ["en-US"],
    )


def test_what_nobody_speaks_is_refused_with_what_is_spoken() -> None:
    assert refused(CARD, language="pl").allowed == ["en-US", "de"]
    assert refused(ANY, language="pl").allowed == ["en", "de", "fr"]
    assert refused(ANY, voice="low", language="pl").allowed == ["en", "de", "fr"]


def test_who_is_not_there_is_unknown() -> None:
    problem = refused(CARD, voice="nobody")
    assert (problem.kind, problem.code, problem.field) == (Kind.NOT_FOUND, "unknown_voice", "voice")
    assert problem.allowed == ["low", "high"]


@pytest.mark.parametrize(
    ("voice", "wanted", "does"),
    [
        ("en-US", "en", True),
        ("en", "en-GB", True),
        ("en-GB", "en-US", True),
        ("EN-us", "en", True),
        ("en", "es", False),
        ("de", "den", False),
    ],
)
def test_an_accent_is_a_language(voice: str, wanted: str, does: bool) -> None:
    assert speaks(voice, wanted) is does
