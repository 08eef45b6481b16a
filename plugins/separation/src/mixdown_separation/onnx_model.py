"""An HT-Demucs export, and what it says of itself.

Its interface: one input ``[1, 2, 343980]`` of samples at 44.1 kHz, one output ``[1, 4 or 6, 2, 343980]``. Other exports
leave the Fourier transform to their caller: they take the spectrum ``[1, 4, 2048, 336]`` as well, and give one
``[1, 4 or 6, 4, 2048, 336]`` whose sound is to be added.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import onnxruntime

from mixdown_kernel import Kind, Problem, Samples
from mixdown_separation.spectra import BINS, signals, spectrum

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
        self._ports = _Ports.of(session)
        self._type = TYPES[self._ports.mix.type]
        last = self._ports.mix.shape[2]
        self.frames: int = last if isinstance(last, int) else FRAMES
        self.stems = SOURCES[: self._count(self._ports.stems.shape)]
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
        ports = self._ports
        given = {ports.mix.name: np.ascontiguousarray(segment.T[None], dtype=self._type)}
        if ports.spectrum is None:
            return self._session.run([ports.stems.name], given)[0][0].astype(np.float32)
        given[ports.spectrum] = spectrum(segment.T)[None].astype(self._type)
        waves, spectra = self._session.run([ports.stems.name, ports.spectra], given)
        return waves[0].astype(np.float32) + signals(spectra[0], self.frames)

    def _count(self, shape: Sequence[Any]) -> int:
        """Of stems. A graph that does not say is asked."""
        count = (
            shape[1] if isinstance(shape[1], int) else len(self._run(np.zeros((self.frames, 2), np.float32)))
        )
        if count not in (4, 6):
            raise _unusable(f"makes {count} stems, and 4 or 6 have names")
        return count


@dataclass(frozen=True)
class _Ports:
    """The names of a graph's inputs and outputs; those of spectra where it leaves the Fourier transform to its
    caller."""

    mix: Any
    stems: Any
    spectrum: str | None = None
    spectra: str | None = None

    @classmethod
    def of(cls, session: Any) -> Self:
        inputs, outputs = session.get_inputs(), session.get_outputs()
        hybrid = len(inputs) == 2
        mix = _found(inputs, _is_mix)
        spectrum = _found(inputs, _is_spectrum) if hybrid else None
        if mix is None or len(inputs) > 2 or (hybrid and spectrum is None):
            raise _unusable(f"takes {_told(inputs)}, not [1, 2, frames] of float, nor its spectrum besides")
        stems = _found(outputs, lambda one: len(one.shape) == 4 and _is(one.shape[2], 2))
        spectra = _found(outputs, lambda one: len(one.shape) == 5 and _is(one.shape[2], 4))
        if stems is None or (hybrid and spectra is None):
            wanted = "[1, stems, 2, frames]" + " and [1, stems, 4, 2048, columns]" * hybrid
            raise _unusable(f"gives {_told(outputs)}, not {wanted}")
        if not hybrid:
            return cls(mix, stems)
        return cls(mix, stems, spectrum.name if spectrum else None, spectra.name if spectra else None)


def _is_mix(port: Any) -> bool:
    return len(port.shape) == 3 and _is(port.shape[1], 2) and port.type in TYPES


def _is_spectrum(port: Any) -> bool:
    return len(port.shape) == 4 and _is(port.shape[1], 4) and _is(port.shape[2], BINS) and port.type in TYPES


def _found(ports: Sequence[Any], fits: Callable[[Any], bool]) -> Any:
    """The only one that fits, else None."""
    fitting = [port for port in ports if fits(port)]
    return fitting[0] if len(fitting) == 1 else None


def _told(ports: Sequence[Any]) -> str:
    return ", ".join(f"{port.name}{port.shape} of {port.type}" for port in ports)


def _is(size: object, wanted: int) -> bool:
    """A size that the graph leaves open may be any."""
    return size == wanted or not isinstance(size, int)


def _unusable(fault: str) -> Problem:
    return Problem(
        Kind.UNSUPPORTED,
        "unsupported_model",
        f"the model {fault}",
        field="model",
        hint="Export HT-Demucs whole: one input of samples [1, 2, 343980], one output [1, 4, 2, 343980]; or with its "
        "spectra: [1, 4, 2048, 336] in, [1, 4, 4, 2048, 336] out besides.",
    )
