"""From a generate request to a finished, kept render and the answer that describes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from mixdown_api.renders.keeping import Batch
from mixdown_api.scenes.captions import MEDIA_TYPES
from mixdown_api.scenes.encodings import check_encoding
from mixdown_api.scenes.kept import Asked, Files, KeptRender
from mixdown_api.scenes.layers import beds, voice_layer
from mixdown_api.scenes.members import SCENE, members_named
from mixdown_api.scenes.schemas import DryRunAnswer, GenerateAnswer, GenerateBody
from mixdown_api.service import Service
from mixdown_api.speech.voices import backend_of
from mixdown_api.state.files import File
from mixdown_kernel import (
    Audio,
    Encoding,
    Master,
    Notation,
    Notice,
    Performance,
    Plan,
    Priority,
    Receipt,
    Scene,
)
from mixdown_kernel.pcm import PcmFile

PCM_RATE = 24_000
RATE = 48_000
TRACK = Encoding(format="wav", float_samples=True)
"""Components are float WAVs, so that they sum to the mix without rounding or clipping."""

NO_NOTES = Notice(code="not_honoured", message="this music backend has no notes to export", layer="music")

Progress = Callable[[float, float], Awaitable[None]]
"""Told milliseconds done and estimated."""


async def no_progress(_done: float, _total: float) -> None: ...


def generate_scene(service: Service, body: GenerateBody, asset: str | None = None) -> Scene:
    """48 kHz stereo, except that `pcm`, which carries no header, is always 24 kHz mono. A custom background is
    part of it once its ``asset`` is there."""
    voice = voice_layer(body, body.text, body.voice, backend_of(service, body.model) if body.model else None)
    bare = body.output.format == "pcm"
    stems = bool(body.music and body.music.stems)
    return Scene(
        layers=(voice, *beds(body.background, body.music, asset, stems=stems)),
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


async def prepare(service: Service, body: GenerateBody, asset: str | None = None) -> Generation:
    """Check everything that can be checked before any sound is made. Takes a processor for seconds where the text
    is long: hold a slot."""
    kernel = service.kernel
    encoding = Encoding(format=body.output.format, bitrate_kbps=body.output.bitrate_kbps)
    with members_named(SCENE):
        scene = generate_scene(service, body, asset)
        await check_encoding(kernel, encoding, scene.rate, scene.channels)
        plan = await kernel.plan(scene)
    mix = await asyncio.to_thread(kernel.mix_signature, plan)
    return Generation(body, plan, encoding, kernel.file_signature(mix, encoding))


async def dry_run(service: Service, generation: Generation) -> DryRunAnswer:
    plan = generation.plan
    described = await service.kernel.describe(plan)
    kept = await _kept(service, generation)
    scene = plan.scene.model_copy(update={"seed": plan.seed}).model_dump(mode="json", exclude_none=True)
    return DryRunAnswer(**described, cached=kept is not None, scene=scene)


async def generate(
    service: Service, generation: Generation, progress: Progress = no_progress, *, fresh: bool = False
) -> GenerateAnswer:
    """The answer: an equal render that is kept already (unless it has to be ``fresh``), or a new one. Hold a slot."""
    kept = None if fresh else await _kept(service, generation)
    render = kept or await _render(service, generation, progress)
    return render.answer(generation.body, service.renders.url, cached=kept is not None)


async def _kept(service: Service, generation: Generation) -> KeptRender | None:
    """A render that serves the request and of which every file is still there."""
    if not generation.reuses:
        return None
    asked = Asked.by(generation.body)
    for file in await service.renders.of_signature(generation.signature):
        kept = await _read(service, file)
        if kept is not None and kept.asked == asked and await _is_whole(service, kept):
            return kept
    return None


async def _read(service: Service, file: File) -> KeptRender | None:
    document = await service.renders.document(file)
    if document is None:
        return None
    try:
        return await asyncio.to_thread(KeptRender.model_validate_json, document)
    except ValidationError:  # of an earlier version
        return None


async def _is_whole(service: Service, kept: KeptRender) -> bool:
    for id_ in kept.files.all():
        if not await service.renders.exists(id_):
            return False
    return True


async def _render(service: Service, generation: Generation, progress: Progress) -> KeptRender:
    body, plan, kernel = generation.body, generation.plan, service.kernel
    tracks = body.output.separate_tracks
    async with (
        kernel.perform(plan, parts=tracks, priority=Priority.STANDARD) as performance,
        service.renders.keeping(body.output.project) as batch,
    ):
        blocks = _watched(performance, progress)
        audio = await batch.encode(
            blocks, generation.encoding, plan.scene.rate, plan.scene.channels, name="mixdown"
        )
        assert performance.receipt is not None  # noqa: S101 - complete with the last block
        # Signed with what was heard: another backend than the planned one may have spoken.
        signature = kernel.file_signature(performance.receipt.mix_signature, generation.encoding)
        signed = {"file_signature": signature, "content_sha256": audio.sha256}
        receipt = performance.receipt.model_copy(update=signed)
        files = Files(audio=audio.id, tracks=await _keep_tracks(batch, performance) if tracks else {})
        if body.music and body.music.stems:
            files.stems = await _keep_stems(service, batch, receipt)
        notation = await _notation(service, performance)
        if body.music and body.music.midi:
            if notation is None:
                receipt = receipt.model_copy(update={"notices": (*receipt.notices, NO_NOTES)})
            else:
                files.midi = (await batch.attach(notation.midi, "audio/midi", "music.mid")).id
        duration_ms = audio.duration_ms or 0
        kept = await asyncio.to_thread(
            KeptRender.of, body, files, duration_ms, performance.timeline, receipt, notation
        )
        if kept.captions is not None and (kind := body.output.captions):
            attached = await batch.attach(kept.captions.encode(), MEDIA_TYPES[kind], f"captions.{kind}")
            files.captions = attached.id
        await batch.describe(audio.id, kept.model_dump_json().encode(), signature=signature)
        await batch.commit()
    return kept


async def _watched(performance: Performance, progress: Progress) -> AsyncIterator[Audio]:
    done = 0
    async for block in performance.blocks():
        done += block.duration_ms
        await progress(done, max(done, performance.plan.estimated_ms))
        yield block


async def _keep_tracks(batch: Batch, performance: Performance) -> dict[str, str]:
    """Each layer's share of the mix as a file of its own; they sum to the mix before its limiter."""
    rate, gain = performance.plan.scene.rate, performance.part_gain
    return {layer: await _keep(batch, part, rate, gain, layer) for layer, part in performance.parts.items()}


async def _notation(service: Service, performance: Performance) -> Notation | None:
    """The music as written, where its backend knows the notes."""
    spec = performance.timeline.played.get("music")
    return await service.kernel.notation(spec) if spec else None


async def _keep_stems(service: Service, batch: Batch, receipt: Receipt) -> dict[str, str]:
    """The piece's instrument groups, as composed; they sum to the piece."""
    made = next((source for source in receipt.sources if source.role == "music"), None)
    stored = await service.kernel.stored_source(made.signature) if made else None
    if stored is None:
        return {}
    return {
        name: await _keep(batch, stored.stem(name), stored.rate, 1.0, f"music-{name}")
        for name in stored.stems
    }


async def _keep(batch: Batch, pcm: PcmFile, rate: int, gain: float, name: str) -> str:
    async def blocks() -> AsyncIterator[Audio]:
        read = pcm.blocks(rate)
        while (block := await asyncio.to_thread(next, read, None)) is not None:
            yield Audio(block * np.float32(gain), rate)

    return (await batch.encode(blocks(), TRACK, rate, pcm.channels, name=name)).id
