"""An HT-Demucs export, and what it says of itself.

Its interface: one input ``[1, 2, 343980]`` of samples at 44.1 kHz, one output ``[1, 4 or 6, 2, 343980]``. Other exports
leave the Fourier transform to their caller and take a spectrum as well: those are refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from mixdown_kernel import Kind, Problem, Samples

RATE = 44_100
FRAMES = 343_980
"""7.8 s: what HT-Demucs was trained on, where the graph leaves it open."""
SOURCES = ("drums", "bass", "other", "vocals", "guitar", "piano")
TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class OnnxModel:
    """Meets `segments.Model`. Blocking."""

    def __init__(self, session: Any, sha256: str) -> None:
        self.sha256 = sha256
        self._session = session
        given, made = _the_only_input(session), _the_only_output(session)
        self._input, self._output, self._type = given.name, made.name, TYPES[given.type]
        last = given.shape[2]
        self.frames: int = last if isinstance(last, int) else FRAMES
        self.stems = SOURCES[: self._count(made.shape)]
        self.channels = 2 * len(self.stems)

    @classmethod
    def load(cls, path: Path, threads: int) -> Self:
        """`Problem` for what is no model, or one of another interface."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except OSError as error:
            raise _unusable(f"cannot be read ({error.strerror})") from None
        except Exception as error:  # the runtime raises what it likes for files that are no graphs
            raise _unusable(f"is no ONNX graph that can be run ({type(error).__name__})") from error
        return cls(session, sha256)

    def __call__(self, segment: Samples) -> Samples:
        made: Samples = self._run(segment).transpose(2, 0, 1).reshape(self.frames, self.channels)
        return made

    def _run(self, segment: Samples) -> Any:
        """Shape (stems, 2, frames)."""
        given = np.ascontiguousarray(segment.T[None], dtype=self._type)
        return self._session.run([self._output], {self._input: given})[0][0].astype(np.float32)

    def _count(self, shape: Sequence[Any]) -> int:
        """Of stems. A graph that does not say is asked."""
        count = (
            shape[1] if isinstance(shape[1], int) else len(self._run(np.zeros((self.frames, 2), np.float32)))
        )
        if count not in (4, 6):
            raise _unusable(f"makes {count} stems, and 4 or 6 have names")
        return count


def _the_only_input(session: Any) -> Any:
    """``[1, 2, frames]``."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(f"{one.name}{one.shape}" for one in inputs)
        raise _unusable(f"takes {names}: an export that leaves its Fourier transform to the caller")
    given = inputs[0]
    if len(given.shape) != 3 or not _is(given.shape[1], 2) or given.type not in TYPES:
        raise _unusable(f"takes {given.name}{given.shape} of {given.type}, not [1, 2, frames] of float")
    return given


def _the_only_output(session: Any) -> Any:
    """``[1, stems, 2, frames]``."""
    outputs = session.get_outputs()
    found = [one for one in outputs if len(one.shape) == 4 and _is(one.shape[2], 2)]
    if len(found) != 1:
        names = ", ".join(f"{one.name}{one.shape}" for one in outputs)
        raise _unusable(f"gives {names}, not one [1, stems, 2, frames]")
    return found[0]


def _is(size: object, wanted: int) -> bool:
    """A size that the graph leaves open may be any."""
    return size == wanted or not isinstance(size, int)


def _unusable(fault: str) -> Problem:
    return Problem(
        Kind.UNSUPPORTED,
        "unsupported_model",
        f"the model {fault}",
        field="model",
        hint="Export HT-Demucs whole: one input of samples [1, 2, 343980], one output [1, 4, 2, 343980].",
    )
