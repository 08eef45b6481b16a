"""The codec's encoder: a recording to the codes that a voice is cloned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.runtime.session import open_session
from mixdown_tts_onnx.s1_mini.codec.facts import Facts
from mixdown_tts_onnx.s1_mini.codec.stream import StatefulRun

PIECE = 8
"""Frames in one run, which bounds memory."""

SHORTEST = 1.0
"""Seconds of a recording from which a voice can be told."""

SILENCE = 1e-3
"""A recording whose samples all stay below (−60 dBFS) holds no voice."""


class Encoder:
    """A loaded encoder graph.

    Attributes:
        rate: Hz of the recordings that it takes.
        frame_length: samples of a frame.
        max_frames: of the longest recording.
    """

    def __init__(self, path: Path, options: Options) -> None:
        """`EngineError` ``missing_model_file``, ``corrupt_model``, ``unsupported_model`` or ``wrong_model``."""
        self._session = open_session(
            path,
            options,
            inputs={"audio": ("tensor(float)",), "position": ("tensor(int64)",)},
            outputs=("codes",),
            entries={"session.intra_op.allow_spinning": "0"},
        )
        facts = Facts.of(self._session)
        self.rate, self.frame_length, self.max_frames = facts.rate, facts.frame_length, facts.max_frames

    def encode(self, samples: NDArray[np.float32]) -> NDArray[np.int64]:
        """The codes of a recording: (frames, codebooks), the semantic code first.

        Args:
            samples: (frames,) at `rate`, mono; silence is added up to a whole frame, as in the reference.

        Raises:
            EngineError: ``bad_reference`` for a recording that is not such, too short, too long or silent.
        """
        samples = np.asarray(samples, np.float32)
        self._check(samples)
        frames = -(-len(samples) // self.frame_length)
        samples = np.pad(samples, (0, frames * self.frame_length - len(samples)))
        run, step = StatefulRun(self._session), PIECE * self.frame_length
        pieces = [
            run.run("audio", piece, len(piece) // self.frame_length, "codes")
            for piece in (samples[start : start + step] for start in range(0, len(samples), step))
        ]
        return np.concatenate(pieces)

    def _check(self, samples: NDArray[np.float32]) -> None:
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise _bad_reference("is not mono, or has samples that are no numbers")
        seconds = len(samples) / self.rate
        longest = self.max_frames * self.frame_length / self.rate
        if not SHORTEST <= seconds <= longest:
            raise _bad_reference(f"lasts {seconds:.1f} seconds, not {SHORTEST:.0f} to {longest:.0f}")
        if np.abs(samples).max() < SILENCE:
            raise _bad_reference("is silent")


def _bad_reference(what: str) -> EngineError:
    return EngineError(
        "bad_reference",
        f"The reference recording {what}.",
        kind="invalid",
        field="reference",
        hint="Give ten seconds or so of one speaker, clean and not too quiet.",
    )
