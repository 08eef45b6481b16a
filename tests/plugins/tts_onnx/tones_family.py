"""The parent half of the tests' family."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, Field

from mixdown_kernel import Context, SpeechRequest, Voice
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.family import Card, Family, Model, NoParameters
from mixdown_tts_onnx.settings import ModelSettings

from .tones import FRAMES, GRAPH, RATE

WORD = re.compile(r"\w+")


class Settings(ModelSettings):
    """What the engine reads as ``Options.own``."""

    together: bool = False
    load_seconds: float = Field(default=0, ge=0)
    dies_loading: bool = False
    pace_ms: float = Field(default=0, ge=0)
    """Of a letter."""


class Parameters(NoParameters):
    octave: int = Field(default=0, ge=-1, le=1)


class Tones(Family):
    name = "tones"
    engine = "tests.plugins.tts_onnx.tones:load"
    title = "A tone for every letter"
    aliases = ("beeps",)
    settings = Settings
    parameters: ClassVar[type[BaseModel]] = Parameters
    streaming = True
    concurrent = True

    def recognises(self, directory: Path) -> bool:
        return (directory / GRAPH).is_file()

    def inspect(self, directory: Path) -> Card:
        """``voices.json`` may name other voices than the two that every model has."""
        named = directory / "voices.json"
        rows = json.loads(named.read_text()) if named.is_file() else {"low": "en-US", "high": "de"}
        if not isinstance(rows, dict):
            raise EngineError("bad_voices", "The file voices.json is no object.")
        voices = tuple(
            Voice(id_, id_.title(), language, aliases=("alloy",) if index == 0 else ())
            for index, (id_, language) in enumerate(rows.items())
        )
        return Card(voices, RATE, (GRAPH,), licence="CC0-1.0", figures={"frames": FRAMES})

    def resolve(self, name: str, card: Card | None) -> Voice | None:
        return Voice(name, name, "en-US") if name.startswith("low+") else None

    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        words = [match.span() for match in WORD.finditer(request.text)]
        if not words:
            return None
        text, begins = "", {}
        for start, end in words:
            begins[str(len(text))] = [start, end, end - start]
            text += request.text[start:end]
        shift = 7 if voice.id == "high" else 0
        spoken = "".join(chr(ord(letter) + shift) if letter != "_" else "_" for letter in text)
        return {"text": spoken, "words": begins}


FAMILY = Tones()
