"""``python -m training.wideband``: after the teachers have spoken (``make train-voice``), in a minute.

Ridge regression from the mel-cepstrum below 8 kHz and voicing to the log response between 7 and 16 kHz, frame by frame, on a
portion of what the HTS teacher said; judged on the sentences for choices.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import mixdown_tts_onnx
from mixdown_tts_onnx.mixdown.envelope import warped
from mixdown_tts_onnx.mixdown.features import Layout
from training.voice import lessons
from training.voice.targets import targets
from training.voice.voices import VOICES

Array = NDArray[np.float64]

FOLDER = Path("build/training/voice")
FILE = Path(mixdown_tts_onnx.__file__).parent / "mixdown" / "wideband.json"
NARROW, WIDE = VOICES["rowan"], VOICES["wren"]
CEPSTRA = 25
KNOTS_HZ = np.arange(7_000.0, 16_001.0, 1_000.0)
KNOWN_HZ = 7_600.0
"""Up to here a recording of 16 kHz holds what was there."""
EVERY = 10
RIDGE = 1e-3
DECIBELS = 20 / np.log(10)


def main() -> None:
    given, wanted = examples(lessons.portions().__next__())
    weights = fitted(given, wanted)
    given, wanted = examples(("validation", lessons.validation()))
    error = DECIBELS * np.sqrt(np.mean(np.square(given @ weights - wanted), axis=0))
    spread = DECIBELS * wanted.std(axis=0)
    for hertz, off, all_ in zip(KNOTS_HZ, error, spread, strict=True):
        print(f"{hertz / 1000:4.0f} kHz: {off:4.1f} dB off (it varies by {all_:4.1f} dB)")
    members = {
        "rate": NARROW.rate,
        "alpha": NARROW.alpha,
        "mel_cepstra": CEPSTRA,
        "hertz": KNOTS_HZ.tolist(),
        "error_db": np.round(error, 2).tolist(),
        "weights": np.round(weights, 5).tolist(),
    }
    FILE.write_text(json.dumps(members) + "\n", encoding="utf-8")


def examples(portion: tuple[str, list[str]]) -> tuple[Array, Array]:
    """Narrow mel-cepstra, voicing and 1 (n, CEPSTRA + 2), and log responses at the knots (n, knots)."""
    name, sentences = portion
    spoken = lessons.heard("hts", sentences, FOLDER, name)
    rows = np.concatenate([targets("hts", one)[::EVERY] for one in spoken]).astype(np.float64)
    cepstra = rows[:, Layout(45, 0).spectrum]
    hertz = np.arange(0, KNOWN_HZ + 1, 50.0)
    below, above = (
        cepstra @ _cosines(at, cepstra.shape[1], WIDE.rate, WIDE.alpha) for at in (hertz, KNOTS_HZ)
    )
    narrow = np.linalg.lstsq(_cosines(hertz, CEPSTRA, NARROW.rate, NARROW.alpha).T, below.T, rcond=None)[0].T
    return np.concatenate([narrow, rows[:, 1:2], np.ones((len(rows), 1))], axis=1), above


def fitted(given: Array, wanted: Array) -> Array:
    """Weights (CEPSTRA + 2, knots)."""
    size = given.shape[1]
    penalty = np.diag([RIDGE * len(given)] * CEPSTRA + [0.0] * (size - CEPSTRA))
    return np.asarray(np.linalg.solve(given.T @ given + penalty, given.T @ wanted), np.float64)


def _cosines(hertz: Array, count: int, rate: int, alpha: float) -> Array:
    return np.cos(np.arange(count)[:, np.newaxis] * warped(2 * np.pi * hertz / rate, alpha))


if __name__ == "__main__":
    main()
