"""The role ``music``, played by the hosted model."""

from __future__ import annotations

import asyncio
import math
import uuid
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

import httpx
import numpy as np
from pydantic import JsonValue

from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    Cost,
    DecodeLimits,
    DecodingBackend,
    Kind,
    MusicRequest,
    Problem,
    invalid,
    to_frames,
)
from mixdown_kernel.assets import locate
from mixdown_music.stable_audio.api import StableAudioApi
from mixdown_music.stable_audio.models import INPUT_SECONDS, MAX_SEED, MODELS
from mixdown_music.stable_audio.parameters import parameters_of
from mixdown_music.stable_audio.prompt import GENRES, prompt_of
from mixdown_music.stable_audio.settings import StableAudioSettings

FADE_MS = 400
"""The model does not end a piece where it is cut."""
MISSING_SHARE = 0.1
"""A piece that is shorter than asked by more than this has failed; less is silence at its end."""
BLOCK_SECONDS = 2


class StableAudio:
    """A piece by one paid request. Not deterministic: the first render of a signature is kept and wins."""

    def __init__(self, settings: StableAudioSettings, context: Context, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._context = context
        self._model = MODELS[settings.model]
        self._api = StableAudioApi(client, self._model, settings.timeout_seconds, settings.poll_seconds)
        self._slots = asyncio.Semaphore(settings.concurrency)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: StableAudioSettings, context: Context) -> AsyncIterator[Self]:
        """Raises `Problem` (``unavailable``) without a key."""
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        if not key:
            raise Problem(
                Kind.UNAVAILABLE,
                "no_api_key",
                "Stable Audio needs a key.",
                hint="Set MIXDOWN_STABLE_AUDIO_API_KEY, or api_key in [plugins.stable-audio].",
            )
        headers = {"authorization": f"Bearer {key}", "stability-client-id": "mixdown"}
        timeout = httpx.Timeout(settings.timeout_seconds, connect=10)
        async with httpx.AsyncClient(
            base_url=settings.base_url, headers=headers, timeout=timeout, follow_redirects=False
        ) as client:
            yield cls(settings, context, client)

    def genres(self) -> Sequence[str]:
        return tuple(GENRES)

    def fingerprint(self) -> str:
        """The model and its settings; never the key."""
        return self._settings.model_dump_json(include={"model", "base_url", "steps", "cfg_scale"})

    def check(self, request: MusicRequest) -> None:
        """Raises the `Problem` that can be told without a paid request."""
        if request.genre is not None and request.genre not in GENRES:
            raise invalid(
                "unknown_genre",
                f"Stable Audio has no genre {request.genre!r} here.",
                field="genre",
                allowed=list(GENRES),
                hint="Say it in the prompt.",
            )
        if request.stems:
            raise Problem(
                Kind.UNSUPPORTED, "no_stems", "Stable Audio makes whole pieces, no stems.", field="stems"
            )
        if request.duration_ms > self._model.max_seconds * 1000:
            raise Problem(
                Kind.UNSUPPORTED,
                "piece_too_long",
                f"{self._model.name} makes at most {self._model.max_seconds} s.",
                field="duration_ms",
                allowed=[1, self._model.max_seconds * 1000],
            )
        parameters_of(request)
        prompt_of(request)

    def cost(self, request: MusicRequest) -> Cost:
        """Another machine's work; how many pieces at a time is a setting."""
        return "remote"

    def reading(self, request: MusicRequest) -> dict[str, JsonValue]:
        """The words that are sent: the model reads them in its own way."""
        return {"prompt": prompt_of(request)}

    async def render(self, request: MusicRequest) -> AsyncIterator[Chunk]:
        """Exactly the duration that was asked for, faded out where the piece was cut."""
        self.check(request)
        parameters = parameters_of(request)
        work = self._context.data_dir / uuid.uuid4().hex
        await asyncio.to_thread(work.mkdir, parents=True)
        try:
            source = None
            if parameters.audio is not None:
                source = work / "source.wav"
                await asyncio.to_thread(_export, self._context.assets_dir, parameters.audio, source)
            piece = work / "piece"
            async with self._slots:
                await self._api.make(parameters.verb, self._fields(request), source, piece)
            decoder: DecodingBackend = await self._context.backend("decoding")
            limits = DecodeLimits(max_seconds=self._model.max_seconds + 30.0)
            audio = Audio.join([block async for block in decoder.decode(piece, limits)])
        finally:
            await asyncio.to_thread(_remove, work)
        fitted = _fitted(audio, request.duration_ms)
        step = BLOCK_SECONDS * fitted.rate
        for start in range(0, fitted.frames, step):
            yield Chunk(Audio(fitted.samples[start : start + step], fitted.rate))

    def _fields(self, request: MusicRequest) -> dict[str, str]:
        parameters, settings = parameters_of(request), self._settings
        seconds = max(1, math.ceil(request.duration_ms / 1000))
        fields = {
            "prompt": prompt_of(request),
            "model": self._model.name,
            "duration": str(seconds),
            "seed": str(request.seed % MAX_SEED + 1),
            "output_format": "wav",
        }
        chosen = {
            "steps": settings.steps,
            "cfg_scale": settings.cfg_scale,
            "strength": parameters.strength,
            "mask_start": parameters.mask_start,
            "mask_end": parameters.mask_end,
        }
        return fields | {name: f"{value:g}" for name, value in chosen.items() if value is not None}


def _export(folder: Path, asset: str, path: Path) -> None:
    """A decoded asset as a 16-bit WAV. Raises `Problem` for one that is not there, or too short or long."""
    pcm, rate = locate(folder, asset)
    seconds = pcm.frames / rate
    if not INPUT_SECONDS[0] <= seconds <= INPUT_SECONDS[1]:
        message = (
            f"Stable Audio starts from {INPUT_SECONDS[0]:g} to {INPUT_SECONDS[1]:g} s, not {seconds:.1f}."
        )
        raise invalid("bad_audio_length", message, field="parameters.audio", allowed=list(INPUT_SECONDS))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(pcm.channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        for block in pcm.blocks(rate):
            file.writeframes((np.clip(block, -1, 1) * 32767).round().astype("<i2").tobytes())


def _remove(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink(missing_ok=True)
    folder.rmdir()


def _fitted(audio: Audio, duration_ms: int) -> Audio:
    """Cut to length with a fade; a few missing frames are silence. Raises `Problem` for half a piece."""
    frames = to_frames(duration_ms, audio.rate)
    if audio.frames < frames * (1 - MISSING_SHARE):
        message = f"Stable Audio made {audio.duration_ms} ms instead of {duration_ms}."
        raise Problem(Kind.UPSTREAM, "stable_audio_short", message)
    samples = np.zeros((frames, audio.channels), np.float32)
    heard = min(frames, audio.frames)
    samples[:heard] = audio.samples[:heard]
    fade = min(to_frames(FADE_MS, audio.rate), heard)
    samples[heard - fade : heard] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return Audio(samples, audio.rate)
