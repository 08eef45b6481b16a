"""Sessions over graphs whose noise follows a seed."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.graphs.patch import INPUTS, VERSION, noise, patched
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
        changed = _changed(file, options.cache_dir, exposed)
    except (ValueError, OSError) as error:
        print(f"{file.name} is used as it is: {error}", file=sys.stderr, flush=True)
        changed = file  # if it is no graph, the runtime says so below
    if changed != file:
        try:
            return open_session(changed, options, name=file.name, inputs=inputs)
        except EngineError as error:
            print(f"{file.name} is used as it is: {error}", file=sys.stderr, flush=True)
    return open_session(file, options, inputs=inputs)


def _changed(file: Path, cache: Path, exposed: Sequence[str]) -> Path:
    """The changed graph, kept in the cache: the runtime would hold on to one that it was given as bytes. The file itself
    where nothing is to be changed."""
    status = file.stat()
    known = [VERSION, str(file.absolute()), status.st_size, status.st_mtime_ns, *exposed]
    target = cache / f"{file.stem}-{hashlib.sha256(repr(known).encode()).hexdigest()[:16]}.onnx"
    if target.is_file():
        return target
    parts = patched(file, exposed=exposed)
    if not parts:
        return file
    for old in cache.glob(f"{glob.escape(file.stem)}-{'[0-9a-f]' * 16}.onnx"):
        old.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, prefix=".graph-", delete=False) as written:
        try:
            for part in parts:
                written.write(part)
            written.close()
            os.replace(written.name, target)
        except BaseException:
            Path(written.name).unlink(missing_ok=True)
            raise
    return target
