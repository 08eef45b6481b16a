"""The teachers themselves, where Debian's packages are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.voice.engines import STEP_S, Spoken, missing
from training.voice.lessons import Teacher, heard
from training.voice.targets import LAYOUTS, durations, targets

from mixdown_tts_onnx.mixdown.features import PAUSE

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"needs {missing()}")
TEXTS = ["We paid the old baker.", "Is it late?"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("teachers")


@pytest.mark.parametrize("teacher", ["flite", "hts"])
def test_a_teacher_says_every_sentence(teacher: Teacher, folder: Path) -> None:
    first, second = heard(teacher, TEXTS, folder, f"all-{teacher}", sound=True)
    names = [phone.name for phone in first.phones]
    assert names == f"{PAUSE} w iy p ey d dh iy ow l d b ey k er {PAUSE}".split()
    assert (np.diff(first.ends) > 0).all()
    assert [first.text, second.text] == TEXTS
    for one in (first, second):
        rows = targets(teacher, one)
        assert rows.shape == (durations(one).sum(), LAYOUTS[teacher].width)
        assert np.isfinite(rows).all()
        assert 70 < np.exp(rows[rows[:, 1] > 0, 0]).mean() < 250


def test_words_and_syllables_are_marked(folder: Path) -> None:
    first, _ = heard("flite", TEXTS, folder, "marks")
    baker = first.phones[-5:-1]
    assert [phone.stressed for phone in baker] == [True, True, False, False]
    assert [phone.word_start for phone in baker] == [True, False, False, False]
    assert [phone.syllable_end for phone in baker] == [False, True, False, True]
    assert [phone.content for phone in first.phones[6:8]] == [False, False]


def test_parameters_last_as_long_as_the_sound(folder: Path) -> None:
    rates: dict[Teacher, int] = {"flite": 16_000, "hts": 32_000}
    for teacher, rate in rates.items():
        for one in heard(teacher, TEXTS, folder, f"long-{teacher}", sound=True):
            assert one.sound is not None
            assert len(one.sound) / rate == pytest.approx(len(one.parameters) * STEP_S, abs=2 * STEP_S)


def test_what_was_said_is_not_said_again(folder: Path) -> None:
    def all_rows(found: list[Spoken]) -> np.ndarray:
        return np.concatenate([one.parameters for one in found])

    once = all_rows(heard("hts", TEXTS, folder, "kept"))
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("*-kept.*")}
    assert np.array_equal(all_rows(heard("hts", TEXTS, folder, "kept")), once)
    assert stamps == {path: path.stat().st_mtime_ns for path in folder.glob("*-kept.*")}
