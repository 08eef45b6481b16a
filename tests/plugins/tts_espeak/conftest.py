from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import Chunk, Context, Kind, Problem, SourceSpec, SpeechRequest
from mixdown_tts_espeak import open_phonemes, open_synthesis
from mixdown_tts_espeak.phonemes import EspeakPhonemizer
from mixdown_tts_espeak.settings import EspeakSettings
from mixdown_tts_espeak.speech import EspeakSynthesizer


async def no_backend(role: str) -> Any:
    raise Problem(Kind.UNAVAILABLE, "no_backend", f"There is no {role} here.")


async def no_render(spec: SourceSpec) -> AsyncIterator[Chunk]:
    raise Problem(Kind.UNAVAILABLE, "no_backend", "Nothing renders here.")
    yield


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        data_dir=tmp_path,
        assets_dir=tmp_path,
        threads=2,
        logger=logging.getLogger("espeak"),
        backend=no_backend,
        render=no_render,
    )


@pytest.fixture
async def espeak(context: Context) -> AsyncIterator[EspeakSynthesizer]:
    async with open_synthesis(EspeakSettings(processes=1), context) as synthesizer:
        yield synthesizer


@pytest.fixture
async def phonemizer(context: Context) -> AsyncIterator[EspeakPhonemizer]:
    async with open_phonemes(EspeakSettings(), context) as opened:
        yield opened


class Say:
    """Renders one utterance to its only chunk."""

    async def __call__(self, espeak: EspeakSynthesizer, text: str, **members: Any) -> Chunk:
        chunks = [chunk async for chunk in espeak.render(SpeechRequest(text=text, **members))]
        assert len(chunks) == 1
        return chunks[0]


@pytest.fixture
def say() -> Say:
    return Say()
