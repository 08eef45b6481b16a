"""Running a graph, and what may come of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mixdown_tts_onnx.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.runtime.session import Session


def infer(session: Session, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
    """The outputs, of which the first is sound: some, and finite.

    Raises `EngineError`: ``inference_failed``, ``wrong_model`` where there is no sound.
    """
    try:
        made: list[NDArray[Any]] = session.run(list(outputs), dict(inputs))
    except Exception as error:  # the runtime raises what it likes
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        raise EngineError(
            "inference_failed",
            "ONNX Runtime could not run the model's graph on this utterance.",
            kind="upstream",
            hint="Run `mixdown models verify`; the log has what ONNX Runtime said.",
        ) from error
    samples = made[0]
    if samples.dtype.kind != "f" or not samples.size or not np.isfinite(samples.sum(dtype=np.float64)):
        message = "The model's graph made no sound, or one that is not finite."
        raise EngineError(
            "wrong_model", message, hint="Run `mixdown models verify`, or choose another variant."
        )
    return made
