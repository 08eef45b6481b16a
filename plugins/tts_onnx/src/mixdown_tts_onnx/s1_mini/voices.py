"""Voices as the engine needs them: the keys and values that their part of a prompt leaves, kept on disk.

A voice is a list of references (a recording and what is said in it), or one that the model draws by chance: it speaks a
sentence with a seed, and from then on that is the reference.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.cache import Prefix
from mixdown_tts_onnx.s1_mini.eviction import evict
from mixdown_tts_onnx.s1_mini.prompt import Codes

FORMAT = 1
KEPT_IN_MEMORY = 256 << 20
"""Bytes of prefixes; the last one stays however large."""
DRAWN_TEXT = (
    "When the sun comes up over the hills, the whole valley turns to gold, and the birds begin to sing."
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A reference to be encoded: ``samples`` is a file of float32 at the codec's rate, mono; ``sha256`` its hash."""

    text: str
    samples: Path
    sha256: str

    def read(self) -> NDArray[np.float32]:
        """`EngineError` ``bad_reference`` where it has gone."""
        try:
            return np.fromfile(self.samples, "<f4")
        except OSError:
            raise EngineError(
                "bad_reference",
                "The reference recording is no longer there.",
                kind="invalid",
                field="parameters.reference",
                hint="Give it again.",
            ) from None


@dataclass(frozen=True, slots=True)
class VoiceSpec:
    """Which voice: references, or the seed of a drawn one, or neither: then the model takes whichever comes to it."""

    references: tuple[Recording, ...] = ()
    drawn: int | None = None

    @classmethod
    def of(cls, voice: Mapping[str, Any]) -> VoiceSpec:
        references = tuple(
            Recording(one["text"], Path(one["samples"]), one["sha256"]) for one in voice.get("references", ())
        )
        return cls(references, voice.get("drawn"))

    def identity(self) -> list[Any]:
        """What it depends on besides the model."""
        return [self.drawn, [[one.sha256, one.text] for one in self.references]]


class VoiceStore:
    """Prefixes by signature: some in memory, more on disk, the least recently used of each go."""

    def __init__(self, folder: Path, model: str, limit: int) -> None:
        """``model`` is the hash of everything that a prefix depends on besides its voice; ``limit`` is bytes on disk."""
        self._folder = folder
        self._model = model
        self._limit = limit
        self._recent: OrderedDict[str, Prefix] = OrderedDict()

    def prefix(self, voice: VoiceSpec) -> Prefix | None:
        """One that was kept."""
        signature = self._signature(["prefix", voice.identity()])
        kept = self._recent.get(signature)
        if kept is None:
            kept = self._read(signature)
            if kept is None:
                return None
            self._remember(signature, kept)
        self._recent.move_to_end(signature)
        return kept

    def keep(self, voice: VoiceSpec, prefix: Prefix) -> None:
        signature = self._signature(["prefix", voice.identity()])
        self._remember(signature, prefix)
        self._write(signature, prefix)

    def codes(self, recording: Recording, encode: Callable[[NDArray[np.float32]], Codes]) -> Codes:
        """A recording's codes, encoded once. May be called from another thread than the rest."""
        signature = self._signature(["codes", recording.sha256])
        codes = self._read(signature)
        if codes is None:
            codes = encode(recording.read())
            self._write(signature, codes)
        return codes

    def _signature(self, of: Sequence[Any]) -> str:
        return hashlib.sha256(json.dumps([FORMAT, self._model, *of]).encode()).hexdigest()

    def _remember(self, signature: str, prefix: Prefix) -> None:
        self._recent[signature] = prefix
        while len(self._recent) > 1 and sum(one.nbytes for one in self._recent.values()) > KEPT_IN_MEMORY:
            self._recent.popitem(last=False)

    def _read(self, signature: str) -> NDArray[Any] | None:
        path = self._folder / f"{signature}.npy"
        try:
            kept: NDArray[Any] = np.load(path, allow_pickle=False)
            os.utime(path)
        except (OSError, ValueError, EOFError):  # not there, or cut short by a full disk
            return None
        return kept

    def _write(self, signature: str, array: NDArray[Any]) -> None:
        """A disk that is full costs time later, and nothing else."""
        part = self._folder / f"{uuid.uuid4().hex}.part"
        with suppress(OSError):
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                with part.open("wb") as file:
                    np.save(file, array)
                part.replace(self._folder / f"{signature}.npy")
            finally:
                part.unlink(missing_ok=True)
            evict(self._folder.glob("*.npy"), self._limit)
