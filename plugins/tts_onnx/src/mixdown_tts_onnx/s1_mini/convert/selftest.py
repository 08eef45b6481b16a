"""A converted model is loaded and made to speak before anybody relies on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.engine import S1MiniEngine

TEXT = "One, two, three."
FRAMES = 12


def self_test(directory: Path, options: Options) -> None:
    """`EngineError` ``self_test_failed`` where the model does not load, or what it says is no sound, or differs when
    it is said again."""
    engine = S1MiniEngine(directory, options)
    try:
        takes = [_speak(engine) for _ in range(2)]
    finally:
        engine.close()
    sound, again = takes
    frames = len(sound) / engine.facts.frame_length
    if not np.isfinite(sound).all() or not np.any(sound):
        raise _failed("speaks silence, or no numbers")
    if not 1 <= frames <= FRAMES or frames != int(frames):
        raise _failed(f"made {frames:g} frames of sound")
    if not np.array_equal(sound, again):
        raise _failed("said the same differently the second time")


def _speak(engine: S1MiniEngine) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    utterance = {
        "text": TEXT,
        "seed": 1,
        "voice": {"references": []},
        "max_frames": FRAMES,
    }
    return np.concatenate([piece.samples for piece in engine.speak(utterance)])


def _failed(what: str) -> EngineError:
    return EngineError(
        "self_test_failed",
        f"The converted model {what}.",
        hint="Nothing was installed. Check that the checkpoint is whole, and report it.",
    )
