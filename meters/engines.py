"""Engines that Debian has and the voices of the house learnt from: flite's ``rms`` and HTS ``slt`` in festival.

A program of its own each, so that nothing of them is loaded here. Packages: flite; festival and festvox-us-slt-hts.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

_SECONDS_EACH = 30


class Clip(NamedTuple):
    """float32 of shape (frames,) or (frames, channels), and its rate."""

    samples: NDArray[np.floating[Any]]
    rate: int


@dataclass(frozen=True, slots=True)
class Engine:
    """``missing`` says which package to install, else None; ``speak`` raises CalledProcessError where the engine fails."""

    name: str
    missing: Callable[[], str | None]
    speak: Callable[[Sequence[str]], list[Clip]]


def _flite(texts: Sequence[str]) -> list[Clip]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "said.wav")
        clips = []
        for text in texts:
            _run(["flite", "-voice", "rms", "-t", text, "-o", str(path)], 1)
            clips.append(_read(path))
        return clips


def _festival(texts: Sequence[str]) -> list[Clip]:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.wav") for number in range(len(texts))]
        script = Path(folder, "say.scm")
        lines = [
            f'(utt.save.wave (SynthText {_quoted(text)}) {_quoted(str(path))} "riff")'
            for text, path in zip(texts, paths, strict=True)
        ]
        script.write_text("\n".join(["(voice_cmu_us_slt_arctic_hts)", *lines]))
        _run(["festival", "-b", str(script)], len(texts))
        return [_read(path) for path in paths]


def _quoted(text: str) -> str:
    """As Scheme reads it: a program's own escapes must not reach it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _run(command: Sequence[str], count: int) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS_EACH * (1 + count))


def _read(path: Path) -> Clip:
    samples, rate = soundfile.read(path, dtype="float32")
    return Clip(samples, rate)


def _flite_missing() -> str | None:
    return None if which("flite") else "apt install flite"


def _festival_missing() -> str | None:
    there = which("festival") and Path("/usr/share/festival/voices/us/cmu_us_slt_arctic_hts").is_dir()
    return None if there else "apt install festival festvox-us-slt-hts"


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("flite rms", _flite_missing, _flite),
        Engine("HTS slt", _festival_missing, _festival),
    )
}
