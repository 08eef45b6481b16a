"""Sessions over graphs whose noise follows a seed."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.graphs.patch import INPUTS, noise, patched
from mixdown_tts_onnx.runtime.session import Session, input_types, open_session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mixdown_tts_onnx.engine import Options


class SeededGraph:
    """A session, and the noise that it is to be given: ``length`` numbers, used over and over.

    Raises the `EngineError`s of `open_session`. A graph that cannot be changed is used as it is, and then draws noise
    of its own.
    """

    def __init__(
        self,
        file: Path,
        options: Options,
        *,
        length: int,
        exposed: Sequence[str] = (),
        inputs: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.session: Session = _opened(file, options, exposed, inputs or {})
        self._length = length
        types = input_types(self.session)
        self._noise = [name for name in types if name in INPUTS.values()]
        self.inputs = {name: kind for name, kind in types.items() if name not in self._noise}
        """Name to type of all but the noise."""

    def noise(self, *seed: int) -> dict[str, NDArray[np.float32]]:
        """Inputs for one pass; none for a graph without noise."""
        return noise(self._noise, seed, self._length) if self._noise else {}


def _opened(
    file: Path, options: Options, exposed: Sequence[str], inputs: Mapping[str, tuple[str, ...]]
) -> Session:
    try:
        changed = patched(file, exposed=exposed)
    except (ValueError, OSError):
        changed = None  # no graph: the runtime says so below
    if changed is not None:
        try:
            return open_session(changed, options, name=file.name, inputs=inputs)
        except EngineError as error:
            print(f"{file.name} is used as it is: {error}", file=sys.stderr, flush=True)
    return open_session(file, options, inputs=inputs)
