"""The codec's decoder: frames of codes to audio, as they come or at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.runtime.session import Session, open_session
from mixdown_tts_onnx.s1_mini.codec.facts import Facts
from mixdown_tts_onnx.s1_mini.codec.stream import StatefulRun

PIECE = 8
"""The most frames in one run, which bounds memory."""


class Decoder:
    """A loaded decoder graph. Several streams may use it at the same time.

    Attributes:
        rate: Hz of the audio.
        frame_length: samples of a frame.
        codebooks: entries of each codebook.
        max_frames: the longest stream.
    """

    def __init__(self, path: Path, options: Options) -> None:
        """`EngineError` ``missing_model_file``, ``corrupt_model``, ``unsupported_model`` or ``wrong_model``."""
        self._session = open_session(
            path,
            options,
            inputs={"codes": ("tensor(int64)",), "position": ("tensor(int64)",)},
            outputs=("audio",),
            entries={"session.intra_op.allow_spinning": "0"},
        )
        facts = Facts.of(self._session)
        self.rate, self.frame_length = facts.rate, facts.frame_length
        self.codebooks, self.max_frames = facts.codebooks, facts.max_frames

    def stream(self) -> StreamingDecoder:
        """A decoder of one utterance."""
        return StreamingDecoder(self._session, self.frame_length, self.codebooks, self.max_frames)

    def decode(self, codes: NDArray[np.integer]) -> NDArray[np.float32]:
        """A whole utterance, as `StreamingDecoder.decode`."""
        return self.stream().decode(codes)


class StreamingDecoder:
    """One utterance. The decoder is causal: a frame's audio is whole as soon as its codes are there.

    In float32 the audio does not depend on how frames are cut into calls. Where a profile quantises activations, each
    run has scales of its own: equal bits need equal cuts.
    """

    def __init__(
        self, session: Session, frame_length: int, codebooks: tuple[int, ...], max_frames: int
    ) -> None:
        self._run = StatefulRun(session)
        self._frame_length = frame_length
        self._codebooks = codebooks
        self._max_frames = max_frames

    def decode(self, codes: NDArray[np.integer]) -> NDArray[np.float32]:
        """The audio of further frames.

        Args:
            codes: (frames, codebooks), the semantic code first. A code beyond its codebook means the last entry.

        Returns:
            Samples float32 (frames × frame length,), within ±1.

        Raises:
            EngineError: ``bad_codes``; ``too_long`` beyond the longest stream.
        """
        codes = np.asarray(codes)
        if codes.ndim != 2 or codes.shape[1] != len(self._codebooks) or codes.min(initial=0) < 0:
            raise EngineError(
                "bad_codes",
                f"Codes have the shape {list(codes.shape)}, not (frames, {len(self._codebooks)}), or are negative.",
                kind="invalid",
                field="codes",
            )
        if self._run.frames + len(codes) > self._max_frames:
            raise EngineError(
                "too_long",
                f"An utterance has at most {self._max_frames} frames of codes.",
                kind="invalid",
                hint="Speak it in sentences.",
            )
        pieces = [
            self._run.run("codes", piece.astype(np.int64), len(piece), "audio")
            for piece in (codes[start : start + PIECE] for start in range(0, len(codes), PIECE))
        ]
        return np.concatenate([np.zeros(0, np.float32), *pieces])
