"""The teachers: flite (voice rms) and HTS (voice slt), each asked by a small C program that is compiled when needed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.mixdown.features import PAUSE, PHONES, Phone

Frames = NDArray[np.float32]

PACKAGES = "gcc flite1-dev libhtsengine-dev festvox-us-slt-hts wamerican"
HTS_VOICE = Path("/usr/share/festival/voices/us/cmu_us_slt_arctic_hts/hts/cmu_us_slt_arctic_hts.htsvoice")
FLITE_RATE, HTS_RATE = 16_000, 32_000
STEP_S = 0.005
"""Between two frames of either."""

_LIBRARIES = {
    "flite_dump": ("-lflite_cmu_us_rms", "-lflite_usenglish", "-lflite_cmulex", "-lflite", "-lm"),
    "hts_dump": ("-lHTSEngine", "-lm"),
}
_FLITE_COLUMNS, _HTS_COLUMNS = 31, 46


@dataclass(frozen=True, slots=True)
class Spoken:
    """A sentence as a teacher says it."""

    text: str
    phones: list[Phone]
    classes: list[str]
    """Of each phone's word, as flite guesses it: content, in, to, det, md, cc, wp, pps, aux; "0" at pauses."""
    ends: NDArray[np.int64]
    """(phones,), in frames of 5 ms"""
    parameters: Frames
    """(frames, columns) at 5 ms, as the program of the teacher documents them"""
    sound: NDArray[np.int16] | None


def missing() -> str | None:
    """The command that installs what is not here, if anything."""
    headers = ("/usr/include/flite/flite.h", "/usr/include/HTS_engine.h", "/usr/share/dict/american-english")
    if shutil.which("gcc") and HTS_VOICE.exists() and all(Path(header).exists() for header in headers):
        return None
    return f"sudo apt-get install --yes --no-install-recommends {PACKAGES}"


def compiled(name: str, folder: Path) -> Path:
    """A program of this folder, compiled into ``folder`` if it is newer than what lies there."""
    source, program = Path(__file__).with_name(f"{name}.c"), folder / name
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        command = ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(program), str(source), *_LIBRARIES[name]]
        subprocess.run(command, check=True)
    return program


def asked_flite(sentences: Sequence[str], folder: Path, name: str, sound: bool = False) -> list[Spoken]:
    """What flite says, without sentences of which it makes no phone; kept in ``folder`` under ``name``."""
    stem = folder / f"flite-{name}"
    _dumped([str(compiled("flite_dump", folder))], "\n".join(sentences) + "\n", stem, sound)
    rows = _rows(stem.with_suffix(".par"), _FLITE_COLUMNS)
    samples = np.memmap(stem.with_suffix(".pcm"), np.int16, "r") if sound else None
    return list(_flite_utterances(stem.with_suffix(".txt").read_text(encoding="utf-8"), rows, samples))


def _flite_utterances(text: str, rows: Frames, samples: NDArray[np.int16] | None) -> Iterator[Spoken]:
    frame = sample = 0
    for block in text.removeprefix("#\t").split("\n#\t"):
        head, *lines = block.strip("\n").split("\n")
        frames, heard, sentence = head.split("\t", 2)
        parameters = rows[frame : frame + int(frames)]
        sound = None if samples is None else samples[sample : sample + int(heard)]
        frame, sample = frame + int(frames), sample + int(heard)
        fields = [line.split("\t") for line in lines]
        if len(fields) > 2 and all(row[0] in PHONES for row in fields):
            ends = np.round(np.array([float(row[1]) for row in fields]) / STEP_S).astype(np.int64)
            yield Spoken(
                sentence, [_phone(row) for row in fields], [row[8] for row in fields], ends, parameters, sound
            )


def _phone(row: Sequence[str]) -> Phone:
    name, _, *flags, kind = row
    if name == PAUSE:
        return Phone(name, *[False] * 7)
    return Phone._make((name, *(flag == "1" for flag in flags), kind == "content"))


def asked_hts(
    spoken: Sequence[Spoken], labels: Sequence[str], folder: Path, name: str, sound: bool = False
) -> list[Spoken]:
    """The same phones in the voice of HTS; ``labels``: of each sentence, a line a phone."""
    stem = folder / f"hts-{name}"
    asked = "".join(f"{len(one.phones)}\n{lines}\n" for one, lines in zip(spoken, labels, strict=True))
    _dumped([str(compiled("hts_dump", folder)), str(HTS_VOICE)], asked, stem, sound)
    rows = _rows(stem.with_suffix(".par"), _HTS_COLUMNS)
    samples = np.memmap(stem.with_suffix(".pcm"), np.int16, "r") if sound else None
    frame = sample = 0
    found = []
    for one, line in zip(spoken, stem.with_suffix(".txt").read_text().splitlines(), strict=True):
        frames, heard, *durations = map(int, line.split())
        said = None if samples is None else samples[sample : sample + heard]
        found.append(
            Spoken(
                one.text, one.phones, one.classes, np.cumsum(durations), rows[frame : frame + frames], said
            )
        )
        frame, sample = frame + frames, sample + heard
    return found


def _dumped(program: list[str], asked: str, stem: Path, sound: bool) -> None:
    """``stem``.txt, .par and (with sound) .pcm, made where they are not there yet; the filters beside them."""
    if stem.with_suffix(".txt").exists():
        return
    unfinished = stem.with_suffix(".part")
    files = [str(stem.with_suffix(".par")), str(stem.with_suffix(".pcm")) if sound else "-"]
    with unfinished.open("w") as said, stem.with_suffix(".err").open("w") as complaints:
        subprocess.run([*program, *files], input=asked, text=True, stdout=said, stderr=complaints, check=True)
    unfinished.replace(stem.with_suffix(".txt"))


def _rows(path: Path, columns: int) -> Frames:
    rows: Frames = np.memmap(path, np.float32, "r").reshape(-1, columns)
    return rows
