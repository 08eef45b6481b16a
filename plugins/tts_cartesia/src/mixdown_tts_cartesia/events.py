"""What comes back while Sonic speaks: sound, and when its words are heard."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mixdown_tts_cartesia.failures import unreadable
from mixdown_tts_cartesia.order import Order


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples as they were sent, in the encoding that was asked for."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """Seconds from the utterance's start."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Words:
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more comes. A stream that ends without it was cut."""


Event = Sound | Words | Done


class Transport(Protocol):
    """A way to have an order spoken. Closing the iterator makes Sonic stop."""

    def speak(self, order: Order) -> AsyncIterator[Sound | Words]:
        """Raises `NotRendered` (only before anything was yielded) and `Problem`."""
        ...

    async def aclose(self) -> None: ...


def message_of(data: bytes | str) -> dict[str, Any]:
    """A JSON object as it came over the wire."""
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        raise unreadable("what is no JSON object")
    return message


def event_of(message: Mapping[str, Any]) -> Event | None:
    """None for what says nothing to us: flushes, phonemes, and types that are not known yet. Errors are `Failures`'."""
    match message.get("type"):
        case "chunk":
            return _sound(message.get("data"))
        case "timestamps":
            return _words(message.get("word_timestamps"))
        case "done":
            return Done()
    return None


def _sound(data: object) -> Sound:
    try:
        if isinstance(data, str):
            return Sound(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError):
        pass
    raise unreadable("sound that is no base64")


def _words(told: object) -> Words:
    """Word times are welcome and not needed: what is no use is left out."""
    if not isinstance(told, Mapping):
        return Words(())
    columns = [told.get(name) for name in ("words", "start", "end")]
    if not all(isinstance(column, list) for column in columns):
        return Words(())
    rows = zip(*columns, strict=False)
    return Words(tuple(SpokenWord(*row) for row in rows if _is_timed(*row)))


def _is_timed(text: object, start: object, end: object) -> bool:
    return isinstance(text, str) and all(
        isinstance(time, int | float) and math.isfinite(time) and time >= 0 for time in (start, end)
    )
