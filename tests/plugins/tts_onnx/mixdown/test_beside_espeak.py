"""Our own voices and espeak's on one road, nothing configured: who speaks which language, and who pronounces it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import mixdown_text
import mixdown_tts_espeak
from mixdown_kernel import Kernel, Kind, Problem, Scene, SynthesisBackend, VoiceLayer, hookimpl
from mixdown_kernel.languages import MORE
from mixdown_tts_onnx import backend, phonemes_backends
from mixdown_tts_onnx.mixdown.family import Mixdown


class Own:
    """The family and the English front end. The voices have random weights: they are asked, and not heard."""

    phonemes_backends = staticmethod(phonemes_backends)

    @hookimpl
    def synthesis_backends(self) -> list[SynthesisBackend]:
        asker = SynthesisBackend(name="asker", open=self.open, preference=-1)
        return [replace(backend(Mixdown()), preference=10), asker]

    @asynccontextmanager
    async def open(self, _settings: Any, context: Any) -> Any:
        self.context = context
        yield self

    async def voices(self) -> list[Any]:
        return []

    def check(self, _request: Any) -> None:
        raise Problem(Kind.UNSUPPORTED, "unsupported_language", "never speaks")


@pytest.fixture
def kernel(tmp_path: Path, voices_dir: Path) -> Any:
    section = {"directories": [str(voices_dir)], "preload": False}

    def make(*plugins: object, **config: Any) -> Kernel:
        config = {"data_dir": tmp_path, "plugins": {"mixdown": section}, **config}
        return Kernel(config, plugins=plugins, discover=False)

    return make


async def speaker(running: Kernel, text: str = "Hello there.", **layer: Any) -> tuple[str, str, str | None]:
    """Who would speak, with which voice, in which language."""
    plan = await running.plan(Scene(layers=[VoiceLayer(id="voice", text=text, **layer)], rate=24_000))
    chosen = plan.voices[0].candidates[0]
    request = chosen.specs[0].request
    return chosen.running.name, request.voice, request.language  # type: ignore[attr-defined]


async def test_english_is_ours_and_the_rest_is_espeaks(kernel: Any) -> None:
    async with kernel(mixdown_tts_espeak, Own()) as running:
        assert await speaker(running) == ("mixdown", "", None)
        for language in ("en", "en-US", "en-GB"):
            assert (await speaker(running, language=language))[0] == "mixdown"
        for language in ("de", "fr-CA", "cmn", "cy"):
            assert (await speaker(running, language=language))[0] == "espeak"
        for voice in ("de", "en-gb", "en_GB", "fr+f3"):
            assert (await speaker(running, voice=voice))[0] == "espeak"
        assert (await speaker(running, "Это не по-английски."))[0] == "espeak"


async def test_openais_names_speak_every_language(kernel: Any) -> None:
    async with kernel(mixdown_tts_espeak, Own()) as running:
        for name in ("alloy", "coral", "onyx"):
            assert (await speaker(running, voice=name))[0] == "mixdown"
            assert (await speaker(running, voice=name, language="de"))[0] == "espeak"
        voice, request = (await speaker(running, voice="coral", language="de"))[:2], "en-us+f2"
        assert voice == ("espeak", request), "the variant is moved to German when it is spoken"


async def test_one_backend_speaks_a_text_of_several_languages(kernel: Any) -> None:
    text = '<speak>Hello. <lang xml:lang="fr">Bonjour.</lang></speak>'
    async with kernel(mixdown_tts_espeak, mixdown_text, Own()) as running:
        plan = await running.plan(Scene(layers=[VoiceLayer(id="voice", text=text)], rate=24_000))
        assert [one.name for one in plan.voices[0].backends] == ["espeak"]


async def test_configuration_puts_espeak_first(kernel: Any) -> None:
    async with kernel(mixdown_tts_espeak, Own(), backends={"synthesis": ["espeak"]}) as running:
        assert (await speaker(running))[0] == "espeak"
        assert (await speaker(running, voice="alloy", language="en"))[0] == "espeak"


async def test_without_espeak_the_problem_says_what_to_install(kernel: Any) -> None:
    async with kernel(Own()) as running:
        assert (await speaker(running))[0] == "mixdown"
        for asked in ({"language": "de"}, {"voice": "alloy", "language": "de"}, {"text": "Не по-английски."}):
            with pytest.raises(Problem) as caught:
                await speaker(running, **asked)
            assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "unsupported_language")
            assert caught.value.hint
            assert MORE in caught.value.hint
        for voice in ("de", "en-gb"):
            with pytest.raises(Problem) as caught:
                await speaker(running, voice=voice)
            assert caught.value.code == "unknown_voice"
            assert caught.value.hint
            assert MORE in caught.value.hint


async def test_every_voice_that_can_be_spoken_with_is_listed(kernel: Any) -> None:
    async with kernel(mixdown_tts_espeak, Own()) as running:
        listed = await running.voices.all()
    assert listed[0].backend == "mixdown"
    assert {one.backend for one in listed} == {"mixdown", "espeak"}
    assert len([one for one in listed if "alloy" in one.voice.aliases]) == 2


async def test_english_is_pronounced_by_our_front_end_and_the_rest_by_espeak(kernel: Any) -> None:
    own = Own()
    async with kernel(mixdown_tts_espeak, own) as running:
        both = await own.context.backend("phonemes")
        espeak, english = running.backend("phonemes", "espeak"), running.backend("phonemes", "english")
        text = "The quick brown fox read a book"
        assert await both.phonemize(text, "en-us") == await english.phonemize(text, "en-us")
        assert await both.phonemize("Guten Tag", "de") == await espeak.phonemize("Guten Tag", "de")
        assert await both.phonemize(text, "en-gb") == await espeak.phonemize(text, "en-gb")
