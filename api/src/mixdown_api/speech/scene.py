"""A speech request as a scene: one voice, and what is asked for under it."""

from __future__ import annotations

from collections.abc import Mapping

from mixdown_api.scenes.layers import beds
from mixdown_api.scenes.spoken_by import voice_layer
from mixdown_api.service import Service
from mixdown_api.speech.schemas import SpeechBody
from mixdown_kernel import Encoding, Master, Scene, invalid

SPEECH_RATE = 24_000
BED_RATE = 48_000
MP3_KBPS = 96
OLD_MODELS = ("tts-1", "tts-1-hd")


def check(body: SpeechBody, limit: int) -> None:
    """What the schema cannot say: limits that are settings, and what the old models refuse."""
    if len(body.input) > limit:
        raise invalid(
            "string_above_max_length",
            f"The input has {len(body.input)} characters, and at most {limit} are allowed here.",
            field="input",
            allowed=[1, limit],
            hint="Send longer texts to /v1/audio/generate.",
        )
    for extra in ("stems", "midi"):
        if body.music is not None and getattr(body.music, extra):
            hint = "Ask /v1/audio/generate: its answer can hold several files."
            message = f"The answer is one file: there is no place for {extra}."
            raise invalid("unsupported_value", message, field=f"music.{extra}", allowed=[False], hint=hint)
    if body.model in OLD_MODELS and body.instructions:
        raise invalid("unsupported_parameter", f"{body.model} takes no instructions.", field="instructions")
    if body.model in OLD_MODELS and body.stream_format == "sse":
        raise invalid(
            "unsupported_value",
            f"{body.model} cannot stream events.",
            field="stream_format",
            allowed=["audio"],
        )


def speech_scene(service: Service, body: SpeechBody, assets: Mapping[str, str]) -> Scene:
    """24 kHz mono for a voice alone; 48 kHz stereo with a bed under it, except for `pcm`, whose bytes carry no
    header to say so. A custom background is part of it once it is among the ``assets``."""
    voice = voice_layer(service, body, body.input, body.voice_name, body.model, assets.get("voice"))
    alone = body.background is None and body.music is None
    wide = not alone and body.response_format != "pcm"
    return Scene(
        layers=(voice, *beds(body.background, body.music, assets.get("background"))),
        rate=BED_RATE if wide else SPEECH_RATE,
        channels=2 if wide else 1,
        master=_master(body, alone=alone),
        seed=body.seed,
    )


def _master(body: SpeechBody, *, alone: bool) -> Master:
    if body.loudness is not None:
        return Master(mode="finished", loudness_lufs=body.loudness)
    return Master(mode="none" if alone else "live")


def encoding(body: SpeechBody, scene: Scene) -> Encoding:
    speech = body.response_format == "mp3" and scene.channels == 1
    return Encoding(format=body.response_format, bitrate_kbps=MP3_KBPS if speech else None)
