"""Several voices, each with languages of its own: who speaks what, without any configuration."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from mixdown_kernel import (
    Backend,
    Kernel,
    Kind,
    PhonemeClause,
    Problem,
    SynthesisBackend,
    Voice,
    VoiceLayer,
    hookimpl,
)
from mixdown_kernel.languages import MORE

from .scenes import bare
from .stairs import Stairs


def unsupported(language: str) -> Problem:
    return Problem(Kind.UNSUPPORTED, "unsupported_language", f"no {language!r} here", field="language")


class Native(Stairs):
    """Speaks English alone, and is preferred. Pronounces it, too, each word as itself."""

    def __init__(self) -> None:
        super().__init__("native")

    @hookimpl
    def synthesis_backends(self):
        return [SynthesisBackend(name=self.name, open=self.open, preference=10)]

    @hookimpl
    def phonemes_backends(self):
        return [Backend(name=self.name, open=self.open, preference=10)]

    def check(self, request):
        if not request.text.isascii():
            raise unsupported("ru")
        if request.language and not request.language.startswith("en"):
            raise unsupported(request.language)
        if request.parameters:
            raise Problem(Kind.INVALID, "bad_parameter", "there is no such parameter")

    async def phonemize(self, text, language):
        self.check(VoiceLayer(id="-", text=text, language=language))
        return [PhonemeClause(f"{self.name} {text}", "")]


class Polyglot(Native):
    """Speaks everything but Klingon: a voice for each language, and every voice any language."""

    def __init__(self) -> None:
        Stairs.__init__(self, "polyglot")

    @hookimpl
    def synthesis_backends(self):
        return [SynthesisBackend(name=self.name, open=self.open)]

    @hookimpl
    def phonemes_backends(self):
        return [Backend(name=self.name, open=self.open)]

    async def voices(self):
        return [Voice("en", "English", "en", aliases=self.aliases), Voice("de", "German", "de")]

    def check(self, request):
        if request.language == "tlh":
            raise unsupported(request.language)
        if "intonation" not in request.parameters and request.parameters:
            raise Problem(Kind.INVALID, "bad_parameter", "there is no such parameter")


@pytest.fixture
def kernel(tmp_path):
    return lambda *plugins, **config: Kernel(
        {"data_dir": tmp_path, **config}, plugins=plugins, discover=False
    )


async def speakers(running: Kernel, text: str = "Word", **layer: object) -> list[str]:
    plan = await running.plan(bare(text, layer=layer))
    return [one.name for one in plan.voices[0].backends]


@pytest.mark.parametrize(
    ("layer", "who"),
    [
        ({}, ["native", "polyglot"]),
        ({"language": "en"}, ["native", "polyglot"]),
        ({"voice": "alloy"}, ["native", "polyglot"]),
        ({"voice": "alloy", "language": "en-GB"}, ["native", "polyglot"]),
        ({"language": "de"}, ["polyglot"]),
        ({"voice": "alloy", "language": "de"}, ["polyglot"]),
        ({"voice": "de"}, ["polyglot"]),
        ({"voice": "native-high"}, ["native"]),
        ({"parameters": {"intonation": 3}}, ["polyglot"]),
    ],
    ids=str,
)
async def test_who_speaks_follows_from_the_request(kernel, layer, who):
    async with kernel(Polyglot(), Native()) as running:
        assert await speakers(running, **layer) == who


async def test_one_sentence_that_a_voice_cannot_read_leaves_the_whole_text_to_the_next(kernel):
    async with kernel(Polyglot(), Native()) as running:
        assert await speakers(running, "One\ndva\nthree") == ["native", "polyglot"]
        assert await speakers(running, "One\nдва\nthree") == ["polyglot"]


async def test_who_spoke_is_in_the_receipt_and_decides_the_signature(kernel):
    async with kernel(Polyglot(), Native()) as running:
        made = {}
        for language in ("en", "de"):
            _, receipt = await running.render(bare("Word", layer={"language": language}))
            made[language] = receipt.sources[0]
    assert {language: source.backend for language, source in made.items()} == {
        "en": "native",
        "de": "polyglot",
    }
    assert made["en"].signature != made["de"].signature


async def test_a_configured_order_beats_every_preference(kernel):
    async with kernel(Polyglot(), Native(), backends={"synthesis": ["polyglot", "native"]}) as running:
        assert await speakers(running, language="en") == ["polyglot", "native"]
    async with kernel(Polyglot(), Native(), backends={"synthesis": ["polyglot"]}) as running:
        assert await speakers(running) == ["polyglot"]


async def test_a_language_that_nobody_speaks_says_what_to_install(kernel):
    async with kernel(Native()) as running:
        with pytest.raises(Problem) as caught:
            await speakers(running, language="de")
        assert (caught.value.code, caught.value.field) == ("unsupported_language", "language")
        assert caught.value.hint.endswith(MORE)
        with pytest.raises(Problem) as caught:
            await speakers(running, voice="de+f3")
        assert caught.value.code == "unknown_voice"
        assert caught.value.hint.endswith(MORE)
        with pytest.raises(Problem) as caught:
            await speakers(running, voice="native-hihg")
        assert MORE not in caught.value.hint


async def test_what_is_wrong_is_told_by_who_could_do_it(kernel):
    async with kernel(Polyglot(), Native()) as running:
        with pytest.raises(Problem) as caught:
            await speakers(running, language="de", parameters={"volumne": 1})
    assert caught.value.code == "bad_parameter"


async def test_a_named_backend_keeps_to_its_languages(kernel):
    async with kernel(Polyglot(), Native()) as running:
        with pytest.raises(Problem, match="no 'de' here"):
            await speakers(running, language="de", backend="native")


class Asks(Stairs):
    """Keeps what it is given, to ask for other roles as a voice does that speaks phonemes."""

    @hookimpl
    def synthesis_backends(self):
        return [SynthesisBackend(name=self.name, open=self.open, uses=("phonemes",))]

    @asynccontextmanager
    async def open(self, _settings, context):
        self.context = context
        yield self


async def test_phonemes_come_from_the_first_that_knows_the_language(kernel):
    asks = Asks()
    async with kernel(asks, Polyglot(), Native()):
        phonemizer = await asks.context.backend("phonemes")
        assert await asks.context.backend("phonemes") is phonemizer, "what is remembered of it stays valid"
        spoken = [await phonemizer.phonemize("word", language) for language in ("en-US", "de")]
        assert [clause.phonemes for clauses in spoken for clause in clauses] == [
            "native word",
            "polyglot word",
        ]
        with pytest.raises(Problem) as caught:
            await phonemizer.phonemize("word", "tlh")
    assert caught.value.hint == MORE


async def test_who_pronounces_is_part_of_the_signature(kernel):
    signatures = set()
    for names in (["native"], ["polyglot"], ["native", "polyglot"]):
        config = {"backends": {"synthesis": ["stairs"], "phonemes": names}}
        async with kernel(Asks(), Polyglot(), Native(), **config) as running:
            signatures.add(running.mix_signature(await running.plan(bare("Word", seed=1))))
    assert len(signatures) == 3


async def test_without_a_phonemizer_there_is_none(kernel):
    asks = Asks()
    async with kernel(asks):
        with pytest.raises(Problem) as caught:
            await asks.context.backend("phonemes")
    assert caught.value.code == "no_backend"
