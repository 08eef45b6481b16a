"""What a plan would do, told without doing it."""

from __future__ import annotations

from pydantic import JsonValue

from mixdown_kernel import signatures
from mixdown_kernel.cache import SourceCache
from mixdown_kernel.contracts import ReadsPrompts, SourceSpec
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.placing import starts
from mixdown_kernel.plan import Plan, SourcePlan, VoicePlan, utterance_ms
from mixdown_kernel.requests import SpeechRequest
from mixdown_kernel.script import Pause


async def describe(plan: Plan, cache: SourceCache) -> dict[str, JsonValue]:
    """The timeline by estimate, every utterance as written and as it will be read, the backends, and what is
    stored already. Makes no sound."""
    layers: list[JsonValue] = []
    lengths = {layer.layer.id: layer.likely_ms for layer in plan.layers}
    begin = starts(plan.scene.layers, lengths, 1000)
    for layer in plan.layers:
        told = _voice(layer, cache) if isinstance(layer, VoicePlan) else _source(plan, layer, cache)
        layers.append({**await told, "start_ms": begin[layer.layer.id]})
    return {"seed": plan.seed, "estimated_duration_ms": plan.estimated_ms, "layers": layers}


async def _voice(plan: VoicePlan, cache: SourceCache) -> dict[str, JsonValue]:
    candidate = plan.candidates[0]
    utterances: list[JsonValue] = []
    for item, spec in zip(plan.script.utterances, candidate.specs, strict=True):
        request = spec.request
        assert isinstance(request, SpeechRequest)  # noqa: S101 - voice plans hold nothing else
        utterances.append(
            {
                "written": plan.layer.text[item.start : item.end],
                "read": item.text,
                "pronounced": [
                    {"written": item.text[one.text_start : one.text_end], "ipa": one.ipa}
                    for one in request.pronunciations
                ],
                "start": item.start,
                "end": item.end,
                "voice": request.voice,
                "language": request.language,
                "estimated_ms": utterance_ms(item, plan.layer.speed),
                "cached": plan.reuse and await _stored(cache, spec, candidate.running),
            }
        )
    return {
        "id": plan.layer.id,
        "type": "voice",
        "estimated_ms": plan.estimated_ms,
        "backends": [running.name for running in plan.backends],
        "utterances": utterances,
        "pauses_ms": [item.ms for item in plan.script.items if isinstance(item, Pause)],
    }


async def _source(plan: Plan, layer: SourcePlan, cache: SourceCache) -> dict[str, JsonValue]:
    running = layer.backends[0]
    spec = layer.spec(running, plan.estimated_ms)
    cycles = layer.specs(running, plan.estimated_ms)
    reader = running.instance
    read = {"reading": dict(reader.reading(spec.request))} if isinstance(reader, ReadsPrompts) else {}
    return {
        "id": layer.layer.id,
        "type": layer.role.name,
        "backends": [running.name for running in layer.backends],
        "request": spec.request.model_dump(mode="json"),
        "cached": layer.reuse
        and not layer.fits_scene
        and all([await _stored(cache, one, running) for one in cycles]),
        **read,
    }


async def _stored(cache: SourceCache, spec: SourceSpec, running: RunningBackend) -> bool:
    return await cache.find(signatures.source_signature(spec, running)) is not None
