"""What the teachers say of every sentence, kept in a folder, in portions that survive an interruption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from mixdown_tts_onnx.mixdown.features import rises
from training.voice.engines import Spoken, asked_flite, asked_hts
from training.voice.labels import Labels
from training.voice.text import sentences

Teacher = Literal["flite", "hts"]
SENTENCES, UNSEEN, PORTION, SEED = 12_000, 200, 2_000, 7
_HERE = Path(__file__).parent


def portions() -> Iterator[tuple[str, list[str]]]:
    """The sentences to learn from, under a name each."""
    made = sentences(SENTENCES + UNSEEN, SEED)
    for number in range(SENTENCES // PORTION):
        yield f"train-{number}", made[number * PORTION : (number + 1) * PORTION]


def validation() -> list[str]:
    """Sentences for choices: some made as those above, some written by hand."""
    return sentences(SENTENCES + UNSEEN, SEED)[SENTENCES:] + _lines("validation.txt")


def held_out() -> list[str]:
    """Sixty written by hand, for the last figures only."""
    return _lines("held_out.txt")


def heard(
    teacher: Teacher, asked: Sequence[str], folder: Path, name: str, sound: bool = False
) -> list[Spoken]:
    """HTS is given flite's phones, stresses and accents: one front end for both."""
    said = asked_flite(asked, folder, name, sound)
    if teacher == "flite":
        return said
    labels = [Labels(one.phones, one.classes, rises(one.text)).lines() for one in said]
    return asked_hts(said, labels, folder, name, sound)


def _lines(name: str) -> list[str]:
    return (_HERE / name).read_text(encoding="utf-8").splitlines()
