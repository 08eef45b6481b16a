"""From a generate request to a finished, kept render and the answer that describes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mixdown_api.scenes.captions import MEDIA_TYPES, captions
from mixdown_api.scenes.layers import background_layer, music_layer
from mixdown_api.scenes.members import members_named
from mixdown_api.scenes.outside import fetch_asset
from mixdown_api.scenes.schemas import (
    BackgroundComponent,
    Captions,
    Components,
    DryRunAnswer,
    GenerateAnswer,
    GenerateBody,
    MusicComponent,
    VoiceComponent,
    WordTime,
)
from mixdown_api.service import Service
from mixdown_api.speech.voices import backend_of
from mixdown_api.state.files import File
from mixdown_kernel import (
    Audio,
    Encoding,
    Master,
    Performance,
    Plan,
    Priority,
    Receipt,
    Scene,
    SourceLayer,
    VoiceLayer,
)
from mixdown_kernel.pcm import PcmFile

PCM_RATE = 24_000
RATE = 48_000
TRACK = Encoding(format="wav", float_samples=True)
"""Components are float WAVs, so that they sum to the mix without rounding or clipping."""

Progress = Callable[[float, float], Awaitable[None]]
"""Told milliseconds done and estimated."""


async def no_progress(_done: float, _total: float) -> None: ...


async def generate_scene(service: Service, body: GenerateBody) -> Scene:
    """48 kHz stereo, except that `pcm`, which carries no header, is always 24 kHz mono."""
    layers: list[VoiceLayer | SourceLayer] = [
        VoiceLayer(
            id="voice",
            text=body.text,
            voice=body.voice,
            language=body.language,
            speed=body.speed,
            instructions=body.instructions,
            normalize=body.normalize,
            backend=backend_of(service, body.model) if body.model else None,
        )
    ]
    if body.background:
        asset = None
        if body.background.is_custom:
            url = body.background.custom_audio_url
            asset = await fetch_asset(service, url, field="background.custom_audio_url")
        layers.append(background_layer(body.background, asset))
    if body.music:
        layers.append(music_layer(body.music, stems=body.music.stems))
    bare = body.output.format == "pcm"
    return Scene(
        layers=tuple(layers),
        rate=PCM_RATE if bare else RATE,
        channels=1 if bare else 2,
        master=Master(mode="finished", loudness_lufs=body.output.loudness),
        tail_ms=body.output.tail_ms,
        seed=body.seed,
        reuse=body.reuse,
    )


@dataclass(frozen=True)
class Generation:
    """A checked request: what it will make, and under which signature it would be found again."""

    body: GenerateBody
    plan: Plan
    encoding: Encoding
    signature: str

    @property
    def reuses(self) -> bool:
        return self.body.reuse or self.body.seed is not None


async def prepare(service: Service, body: GenerateBody) -> Generation:
    """Check everything that can be checked before any sound is made."""
    encoding = Encoding(format=body.output.format, bitrate_kbps=body.output.bitrate_kbps)
    service.kernel.format(encoding)
    scene = await generate_scene(service, body)
    with members_named():
        plan = await service.kernel.plan(scene)
    signature = service.kernel.file_signature(service.kernel.mix_signature(plan), encoding)
    return Generation(body, plan, encoding, signature)


async def dry_run(service: Service, generation: Generation) -> DryRunAnswer:
    plan = generation.plan
    described = await service.kernel.describe(plan)
    kept = generation.reuses and await service.renders.by_signature(generation.signature) is not None
    scene = plan.scene.model_dump(mode="json", exclude_defaults=True)
    return DryRunAnswer(**described, cached=kept, scene=scene)


async def generate(
    service: Service, generation: Generation, progress: Progress = no_progress
) -> GenerateAnswer:
    """The answer: an equal render that is kept already, or a new one."""
    if generation.reuses and (kept := await _kept(service, generation)) is not None:
        return kept
    return await _render(service, generation, progress)


async def _kept(service: Service, generation: Generation) -> GenerateAnswer | None:
    file = await service.renders.by_signature(generation.signature)
    document = await service.renders.document(file) if file else None
    if document is None or document.get("asked") != _asked(generation.body):
        return None
    answer = GenerateAnswer.model_validate(document["answer"])
    return answer.model_copy(update={"cached": True})


def _asked(body: GenerateBody) -> dict[str, Any]:
    """What the answer holds besides the sound; a kept one serves only who asked for the same."""
    stems = body.music.stems if body.music else False
    return {
        "tracks": body.output.separate_tracks,
        "stems": stems,
        "captions": body.output.captions,
        "text": body.text,
    }


async def _render(service: Service, generation: Generation, progress: Progress) -> GenerateAnswer:
    body, plan = generation.body, generation.plan
    tracks = body.output.separate_tracks
    async with (
        service.edge.admission.slot(),
        service.kernel.perform(plan, parts=tracks, priority=Priority.STANDARD) as performance,
    ):
        blocks = _watched(performance, progress)
        file = await service.renders.keep(
            blocks,
            generation.encoding,
            plan.scene.rate,
            plan.scene.channels,
            name="mixdown",
            signature=generation.signature,
            project=body.output.project,
        )
        assert performance.receipt is not None  # noqa: S101 - complete with the last block
        receipt = performance.receipt.model_copy(
            update={"file_signature": generation.signature, "content_sha256": file.sha256}
        )
        urls = await _keep_tracks(service, performance) if tracks else {}
        stems = await _keep_stems(service, receipt) if body.music and body.music.stems else None
        answer = GenerateAnswer(
            audio_url=service.renders.url(file),
            duration_ms=file.duration_ms or 0,
            components=_components(body, performance, receipt, urls, stems),
            captions=await _captions(service, body, performance),
            notices=[notice.model_dump(exclude_none=True) for notice in receipt.notices],
            receipt=receipt.model_dump(mode="json", exclude={"notices"}),
        )
    await service.renders.receipt(file, {"asked": _asked(body), "answer": answer.model_dump(mode="json")})
    return answer


async def _watched(performance: Performance, progress: Progress) -> AsyncIterator[Audio]:
    done = 0
    async for block in performance.blocks():
        done += block.duration_ms
        await progress(done, max(done, performance.plan.estimated_ms))
        yield block


async def _keep_tracks(service: Service, performance: Performance) -> dict[str, str]:
    """Each layer's share of the mix as a file of its own; they sum to the mix before its limiter."""
    urls = {}
    for layer, part in performance.parts.items():
        file = await _keep_pcm(service, part, performance.plan.scene.rate, performance.part_gain, layer)
        urls[layer] = service.renders.url(file)
    return urls


