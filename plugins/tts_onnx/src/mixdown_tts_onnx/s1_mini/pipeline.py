"""Codes to sound beside the transformers: they wait for memory, the codec computes, and both go on at once."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.prompt import Codes


class Stream(Protocol):
    """The decoder of one sentence."""

    def decode(self, codes: Codes) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Order:
    """Frames to decode: the next ones of a ``stream``, whose sound belongs to ``job``; ``last`` where the job ends."""

    job: int
    stream: Stream
    codes: Codes
    last: bool


@dataclass(frozen=True, slots=True)
class Decoded:
    job: int
    samples: NDArray[np.float32]
    last: bool


class CodecLine:
    """Decodes orders one after the other, in a thread of its own, or where there is only one to have, in the caller's."""

    def __init__(self, *, beside: bool) -> None:
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
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
            self._orders.put(order)

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
            self._orders.put(None)
            self._thread.join()

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            self._decode(order)

    def _decode(self, order: Order) -> None:
        try:
            self._made.put(Decoded(order.job, order.stream.decode(order.codes), order.last))
        except Exception as error:
            self._made.put(error)
