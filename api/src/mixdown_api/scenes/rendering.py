"""From a scene to a finished, kept render: the road of every endpoint that answers with a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from pydantic import JsonValue, ValidationError

from mixdown_api.renders.keeping import Batch
from mixdown_api.scenes.captions import MEDIA_TYPES
from mixdown_api.scenes.encodings import below_ceiling, check_encoding
from mixdown_api.scenes.kept import Asked, Files, KeptRender
from mixdown_api.scenes.members import MemberOf, members_named
from mixdown_api.scenes.output import DryRunAnswer, Output
from mixdown_api.service import Service
from mixdown_kernel import (
    Audio,
    Encoding,
    Kind,
    Master,
    Notation,
    Notice,
    Performance,
    Plan,
    Priority,
    Problem,
    Receipt,
    Scene,
    to_ms,
)
from mixdown_kernel.pcm import BYTES, PcmFile
from mixdown_kernel.scene import Layer

PCM_RATE = 24_000
RATE = 48_000
TRACK = Encoding(format="wav", float_samples=True)
"""Components are float WAVs, so that they sum to the mix without rounding or clipping."""

Progress = Callable[[float, float], Awaitable[None]]
"""Told milliseconds done and estimated."""


async def no_progress(_done: float, _total: float) -> None: ...


@dataclass(frozen=True)
class SceneRequest:
    """What an endpoint was asked for: a scene, and what shall come of it beside the mix.

    ``texts`` are those of the voice layers; ``stems`` and ``midi`` the music layers wanted apart and as notes.
    """

    scene: Scene
    output: Output
    texts: Mapping[str, str]
    member_of: MemberOf
    stems: frozenset[str] = frozenset()
    midi: frozenset[str] = frozenset()

    @property
    def asked(self) -> Asked:
        return Asked(
            texts=dict(self.texts),
            tracks=self.output.separate_tracks,
            stems=sorted(self.stems),
            midi=sorted(self.midi),
            captions=self.output.captions,
            project=self.output.project,
        )


def scene_of(
    layers: tuple[Layer, ...], output: Output, *, seed: int | None, reuse: bool, whole: bool
) -> Scene:
    """48 kHz stereo, except that `pcm`, which carries no header, is always 24 kHz mono. ``whole``: all layers decide
    about the end, not only the voices."""
    bare = output.format == "pcm"
    return Scene.model_validate(
        {
            "layers": layers,
            "rate": PCM_RATE if bare else RATE,
            "channels": 1 if bare else 2,
            "master": Master(mode="finished", loudness_lufs=output.loudness),
            "ends_with": "layers" if whole else "voices",
            "tail_ms": output.tail_ms,
            "seed": seed,
            "reuse": reuse,
        }
    )


@dataclass(frozen=True)
class Rendering:
    """A checked request: what it will make, and under which signature it would be found again."""

    request: SceneRequest
    plan: Plan
    encoding: Encoding
    signature: str

    @property
    def reuses(self) -> bool:
        return self.request.scene.reuse or self.request.scene.seed is not None


async def prepare(service: Service, request: SceneRequest) -> Rendering:
    """Check everything that can be checked before any sound is made. Takes a processor for seconds where a text is
    long: hold a slot."""
    kernel, output, scene = service.kernel, request.output, request.scene
    encoding = Encoding(format=output.format, bitrate_kbps=output.bitrate_kbps)
    with members_named(request.member_of):
        await check_encoding(kernel, encoding, scene.rate, scene.channels)
        plan = await kernel.plan(below_ceiling(kernel, scene, encoding))
    _check_size(plan, kernel.config.spool_bytes, tracks=output.separate_tracks)
    mix = await asyncio.to_thread(kernel.mix_signature, plan)
    return Rendering(request, plan, encoding, kernel.file_signature(mix, encoding))


def _check_size(plan: Plan, quota: int, *, tracks: bool) -> None:
    """Refuse what would fill the disk before it comes to its end."""
    scene = plan.scene
    bytes_per_second = scene.rate * scene.channels * BYTES * (1 + tracks * len(scene.layers))
    longest = quota // bytes_per_second
    if plan.estimated_ms > longest * 1000:
        message = (
            f"The sound would last some {plan.estimated_ms // 1000} s, and {longest} s of it have room here."
        )
        hint = "Ask for less, or without separate_tracks; `spool_bytes` in the configuration sets the room."
        raise Problem(Kind.TOO_LARGE, "render_too_long", message, allowed=[0, longest], hint=hint)


async def dry_run(service: Service, rendering: Rendering) -> DryRunAnswer:
    plan = rendering.plan
    described = await service.kernel.describe(plan)
    kept = await kept_render(service, rendering)
    scene = plan.scene.model_copy(update={"seed": plan.seed}).model_dump(mode="json", exclude_none=True)
    return DryRunAnswer(**described, cached=kept is not None, scene=scene)


async def kept_render(service: Service, rendering: Rendering) -> KeptRender | None:
    """A render that serves the request and of which every file is still there."""
    if not rendering.reuses:
        return None
    for file in await service.renders.of_signature(rendering.signature):
        document = await service.renders.document(file)
        kept = None if document is None else await asyncio.to_thread(_read, document)
        if kept is not None and kept.asked == rendering.request.asked and await _is_whole(service, kept):
            return kept
    return None


def _read(document: bytes) -> KeptRender | None:
    try:
        return KeptRender.model_validate_json(document)
    except ValidationError:  # of an earlier version
        return None


async def _is_whole(service: Service, kept: KeptRender) -> bool:
    for id_ in kept.files.all():
        if not await service.renders.exists(id_):
            return False
    return True


async def render(
    service: Service,
    rendering: Rendering,
    progress: Progress = no_progress,
    priority: Priority = Priority.STANDARD,
) -> KeptRender:
    """Make, master, encode and keep. Hold a slot."""
    request, plan, kernel = rendering.request, rendering.plan, service.kernel
    output = request.output
    async with (
        kernel.perform(plan, parts=output.separate_tracks, priority=priority) as performance,
        service.renders.keeping(output.project) as batch,
    ):
        blocks = _watched(performance, progress)
        audio = await batch.encode(
            blocks, rendering.encoding, plan.scene.rate, plan.scene.channels, name="mixdown"
        )
        assert performance.receipt is not None  # noqa: S101 - complete with the last block
        # Signed with what was heard: another backend than the planned one may have spoken.
        signature = kernel.file_signature(performance.receipt.mix_signature, rendering.encoding)
        signed = {"file_signature": signature, "content_sha256": audio.sha256}
        receipt = performance.receipt.model_copy(update=signed)
        files = Files(audio=audio.id)
        if output.separate_tracks:
            files.tracks = await _keep_tracks(batch, performance)
        for layer in sorted(request.stems):
            files.stems[layer] = await _keep_stems(service, batch, receipt, layer)
        for notice in overlaps_cut(plan.scene.layers, performance.timeline.placed, plan.scene.rate):
            receipt = _with(receipt, notice)
        if output.captions and not performance.timeline.words:
            receipt = _with(receipt, UNTIMED)
        readings = _readings(service, performance)
        told = {layer for layer, reading in readings.items() if {"bpm", "key"} <= reading.keys()}
        notations = await _notations(service, performance, told - request.midi)
        for layer in sorted(request.midi):
            if (notation := notations.get(layer)) is None:
                receipt = _with(receipt, no_notes(layer))
            else:
                files.midi[layer] = (await batch.attach(notation.midi, "audio/midi", f"{layer}.mid")).id
        kept = await asyncio.to_thread(
            KeptRender.of,
            request.asked,
            files,
            performance,
            receipt,
            notations,
            readings,
            audio.duration_ms or 0,
        )
        if kept.captions is not None and (kind := output.captions):
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


async def _notations(service: Service, performance: Performance, needless: Set[str]) -> dict[str, Notation]:
    """The music as written, where its backend knows the notes. An hour's take seconds to write: not where they are
    ``needless``."""
    found = {
        layer: await service.kernel.notation(spec)
        for layer, spec in performance.timeline.played.items()
        if spec.role == "music" and layer not in needless
    }
    return {layer: notation for layer, notation in found.items() if notation is not None}


def _readings(service: Service, performance: Performance) -> dict[str, Mapping[str, JsonValue]]:
    """How the words of a request were read, by who has played it."""
    found = {layer: service.kernel.reading(spec) for layer, spec in performance.timeline.played.items()}
    return {layer: reading for layer, reading in found.items() if reading is not None}


UNTIMED = Notice(
    code="no_word_times",
    message="the voice gives no word times: within an utterance the captions' are estimates",
)


def _with(receipt: Receipt, notice: Notice) -> Receipt:
    return receipt.model_copy(update={"notices": (*receipt.notices, notice)})


def no_notes(layer: str) -> Notice:
    return Notice(code="not_honoured", message="this music backend has no notes to export", layer=layer)


def overlaps_cut(
    layers: Sequence[Layer], placed: Mapping[str, tuple[int, int]], rate: int
) -> Iterator[Notice]:
    """Layers that were to overlap another by more than one of the two turned out to last."""
    lasting = {id_: to_ms(end - start, rate) for id_, (start, end) in placed.items()}
    for layer in layers:
        if layer.after is None or layer.gap_ms >= 0:
            continue
        shorter = min(layer.id, layer.after, key=lasting.__getitem__)
        if -layer.gap_ms > lasting[shorter]:
            message = f"the overlap of {-layer.gap_ms} ms is longer than {shorter!r}, which lasts {lasting[shorter]}"
            yield Notice(code="overlap_cut", message=message, layer=layer.id)


async def _keep_stems(service: Service, batch: Batch, receipt: Receipt, layer: str) -> dict[str, str]:
    """The piece's instrument groups, as composed; they sum to the piece."""
    made = next((source for source in receipt.sources if source.layer == layer), None)
    stored = await service.kernel.stored_source(made.signature) if made else None
    if stored is None:
        return {}
    return {
        name: await _keep(batch, stored.stem(name), stored.rate, 1.0, f"{layer}-{name}")
        for name in stored.stems
    }


async def _keep(batch: Batch, pcm: PcmFile, rate: int, gain: float, name: str) -> str:
    async def blocks() -> AsyncIterator[Audio]:
        read = pcm.blocks(rate)
        while (block := await asyncio.to_thread(next, read, None)) is not None:
            yield Audio(block * np.float32(gain), rate)

    return (await batch.encode(blocks(), TRACK, rate, pcm.channels, name=name)).id
