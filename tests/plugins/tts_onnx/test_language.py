"""The language of a text for which nobody asked for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mixdown_kernel import SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_onnx.language import detect
from mixdown_tts_onnx.speech import OnnxSynthesizer

from .test_speech import opened
from .tones import letters

SPOKEN = frozenset({"en", "es", "fr", "hi", "it", "pt", "de", "ja", "zh"})


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Comment allez-vous aujourd'hui ?"),
        ("es", "Buenos días a todos."),
        ("it", "Il gatto dorme sul divano."),
        ("pt", "Tudo bem com você?"),
        ("de", "Der Hund schläft."),
        ("ja", "こんにちは、お元気ですか。"),
        ("zh", "今天天气很好，我们去公园吧。"),
        ("hi", "नमस्ते दुनिया"),
    ],
)
def test_a_sentence_is_recognised(language: str, text: str) -> None:
    assert detect(text, SPOKEN) == language


@pytest.mark.parametrize(
    "text",
    [
        "Hello there.",
        "Chapter one.",
        "Maria and Paolo ate pizza.",
        "Deja vu.",
        "Welcome to San Francisco, California.",
        "My name is Claude Debussy.",
        "Paris is beautiful in spring.",
        "OK, let's go.",
        "1 2 3",
        "Hi!",
        "",
        "😀😀😀😀😀😀😀😀😀",
    ],
)
def test_english_is_never_taken_for_another(text: str) -> None:
    assert detect(text, SPOKEN) in (None, "en")


def test_only_what_can_be_spoken_is_recognised() -> None:
    assert detect("Der Hund schläft auf dem Sofa.", frozenset({"en", "fr"})) != "de"
    assert detect("Der Hund schläft auf dem Sofa.", frozenset({"de"})) is None
    assert detect("Der Hund schläft auf dem Sofa.", frozenset({"de", "tlh"})) == "de"


@pytest.fixture
async def here(tmp_path: Path, tones: Path) -> AsyncIterator[OnnxSynthesizer]:
    """An American voice, and a German one that is seven letters higher."""
    async with opening.in_own_task(opened(tmp_path, directories=[str(tones)])) as synthesizer:
        yield synthesizer


async def first_tone(synthesizer: OnnxSynthesizer, **members: str) -> int:
    render = await collect(synthesizer, SpeechRequest(text="Der Hund schläft.", **members))
    return letters(render.audio.samples[:, 0])[0]


async def test_a_text_finds_the_voice_of_its_language(here: OnnxSynthesizer) -> None:
    german, american = await first_tone(here, voice="high"), await first_tone(here, voice="low")
    assert german != american
    assert await first_tone(here) == german


async def test_a_language_that_is_asked_for_beats_the_text(here: OnnxSynthesizer) -> None:
    assert await first_tone(here, language="en") == await first_tone(here, voice="low")


async def test_a_named_voice_stays_though_the_text_is_not_its_own(here: OnnxSynthesizer) -> None:
    assert await first_tone(here, voice="low") == await first_tone(here, voice="low", language="en-US")


async def test_it_can_be_turned_off(tmp_path: Path, tones: Path) -> None:
    async with opened(tmp_path, directories=[str(tones)], detect_language=False) as synthesizer:
        assert await first_tone(synthesizer) == await first_tone(synthesizer, voice="low")
