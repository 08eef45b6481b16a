"""The engine half of a family: what runs in the child process that holds a loaded model.

Synchronous Python with numpy and onnxruntime. Nothing here, and nothing that an engine imports, may import
`mixdown_kernel`: the child would start twice as slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mixdown_tts_onnx.errors import EngineError

Utterance: TypeAlias = Mapping[str, Any]
"""What `family.Family.prepare` makes of a request: plain JSON, whatever the family's engine reads."""


class WordTime(NamedTuple):
    """When a word is heard: offsets into the request's text, frames from the utterance's start, both half-open."""

    text_start: int
    text_end: int
    start_frame: int
    end_frame: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of an utterance's sound: float32 of shape (frames,), a buffer that is not written to again.

    All pieces of one utterance share ``rate`` (Hz). ``words`` come with the piece in which they begin, or all with the
    last one. ``last`` matters in batches only (`BatchEngine`): it ends its utterance.
    """

    samples: NDArray[np.float32]
    rate: int
    words: tuple[WordTime, ...] = ()
    last: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """How a model is loaded. The first five are for `runtime.session.open_session`.

    ``threads`` are an operator's, at least one. ``own`` are the members that the family's settings add to
    `settings.ModelSettings`, as JSON. ``cache_dir`` exists and outlives the process: what an engine computes once per voice may
    lie there, under a name that covers all it depends on.
    """

    threads: int = 1
    inter_op_threads: int = 1
    providers: tuple[str, ...] = ("CPUExecutionProvider",)
    optimization: Literal["all", "extended", "basic", "off"] = "all"
    arena: bool = True
    cache_dir: Path = Path()
    own: Mapping[str, Any] = field(default_factory=dict)


class Engine(Protocol):
    """A loaded model. ``load(directory, options) -> Engine`` is named by `family.Family.engine`."""

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        """The utterance's sound in pieces, the first as soon as there is one.

        A generator: it is closed between two pieces when nobody listens any more, so pieces shall not take long.
        Raises `EngineError` for what cannot be spoken. Called from one thread at a time, unless the family is
        ``concurrent``: then from several.
        """
        ...

    def close(self) -> None:
        """Free the model. Called once, when nobody speaks."""
        ...


class Waiting(Protocol):
    """The queue as a `BatchEngine` sees it. Jobs are numbers."""

    def take(self, limit: int) -> Sequence[tuple[int, Utterance]]:
        """At most ``limit`` of the utterances that wait now, none if none does. Who takes one has to end it."""
        ...

    def dropped(self, job: int) -> bool:
        """Nobody listens to a job that was taken any more: leave it without another piece."""
        ...


@runtime_checkable
class BatchEngine(Protocol):
    """An `Engine` that speaks several utterances in one pass over its weights."""

    batch: int
    """How many at most."""

    def speak_together(self, waiting: Waiting) -> Iterator[tuple[int, Piece | EngineError]]:
        """Speak what waits, and what comes to wait meanwhile, until nothing does. A job ends with a piece that is
        ``last``, or with an error, which is the job's own. An exception that is raised ends all that were taken."""
        ...
