"""Voices of Kokoro: style vectors, one row for each number of phonemes; and blends, which are weighted sums of them.

Two layouts are known. ``voices-v1.0.bin`` is an npz archive (whatever its suffix) with an array for each voice; the
files ``voices/af_heart.bin`` of onnx-community are bare float32.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.kokoro.vocabulary import STYLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_BLENDED = 8
MAX_WEIGHT = 100.0
MAX_VOICES = 2_000
MAX_BYTES = 16 << 20
"""Of one voice; 522,240 are usual."""
HINT = "Pull the model again, or use voices of Kokoro v1.0: float32 of shape (510, 1, 256)."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PART = re.compile(rf"({_NAME.pattern})\s*(?:\(\s*(\d+(?:\.\d+)?|\.\d+)\s*\))?")
_ARRAY_HEADER = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def voice_names(source: Path) -> list[str]:
    """Without reading styles, but having looked at the shape of each.

    Raises `EngineError` (``bad_voices``).
    """
    shapes = _bare_shapes(source) if source.is_dir() else _archived_shapes(source)
    names = []
    for name, shape in shapes:
        if not _NAME.fullmatch(name):
            raise _bad(source, f"a voice cannot be called {name[:40]!r}")
        _check_shape(source, name, shape)
        names.append(name)
    if not names:
        raise _bad(source, "it holds none")
    if len(names) > MAX_VOICES:
        raise _bad(source, f"it holds {len(names)}, and {MAX_VOICES} are allowed")
    return sorted(names)


class Styles:
    """Reads styles when they are asked for, and keeps them: half a megabyte a voice."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._read: dict[str, NDArray[np.float32]] = {}

    def style(self, blend: Sequence[tuple[str, float]], phonemes: int) -> NDArray[np.float32]:
        """Shape (1, 256), for so many phonemes of a blend whose weights sum to one.

        Raises `EngineError`: ``unknown_voice``, ``bad_voices``.
        """
        rows = [self._row(name, phonemes) for name, _ in blend]
        if len(rows) == 1:
            return rows[0]
        weights = np.array([weight for _, weight in blend], np.float32)
        style: NDArray[np.float32] = np.tensordot(weights, np.stack(rows), 1).astype(np.float32)
        return style

    def _row(self, name: str, phonemes: int) -> NDArray[np.float32]:
        voice = self._voice(name)
        row: NDArray[np.float32] = voice[min(phonemes, len(voice)) - 1]
        return row

    def _voice(self, name: str) -> NDArray[np.float32]:
        if name not in self._read:
            bare = self._source.is_dir()
            read = np.asarray(_read_bare(self._source, name) if bare else _read_archived(self._source, name))
            _check_shape(self._source, name, read.shape)
            voice = read.reshape(len(read), 1, STYLE).astype(np.float32)
            if not np.isfinite(voice).all():
                raise _bad(self._source, f"{name} is not finite")
            self._read[name] = voice
        return self._read[name]


@dataclass(frozen=True, slots=True)
class Blend:
    """One voice or several with their shares, which sum to one. ``id`` is the name in its customary form."""

    id: str
    parts: tuple[tuple[str, float], ...]


def read_blend(name: str, known: Iterable[str]) -> Blend | None:
    """``af_bella(2)+af_sky(1)``, or None for what is no voice here. A weight that is not given is one."""
    matches = [_PART.fullmatch(part.strip()) for part in name.split("+", MAX_BLENDED)]
    weights: dict[str, float] = {}
    for match in matches:
        if match is None:
            return None
        weights[match[1]] = weights.get(match[1], 0.0) + float(match[2] or 1)
    total = sum(weights.values())
    if not set(weights) <= set(known) or len(matches) > MAX_BLENDED:
        return None
    if any(not 0 < weight <= MAX_WEIGHT for weight in weights.values()):
        return None
    if len(weights) == 1:
        (only,) = weights
        return Blend(only, ((only, 1.0),))
    id_ = "+".join(f"{voice}({weight:g})" for voice, weight in weights.items())
    return Blend(id_, tuple((voice, weight / total) for voice, weight in weights.items()))


def _archived_shapes(source: Path) -> Iterable[tuple[str, tuple[int, ...]]]:
    try:
        with zipfile.ZipFile(source) as archive:
            shapes = []
            for name in archive.namelist():
                with archive.open(name) as member:
                    version = np.lib.format.read_magic(member)
                    shape, _, kind = _ARRAY_HEADER[version](member)
                if kind.kind != "f":
                    raise _bad(source, f"{name} holds {kind} and not numbers with a fraction")
                shapes.append((name.removesuffix(".npy"), shape))
            return shapes
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, NotImplementedError) as error:
        raise _bad(source, "it is no npz archive, or damaged") from error


def _bare_shapes(folder: Path) -> Iterable[tuple[str, tuple[int, ...]]]:
    for file in folder.glob("*.bin"):
        rows, rest = divmod(file.stat().st_size, 4 * STYLE)
        yield file.stem, (rows, STYLE) if not rest else (file.stat().st_size,)


def _read_archived(source: Path, name: str) -> NDArray[np.float32]:
    try:
        with np.load(source, allow_pickle=False) as archive:
            voice: NDArray[np.float32] = archive[name]
            return voice
    except KeyError as error:
        raise _unknown(name) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _bad(source, f"{name} is damaged") from error


def _read_bare(folder: Path, name: str) -> NDArray[np.float32]:
    file = folder / f"{name}.bin"
    if not _NAME.fullmatch(name) or not file.is_file():
        raise _unknown(name)
    data = np.fromfile(file, "<f4")
    return data.reshape(-1, STYLE) if len(data) % STYLE == 0 else data


def _check_shape(source: Path, name: str, shape: tuple[int, ...]) -> None:
    fits = (
        len(shape) in (2, 3) and shape[0] >= 1 and shape[-1] == STYLE and (len(shape) == 2 or shape[1] == 1)
    )
    if not fits or shape[0] * STYLE * 4 > MAX_BYTES:
        raise _bad(source, f"{name} has shape {shape}")


def _unknown(name: str) -> EngineError:
    return EngineError(
        "unknown_voice", f"The model has no voice {name[:60]!r}.", kind="not_found", field="voice"
    )


def _bad(source: Path, what: str) -> EngineError:
    return EngineError("bad_voices", f"The voices in {source.name} cannot be used: {what}.", hint=HINT)
