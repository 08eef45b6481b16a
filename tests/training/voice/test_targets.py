"""What the networks learn is what the teachers' vocoders are given, every 10 ms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from training.voice.engines import Spoken
from training.voice.targets import FLITE_ALPHA, durations, postfiltered, targets

from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

SILENCE = Phone(PAUSE, *[False] * 7)


def power(cepstra: np.ndarray) -> np.ndarray:
    w = np.linspace(0, np.pi, 2000)
    warped = w + 2 * np.arctan2(FLITE_ALPHA * np.sin(w), 1 - FLITE_ALPHA * np.cos(w))
    found: np.ndarray = np.exp(2 * cepstra @ np.cos(np.outer(np.arange(cepstra.shape[1]), warped)))
    return found


@pytest.fixture
def cepstra() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(7, 25)) / np.arange(1, 26)


def said(parameters: np.ndarray, *ends: int) -> Spoken:
    return Spoken(
        "", [SILENCE] * len(ends), ["0"] * len(ends), np.array(ends), parameters.astype(np.float32), None
    )


def test_the_postfilter_raises_formants_and_keeps_the_power(cepstra: np.ndarray) -> None:
    before, after = power(cepstra), power(postfiltered(cepstra, FLITE_ALPHA, 0.4))
    assert after.mean(axis=1) == pytest.approx(before.mean(axis=1), rel=1e-2)
    assert (np.log(after).std(axis=1) > np.log(before).std(axis=1)).all()


def test_a_postfilter_of_nothing_changes_nothing(cepstra: np.ndarray) -> None:
    assert postfiltered(cepstra, FLITE_ALPHA, 0.0) == pytest.approx(cepstra)


def test_every_phone_has_a_frame_and_every_frame_a_phone() -> None:
    short = said(np.zeros((9, 46)), 1, 2, 5, 8)
    assert durations(short).tolist() == [1, 1, 2, 2]
    assert len(targets("hts", short)) == durations(short).sum()


def test_pitch_runs_on_through_what_is_unvoiced() -> None:
    rows = np.full((10, 46), -1.0)
    rows[2, 0], rows[6, 0] = math.log(100), math.log(200)
    found = targets("hts", said(rows, 10))
    assert found[:, 1].tolist() == [0, 1, 0, 1, 0]
    expected = [math.log(100), math.log(100), math.log(100 * math.sqrt(2)), math.log(200), math.log(200)]
    assert found[:, 0] == pytest.approx(expected)


def test_a_teacher_that_never_speaks_still_has_a_pitch() -> None:
    assert np.isfinite(targets("hts", said(np.full((10, 46), -1.0), 10))).all()
