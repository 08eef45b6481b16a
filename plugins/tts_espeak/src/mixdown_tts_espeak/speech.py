"""The role ``synthesis``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from math import log2
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mixdown_kernel import Audio, Chunk, Health, Kind, Problem, SpeechRequest, Voice, invalid
from mixdown_kernel.backends import Logger
from mixdown_tts_espeak import PITCH_RANGE, SPEED_RANGE
from mixdown_tts_espeak.cast import level
from mixdown_tts_espeak.catalogue import Catalogue, Choice, voice_of
from mixdown_tts_espeak.inventory import TAIL, Inventory, Probe, inventory, probes
from mixdown_tts_espeak.markup import Marked, mark
from mixdown_tts_espeak.pool import Pool
from mixdown_tts_espeak.settings import Installation
from mixdown_tts_espeak.text import plain
from mixdown_tts_espeak.timing import align

WORDS_PER_MINUTE = 175
MAX_SECONDS = 600
RANGE_SHARE = 0.2


class Parameters(BaseModel):
    """What ``SpeechRequest.parameters`` may hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    intonation: int = Field(default=50, ge=0, le=100)
    """How far the pitch moves: 0 is monotone, 50 the voice's own."""
    word_gap_ms: int = Field(default=0, ge=0, le=1000)
    """Extra pause between words, in steps of 10 ms at the default speed."""


class EspeakSynthesizer:
    """Whole utterances, int16 22,050 Hz from the engine, with word times. Equal requests give equal bytes."""

    def __init__(self, pool: Pool, fingerprint: str, sounds: Sequence[Probe], logger: Logger) -> None:
        self._pool = pool
        self._fingerprint = fingerprint
        self._probes = sounds
        self._logger = logger
        self._inventories: dict[str, Inventory] = {}
        self._rate = int(pool.greeting["rate"])
        self._catalogue = Catalogue(pool.greeting)

    @classmethod
    @asynccontextmanager
    async def open(cls, installation: Installation, processes: int, logger: Logger) -> AsyncIterator[Self]:
        """Raises `Problem` (``unavailable``) where the engine does not start."""
        fingerprint = await asyncio.to_thread(installation.fingerprint)
        phontab = await asyncio.to_thread((installation.data / "phontab").read_bytes)
        async with Pool(installation, processes, logger) as pool:
            yield cls(pool, fingerprint, probes(phontab), logger)

    @property
    def pids(self) -> list[int]:
        """The engine's processes, for diagnosis."""
        return self._pool.pids

    async def voices(self) -> Sequence[Voice]:
        return self._catalogue.voices

    def resolve_voice(self, name: str) -> Voice | None:
        """Any language with any variant is a voice, though only some are listed."""
        choice = self._catalogue.find(name)
        return voice_of(choice) if choice else None

    def check(self, request: SpeechRequest) -> None:
        """Refuses what `render` would: a language that nobody speaks here, a value out of range."""
        self._engine_request("", request)

    async def health(self) -> Health:
        return self._pool.health()

    def fingerprint(self) -> str:
        return self._fingerprint

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        """One chunk. Raises `Problem` for a request out of range, before any work."""
        text = plain(request.text)
        asked = self._engine_request(text, request)
        choice = self._catalogue.choose(request.voice, request.language)
        marked = await self._marked(text, request, choice) if request.pronunciations else None
        if marked:
            asked |= {"text": marked.text, "marked": True}
        answer = await self._pool.ask(asked)
        if answer.data["too_long"]:
            raise Problem(
                Kind.TOO_LARGE,
                "speech_too_long",
                f"This text takes more than {MAX_SECONDS} s to speak.",
                field="text",
                hint="Split the text into sentences.",
            )
        pcm = np.frombuffer(answer.pcm, "<i2")
        samples = pcm.astype(np.float32) * np.float32(request.volume * level(choice.id) / 32768)
        events = marked.events(answer.data["words"]) if marked else answer.data["words"]
        words = align(text, events, answer.data["pauses"], answer.data["phonemes"], len(pcm))
        yield Chunk(Audio(samples[:, np.newaxis], self._rate), words)

    async def _marked(self, text: str, request: SpeechRequest, choice: Choice) -> Marked | None:
        sounds = await self._sounds(choice.base.file)
        return mark(text, request.pronunciations, sounds, choice.base.id) if sounds else None

    async def _sounds(self, voice: str) -> Inventory:
        """Of a language's voice; none where the engine dies over the question, as it does in Greenlandic."""
        if voice not in self._inventories:
            texts = [TAIL, *(probe.markup for probe in self._probes)]
            try:
                answer = await self._pool.ask({"task": "transcribe", "texts": texts, "voice": voice})
            except Problem:
                self._logger.warning("the espeak voice %s takes no pronunciations", voice)
                self._inventories[voice] = {}
            else:
                tail, *ipa = answer.data["ipa"]
                self._inventories[voice] = inventory(self._probes, ipa, tail)
        return self._inventories[voice]

    def _engine_request(self, text: str, request: SpeechRequest) -> dict[str, Any]:
        _check_range("speed", request.speed, *SPEED_RANGE)
        _check_range("pitch", request.pitch, *PITCH_RANGE)
        parameters = _parameters(request)
        pitch, range_ = _pitch(request.pitch, parameters.intonation)
        return {
            "task": "speak",
            "text": text,
            "marked": False,
            "voice": self._catalogue.choose(request.voice, request.language).file,
            "rate": round(WORDS_PER_MINUTE * request.speed),
            "pitch": pitch,
            "range": range_,
            "word_gap": round(parameters.word_gap_ms / 10),
            "max_frames": MAX_SECONDS * self._rate,
        }


def _pitch(semitones: float, intonation: int) -> tuple[int, int]:
    """espeak-ng's ``pitch`` and ``range`` (both 0-100) for an interval; figures in the README.

    ``pitch`` is linear in octaves, 50 up doubles, but moves only the voice's base; the fifth of its frequency
    that ``range`` gives stays. So the base moves further, and the range with it.
    """
    ratio = 2 ** (semitones / 12)
    base = (ratio - RANGE_SHARE) / (1 - RANGE_SHARE)
    return round(50 + 50 * log2(base)), min(100, round(intonation * ratio))


def _check_range(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise invalid(
            f"{field}_out_of_range",
            f"espeak voices take a {field} from {low:g} to {high:g}, not {value:g}.",
            field=field,
            allowed=[low, high],
        )


def _parameters(request: SpeechRequest) -> Parameters:
    try:
        return Parameters.model_validate(request.parameters)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise invalid(
            "bad_parameter",
            f"espeak voices cannot use the parameter {name[:40]!r}: {first['msg']}.",
            field=f"parameters.{name[:40]}",
            allowed=list(Parameters.model_fields),
            hint="intonation is a whole number from 0 to 100, word_gap_ms one from 0 to 1000.",
        ) from None
