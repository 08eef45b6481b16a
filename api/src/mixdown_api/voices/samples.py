"""Recordings of voices as they come in, and who can speak with them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from mixdown_api.scenes.outside import fetch_clip
from mixdown_api.service import Service
from mixdown_api.speech.voices import backend_of
from mixdown_api.voices.quality import Bounds, Quality, checked
from mixdown_kernel import Clone, ImitatesVoices, Kind, Problem, VoiceSample
from mixdown_kernel.assets import locate
from mixdown_kernel.lifecycle import RunningBackend

NOT_YET = f"asset:{'0' * 64}"
"""Stands for what has not been fetched, while all else is checked."""
MOST_SECONDS = 600.0
"""Of a file that is decoded at all; the recording in it is shorter."""


async def fetch_sample(service: Service, url: str, *, field: str) -> str:
    """The recording at a URL as an asset. `Problem` for one from which no voice is cloned."""
    asset = await fetch_clip(service, url, field=field, max_seconds=MOST_SECONDS)
    await check_sample(service, asset, field=field)
    return asset


async def check_sample(service: Service, asset: str, *, field: str) -> Quality:
    file, rate = await asyncio.to_thread(locate, service.kernel.config.data_dir / "assets", asset)
    return await checked(file, rate, Bounds.of(service.settings), field=field)


@dataclass(frozen=True, slots=True)
class Imitation:
    """Who speaks like a sample, and what it is asked."""

    backend: str
    clone: Clone

    @classmethod
    def of(cls, service: Service, model: str | None, sample: VoiceSample, *, field: str) -> Imitation:
        """Of the backend that ``model`` names, or of the first one that can. Quick. `Problem` where nobody can:
        ``field`` is the request's member with the sample."""
        found = first_able(service, model, (ImitatesVoices,), sample, field=field)
        return cls(found.name, found.instance.imitation(sample))


def first_able(
    service: Service, model: str | None, protocols: tuple[Any, ...], sample: VoiceSample, *, field: str
) -> RunningBackend:
    """The backend that is named, or else the first one, that can do so with this sample."""
    named = backend_of(service, model) if model else None
    voices = [one for one in service.kernel.running() if one.role == "synthesis" and one.state == "open"]
    able = [one for one in voices if isinstance(one.instance, protocols)]
    refusals = []
    for running in able:
        if named in (None, running.name):
            try:
                if isinstance(running.instance, ImitatesVoices):
                    running.instance.imitation(sample)
                return running
            except Problem as problem:
                problem.field = (
                    f"{field}.{problem.field}" if problem.field == "text" and field else problem.field
                )
                refusals.append(problem)
    raise refusals[0] if refusals else _nobody(model if named else None, [one.name for one in able], field)


def _nobody(model: str | None, able: list[str], field: str) -> Problem:
    others = (
        f"These can: {', '.join(able)}."
        if able
        else "S1-mini can (docs/local-voices.md), or Sonic-3 with a key."
    )
    return Problem(
        Kind.UNSUPPORTED,
        "cannot_clone",
        f"The model {model!r} cannot clone voices." if model else "No voice backend here can clone voices.",
        field="model" if model else field or None,
        allowed=[*able] if able else None,
        hint=others,
    )
