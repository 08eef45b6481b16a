"""Running a codec graph piece by piece: what one piece leaves behind goes into the next."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from mixdown_tts_onnx.runtime.session import Session, output_names

_STATE, _NEXT = "state.", "next."


class StatefulRun:
    """One stream through a graph whose states are inputs ``state.x`` and outputs ``next.x``. Not for several threads at
    once; several streams may share a session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._outputs = output_names(session)
        self._states = {
            given.name: onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(given.shape, np.float32))
            for given in session.get_inputs()
            if given.name.startswith(_STATE)
        }
        self.frames = 0
        """How many have gone through."""

    def run(self, name: str, values: NDArray[Any], frames: int, result: str) -> NDArray[Any]:
        """Put ``frames`` frames in as input ``name``; the output ``result``."""
        inputs = dict(self._states)
        inputs[name] = onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(values))
        inputs["position"] = onnxruntime.OrtValue.ortvalue_from_numpy(np.array([self.frames], np.int64))
        outputs = dict(
            zip(self._outputs, self._session.run_with_ort_values(list(self._outputs), inputs), strict=True)
        )
        self._states = {state: outputs[_NEXT + state.removeprefix(_STATE)] for state in self._states}
        self.frames += frames
        made: NDArray[Any] = outputs[result].numpy()
        return made