async def _keep_stems(service: Service, receipt: Receipt) -> dict[str, str]:
    """The piece's instrument groups, as composed; they sum to the piece."""
    made = next(source for source in receipt.sources if source.role == "music")
    stored = await service.kernel.stored_source(made.signature)
    if stored is None:
        return {}
    urls = {}
    for name in stored.stems:
        file = await _keep_pcm(service, stored.stem(name), stored.rate, 1.0, f"music-{name}")
        urls[name] = service.renders.url(file)
    return urls


async def _keep_pcm(service: Service, pcm: PcmFile, rate: int, gain: float, name: str) -> File:
    async def blocks() -> AsyncIterator[Audio]:
        for block in pcm.blocks(rate):
            yield Audio(block * np.float32(gain), rate)

    return await service.renders.keep(blocks(), TRACK, rate, pcm.channels, name=name)


async def _captions(service: Service, body: GenerateBody, performance: Performance) -> Captions | None:
    if body.output.captions is None:
        return None
    kind = body.output.captions
    text = captions(performance.timeline.words, kind)
    file = await service.renders.keep_bytes(text.encode(), MEDIA_TYPES[kind], f"captions.{kind}")
    return Captions(format=kind, url=service.renders.url(file), text=text)


def _components(
    body: GenerateBody,
    performance: Performance,
    receipt: Receipt,
    urls: dict[str, str],
    stems: dict[str, str] | None,
) -> Components:
    timeline = performance.timeline
    voice = VoiceComponent(
        url=urls.get("voice"),
        timestamps=[(one.start_ms, one.end_ms) for one in timeline.utterances],
        words=[
            WordTime(text=w.text, start_ms=w.start_ms, end_ms=w.end_ms, start=w.start, end=w.end)
            for w in timeline.words
        ],
        marks=[{"name": name, "ms": ms} for name, ms in timeline.marks],
    )
    piece = next((source for source in receipt.sources if source.role == "music"), None)
    background = music = None
    if body.background:
        kind = "custom" if body.background.is_custom else body.background.type
        background = BackgroundComponent(url=urls.get("background"), type=kind)
    if body.music:
        music = MusicComponent(
            url=urls.get("music"),
            genre=body.music.genre,
            bpm=body.music.bpm,
            key=body.music.key,
            seed=piece.seed if piece else None,
            stems=stems,
        )
    return Components(voice=voice, background=background, music=music)
