"""The configuration beside a Piper voice, ``<voice>.onnx.json``, every field of it.

Source: ``piper/config.py`` of piper-tts 1.8 and the published voices (rhasspy/piper-voices).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixdown_tts_onnx.errors import EngineError

PAD, BOS, EOS = "_", "^", "$"
PHONEME_TYPES = ("espeak", "text", "pinyin", "hebrew", "japanese", "thai")
MAX_BYTES = 8 << 20
MAX_SPEAKERS = 20_000
_LANGUAGE = re.compile(r"(?P<language>[a-z]{2,3})(?:[_-](?P<region>[A-Z]{2}|[0-9]{3}))?(?=[-_.]|$)")


@dataclass(frozen=True, slots=True)
class Config:
    """``phoneme_id_map`` has a list of ids for each phoneme; ``phoneme_map`` says what is put in the place of one before
    that; ``vowel_clusters`` are phonemes that are one where they meet. Scales are those of the graph's input."""

    phoneme_type: str
    phoneme_id_map: Mapping[str, tuple[int, ...]]
    espeak_voice: str
    sample_rate: int
    num_symbols: int
    num_speakers: int
    speaker_id_map: Mapping[str, int]
    default_speaker_id: int
    noise_scale: float
    length_scale: float
    noise_w: float
    hop_length: int
    vowel_clusters: frozenset[str]
    phoneme_map: Mapping[str, tuple[str, ...]]
    language: str
    """BCP 47."""
    title: str
    quality: str
    piper_version: str


def config_file(graph: Path) -> Path:
    return graph.with_name(f"{graph.name}.json")


def read_config(graph: Path) -> Config:
    """Raises `EngineError`: ``missing_model_file``, ``bad_config`` saying which field."""
    file = config_file(graph)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise _bad(file, "it is far too long")
        members = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        hint = "A Piper voice is two files, <voice>.onnx and <voice>.onnx.json: fetch both."
        raise EngineError(
            "missing_model_file", f"The configuration {file.name} is missing.", hint=hint
        ) from error
    except (OSError, ValueError) as error:
        raise _bad(file, "it is no JSON") from error
    if not isinstance(members, dict):
        raise _bad(file, "it is no JSON object")
    return _Reader(file, members).config()


class _Reader:
    """Takes members out and names the one that is wrong."""

    def __init__(self, file: Path, members: Mapping[str, Any]) -> None:
        self._file = file
        self._members = members

    def config(self) -> Config:
        ids = {
            phoneme: self._ids(phoneme, value)
            for phoneme, value in self._object("phoneme_id_map", required=True).items()
        }
        for phoneme in (PAD, BOS, EOS):
            if phoneme not in ids:
                raise _bad(self._file, f"phoneme_id_map lacks {phoneme!r}")
        speakers = self._number("num_speakers", 1, 1, MAX_SPEAKERS)
        phoneme_type = self._text("phoneme_type") or "espeak"
        if phoneme_type not in PHONEME_TYPES:
            raise _bad(
                self._file, f"phoneme_type {phoneme_type[:40]!r} is none of {', '.join(PHONEME_TYPES)}"
            )
        return Config(
            phoneme_type=phoneme_type,
            phoneme_id_map=ids,
            espeak_voice=self._text("espeak.voice"),
            sample_rate=int(self._number("audio.sample_rate", None, 8_000, 96_000)),
            num_symbols=int(self._number("num_symbols", 256, 1, 100_000)),
            num_speakers=int(speakers),
            speaker_id_map=self._speakers(int(speakers)),
            default_speaker_id=int(self._number("default_speaker_id", 0, 0, speakers - 1)),
            noise_scale=self._number("inference.noise_scale", 0.667, 0, 10),
            length_scale=self._number("inference.length_scale", 1.0, 0.05, 20),
            noise_w=self._number("inference.noise_w", 0.8, 0, 10),
            hop_length=int(self._number("hop_length", 256, 1, 8_192)),
            vowel_clusters=self._clusters(),
            phoneme_map=self._phoneme_map(),
            language=self._language(),
            title=self._text("dataset"),
            quality=self._text("audio.quality"),
            piper_version=self._text("piper_version"),
        )

    def _get(self, name: str) -> Any:
        value: Any = self._members
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def _object(self, name: str, *, required: bool = False) -> Mapping[str, Any]:
        value = self._get(name)
        if value is None and not required:
            return {}
        if not isinstance(value, dict) or (required and not value):
            raise _bad(self._file, f"{name} is no object with members")
        return value

    def _number(self, name: str, default: float | None, low: float, high: float) -> float:
        value = self._get(name)
        value = default if value is None else value
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise _bad(self._file, f"{name} is no number from {low:g} to {high:g}")
        return float(value)

    def _text(self, name: str) -> str:
        value = self._get(name)
        return value if isinstance(value, str) else ""

    def _ids(self, phoneme: str, value: Any) -> tuple[int, ...]:
        given = value if isinstance(value, list) else [value]
        most = int(self._number("num_symbols", 256, 1, 100_000))
        for number in given:
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < most:
                raise _bad(
                    self._file, f"phoneme_id_map gives {phoneme[:8]!r} an id that is none of 0-{most - 1}"
                )
        return tuple(given)

    def _speakers(self, count: int) -> Mapping[str, int]:
        speakers = self._object("speaker_id_map")
        for name, number in speakers.items():
            if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < count:
                raise _bad(
                    self._file, f"speaker_id_map gives {name[:40]!r} an id that is none of 0-{count - 1}"
                )
        return dict(sorted(speakers.items(), key=lambda item: item[1]))

    def _clusters(self) -> frozenset[str]:
        value = self._get("vowel_clusters") or []
        if not isinstance(value, list) or not all(isinstance(one, list | str) for one in value):
            raise _bad(self._file, "vowel_clusters is no list of phonemes that meet")
        return frozenset("".join(map(str, one)) for one in value)

    def _phoneme_map(self) -> Mapping[str, tuple[str, ...]]:
        return {
            phoneme: tuple(map(str, others)) if isinstance(others, list) else (str(others),)
            for phoneme, others in self._object("phoneme_map").items()
        }

    def _language(self) -> str:
        """As the configuration says, else as the file is called, else as espeak-ng's voice is."""
        for name in (self._text("language.code"), self._file.name, self._text("espeak.voice")):
            if match := _LANGUAGE.match(name):
                return match["language"] + (f"-{match['region']}" if match["region"] else "")
        return "und"


def _bad(file: Path, what: str) -> EngineError:
    return EngineError(
        "bad_config",
        f"The configuration {file.name} cannot be used: {what}.",
        hint="Fetch the voice's .onnx.json again; it belongs to this very .onnx.",
    )
