"""The models of the hosted API, and what each takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ModelName = Literal["stable-audio-2", "stable-audio-2.5", "stable-audio-3"]


@dataclass(frozen=True, slots=True)
class Model:
    """Limits of one version. ``folder`` is its place under ``/v2beta/audio``; an asynchronous one answers a
    request with an id that is asked for until the sound is there."""

    name: ModelName
    folder: str
    max_seconds: int
    steps: tuple[int, int] | None
    asynchronous: bool = False


MODELS: dict[ModelName, Model] = {
    "stable-audio-2": Model("stable-audio-2", "stable-audio-2", 190, (30, 100)),
    "stable-audio-2.5": Model("stable-audio-2.5", "stable-audio-2", 190, (4, 8)),
    "stable-audio-3": Model("stable-audio-3", "stable-audio", 380, None, asynchronous=True),
}
MAX_PROMPT = 10_000
CFG_SCALE = (1.0, 25.0)
STRENGTH = (0.01, 1.0)
INPUT_SECONDS = (6.0, 190.0)
MAX_SEED = 4_294_967_294
"""0 means: draw one."""
