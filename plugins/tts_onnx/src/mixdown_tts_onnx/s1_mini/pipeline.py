"""Codes to sound beside the transformers: they wait for memory, the codec computes, and both go on at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.prompt import Codes


class Stream(Protocol):
    """The decoder of one sentence."""

    def decode(self, codes: Codes) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Order:
    """Frames to decode: the next ones of a ``stream``, whose sound belongs to ``job``; ``last`` where the job ends.

    ``position`` counts the frames of the job that come before: what will be heard sooner is decoded sooner. What nobody
    wants by then is not decoded.
    """

    job: int
    stream: Stream
    codes: Codes
    last: bool
    position: int
    is_wanted: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Decoded:
    job: int
    samples: NDArray[np.float32]
    last: bool


_NEXT = -1


class CodecLine:
    """Decodes orders one at a time, in a thread of its own, or where there is only one to have, in the caller's."""

    def __init__(self, *, beside: bool) -> None:
        self._orders: queue.PriorityQueue[tuple[int, int, Order | None]] = queue.PriorityQueue()
        self._numbers = count()
        self._made: queue.SimpleQueue[Decoded | Exception] = queue.SimpleQueue()
        self._outstanding = 0
        self._thread = threading.Thread(target=self._work, name="codec", daemon=True) if beside else None
        if self._thread is not None:
            self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Everything that was ordered has been taken."""
        return self._outstanding == 0

    def put(self, order: Order) -> None:
        self._outstanding += 1
        if self._thread is None:
            self._decode(order)
        else:
            self._orders.put((order.position, next(self._numbers), order))

    def take(self, *, wait: bool) -> Iterator[Decoded]:
        """What has been decoded by now; with ``wait`` at least one. Raises what decoding raised."""
        while self._outstanding:
            try:
                made = self._made.get(block=wait)
            except queue.Empty:
                return
            self._outstanding -= 1
            if isinstance(made, Exception):
                raise made
            yield made
            wait = False

    def drain(self) -> None:
        """Forget what was ordered and not taken, whatever became of it."""
        while self._outstanding:
            self._made.get()
            self._outstanding -= 1

    def close(self) -> None:
        if self._thread is not None:
            self._orders.put((_NEXT, next(self._numbers), None))
            self._thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()[2]) is not None:
            self._decode(order)

    def _decode(self, order: Order) -> None:
        try:
            codes = order.codes if order.is_wanted() else order.codes[:0]
            self._made.put(Decoded(order.job, order.stream.decode(codes), order.last))
        except Exception as error:
            self._made.put(error)
