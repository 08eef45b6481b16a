"""The parent half: which voices there are, and what their engine is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, Field

from mixdown_kernel import Context, Cost, Kind, Problem, SpeechRequest, Voice
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.english import read
from mixdown_tts_onnx.english.scripts import check_script
from mixdown_tts_onnx.family import Card, Family, Model, NoParameters
from mixdown_tts_onnx.mixdown.cast import CAST, Character
from mixdown_tts_onnx.mixdown.description import FILES, Description, folders, read_description
from mixdown_tts_onnx.mixdown.features import rises
from mixdown_tts_onnx.mixdown.reading import takes
from mixdown_tts_onnx.mixdown.shape import Shape
from mixdown_tts_onnx.mixdown.wideband import sound_rate
from mixdown_tts_onnx.phonetic.requests import check_text, speakable
from mixdown_tts_onnx.settings import ModelSettings


class MixdownSettings(ModelSettings):
    """As of any family, with defaults for a model that is small, quick and always here."""

    preload: bool = True
    idle_seconds: float = Field(default=0.0, ge=0)
    threads: int | None = Field(default=1, ge=1, le=256)
    parallel: int = Field(default=4, ge=1, le=64)


class Parameters(NoParameters):
    """All relative to the voice: ``range`` of its melody (0 is a monotone), its ``formants`` (less than 1 is a longer vocal
    tract), its ``brightness`` in dB, and 0 to 1 of ``breathiness``."""

    range: float = Field(default=1.0, ge=0, le=2)
    formants: float = Field(default=1.0, ge=0.8, le=1.25)
    brightness: float = Field(default=0.0, ge=-6, le=6)
    breathiness: float = Field(default=0.0, ge=0, le=1)


class Mixdown(Family):
    """Our own voices. They lie in the package; a directory of the settings may hold others, a folder each."""

    name: ClassVar[str] = "mixdown"
    engine: ClassVar[str] = "mixdown_tts_onnx.mixdown.engine:load"
    title: ClassVar[str] = "Mixdown's own voices: American English, small and quick, nothing to download"
    settings: ClassVar[type[ModelSettings]] = MixdownSettings
    parameters: ClassVar[type[BaseModel]] = Parameters
    streaming: ClassVar[bool] = True
    concurrent: ClassVar[bool] = True
    speed_range: ClassVar[tuple[float, float]] = (0.5, 2.0)
    pitch_range: ClassVar[tuple[float, float]] = (-12.0, 12.0)
    honours: ClassVar[frozenset[str]] = frozenset({"phonemes", "pitch", "volume"})
    cost: ClassVar[Cost] = "light"
    preference: ClassVar[int | None] = 10
    load_seconds: ClassVar[float] = 60.0
    built_in: ClassVar[Path | None] = Path(__file__).parent / "data"

    def recognises(self, directory: Path) -> bool:
        return bool(folders(directory))

    def inspect(self, directory: Path) -> Card:
        """Raises `EngineError`: ``missing_model_file``, ``bad_config``."""
        trained = {folder.name: read_description(folder) for folder in folders(directory)}
        return Card(
            voices=tuple(_voices(trained)),
            rate=max(map(sound_rate, trained.values())),
            files=tuple(f"{name}/{file}" for name in trained for file in FILES),
            licence=", ".join(dict.fromkeys(one.licence for one in trained.values() if one.licence)),
            figures={"trained_voices": len(trained)},
        )

    def check(self, request: SpeechRequest, voice: Voice, model: Model) -> None:
        """Raises `Problem`: ``text_too_long``, ``bad_pronunciation``, ``unsupported_language`` for other scripts than Latin."""
        check_text(request)
        check_script(request.text, request.pronunciations)

    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        self.check(request, voice, model)
        if not speakable(request):
            return None
        reading = await asyncio.to_thread(read, request.text, request.pronunciations)
        spoken = [take.plain() for take in takes(reading, rises(request.text))]
        if not spoken:
            _refuse_unread(request.text)
            return None
        character = _character(voice.id)
        asked = Parameters.model_validate(request.parameters)
        own = Shape(semitones=request.pitch, gain=request.volume, **asked.model_dump())
        return {
            "takes": spoken,
            "voice": character.base,
            "shape": asdict(character.shape.followed_by(own)),
            "speed": request.speed * character.tempo,
        }


def _refuse_unread(text: str) -> None:
    """What has letters or digits is not silently passed over."""
    if any(map(str.isalnum, text)):
        raise Problem(
            Kind.UNSUPPORTED,
            "nothing_to_speak",
            "The mixdown voices can read nothing of this text.",
            field="text",
            hint="Write it in Latin letters, or choose a voice of its language.",
        )


def _character(name: str) -> Character:
    """One of the cast, or a trained voice as it is."""
    found = (character for character in CAST if character.name == name)
    return next(found, Character(name, "", name, Shape(), 1.0, ""))


def _voices(trained: dict[str, Description]) -> Iterator[Voice]:
    """The cast, as far as what it is made of is here, then whoever else was trained."""
    known = {character.name for character in CAST}
    others = [_character(name) for name in trained if name not in known]
    for character in (*CAST, *others):
        if character.base in trained:
            yield _voice(character, trained[character.base])


def _voice(character: Character, base: Description) -> Voice:
    return Voice(
        character.name,
        character.name.title(),
        base.language,
        base.gender,
        aliases=(character.alias,) if character.alias else (),
        tags=("offline", *filter(None, [character.tag])),
    )
