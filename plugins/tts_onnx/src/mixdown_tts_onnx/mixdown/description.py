"""``voice.json``: what a voice of this family is, beside its two graphs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn, cast, get_args

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.mixdown.features import FRAME_MS, Layout

FILE, ENCODER, DECODER = "voice.json", "encoder.onnx", "decoder.onnx"
FILES = (FILE, ENCODER, DECODER)
MAX_BYTES = 1 << 20
Gender = Literal["female", "male", "neutral"]


@dataclass(frozen=True, slots=True)
class Description:
    """A voice as it was trained.

    ``rate`` in Hz, ``alpha`` as of `Layout`; ``bands_hz`` are the edges of its band strengths, none for a voice without;
    ``reach`` is how many frames on each side of one its decoder sees; ``mean_log_f0`` of Hz; ``sha256`` of its graphs, by
    file.
    """

    name: str
    language: str
    gender: Gender
    rate: int
    layout: Layout
    alpha: float
    bands_hz: tuple[float, ...]
    reach: int
    mean_log_f0: float
    teacher: str
    licence: str
    sha256: Mapping[str, str] = field(hash=False)


def folders(directory: Path) -> list[Path]:
    """Those of the voices of a model's directory, which need not exist."""
    return sorted(file.parent for file in directory.glob(f"*/{FILE}"))


def read_description(folder: Path) -> Description:
    """Raises `EngineError`: ``missing_model_file``, ``bad_config`` saying which field."""
    for name in FILES:
        if not (folder / name).is_file():
            raise EngineError(
                "missing_model_file",
                f"The voice {folder.name} lacks its file {name}.",
                hint=f"A voice is a folder with {', '.join(FILES)}.",
            )
    file = folder / FILE
    try:
        members = json.loads(file.read_bytes()[:MAX_BYTES])
    except ValueError as error:
        raise _bad(folder.name, "it is no JSON") from error
    if not isinstance(members, dict):
        raise _bad(folder.name, "it is no JSON object")
    return _Reader(folder.name, members).description()


class _Reader:
    """Takes members out and names the one that is wrong."""

    def __init__(self, voice: str, members: Mapping[str, Any]) -> None:
        self._voice = voice
        self._members = members

    def description(self) -> Description:
        if self._members.get("frame_ms") != FRAME_MS:
            self._refuse(f"frame_ms is not {FRAME_MS}")
        rate = self._whole("rate", 8_000, 48_000)
        if rate * FRAME_MS % 2_000:
            self._refuse("rate has no whole number of samples in 5 ms")
        bands = self._bands(rate)
        return Description(
            name=self._voice,
            language=self._text("language") or "en-US",
            gender=self._gender(),
            rate=rate,
            layout=Layout(self._whole("mel_cepstra", 2, 200), max(0, len(bands) - 1)),
            alpha=self._number("alpha", 0, 0.9),
            bands_hz=bands,
            reach=self._whole("decoder_field", 0, 1_000),
            mean_log_f0=self._number("mean_log_f0", 3, 7),
            teacher=self._text("teacher"),
            licence=self._text("licence"),
            sha256=self._hashes(),
        )

    def _number(self, name: str, low: float, high: float) -> float:
        value = self._members.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self._refuse(f"{name} is no number from {low:g} to {high:g}")
        return value

    def _whole(self, name: str, low: int, high: int) -> int:
        value = self._number(name, low, high)
        if not isinstance(value, int):
            self._refuse(f"{name} is no whole number")
        return value

    def _text(self, name: str) -> str:
        value = self._members.get(name, "")
        if not isinstance(value, str):
            self._refuse(f"{name} is no text")
        return value

    def _hashes(self) -> Mapping[str, str]:
        value = self._members.get("sha256")
        if not isinstance(value, dict) or any(
            not isinstance(value.get(name), str) for name in (ENCODER, DECODER)
        ):
            self._refuse(f"sha256 does not tell the hashes of {ENCODER} and {DECODER}")
        return {name: value[name] for name in (ENCODER, DECODER)}

    def _gender(self) -> Gender:
        value = self._text("gender") or "neutral"
        if value not in get_args(Gender):
            self._refuse(f"gender is none of {', '.join(get_args(Gender))}")
        return cast(Gender, value)

    def _bands(self, rate: int) -> tuple[float, ...]:
        value = self._members.get("bands_hz", [])
        edges = value if isinstance(value, list) else [None]
        if any(isinstance(edge, bool) or not isinstance(edge, int | float) for edge in edges):
            self._refuse("bands_hz is no list of numbers")
        if len(edges) == 1 or edges != sorted(set(edges)) or any(not 0 <= edge <= rate / 2 for edge in edges):
            self._refuse(f"bands_hz are no edges from 0 to {rate / 2:g}, ascending")
        return tuple(map(float, edges))

    def _refuse(self, what: str) -> NoReturn:
        raise _bad(self._voice, what)


def _bad(voice: str, what: str) -> EngineError:
    return EngineError(
        "bad_config",
        f"The description {FILE} of the voice {voice} cannot be used: {what}.",
        hint="Take voice.json, encoder.onnx and decoder.onnx of one and the same training.",
    )
