"""What a codec graph says about itself, written by ``convert.codec.metadata``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Self

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.runtime.session import Session, metadata


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Attributes:
        rate: Hz of the audio.
        frame_length: samples of a frame.
        codebooks: entries of each codebook, the semantic one first.
        max_frames: the longest stream.
    """

    rate: int
    frame_length: int
    codebooks: tuple[int, ...]
    max_frames: int

    @classmethod
    def of(cls, session: Session) -> Self:
        """`EngineError` ``wrong_model`` for a graph that does not say so much."""
        said = metadata(session)
        try:
            return cls(
                rate=int(said["mixdown.sample_rate"]),
                frame_length=int(said["mixdown.frame_length"]),
                codebooks=tuple(int(size) for size in json.loads(said["mixdown.codebooks"])),
                max_frames=int(said["mixdown.max_frames"]),
            )
        except (KeyError, ValueError, TypeError):
            raise EngineError(
                "wrong_model",
                "The graph is no codec that was converted here.",
                hint="Run `mixdown models convert s1-mini` again.",
            ) from None
