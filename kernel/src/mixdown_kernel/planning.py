"""From a scene to a plan: everything is checked, chosen and counted before any sound is made."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue, ValidationError

from mixdown_kernel import signatures
from mixdown_kernel.audio import to_frames
from mixdown_kernel.backends import SynthesisBackend
from mixdown_kernel.cache import SourceCache
from mixdown_kernel.lifecycle import Backends, RunningBackend, unavailable
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.registry import Registry
from mixdown_kernel.requests import SourceRequest, SpeechRequest
from mixdown_kernel.roles import ChecksRequests, Role, SourceSpec, TextRequest
from mixdown_kernel.scene import Layer, Scene, SourceLayer, VoiceLayer
from mixdown_kernel.script import Mark, Pause, Script, Utterance
from mixdown_kernel.voices import VoiceChoice, Voices

CHARACTERS_PER_SECOND = 15.0
"""A calm reading voice; only estimates rest on it."""
MAX_LAYERS = 2000
MUSIC_QUANTUM_MS = 10_000
CHECKED_MS = 1000
"""The length that stands in for the scene's while a request is only checked."""


@dataclass(frozen=True)
class VoiceCandidate:
    """One backend that can speak a layer, and what it would be asked for each utterance."""

    running: RunningBackend
    specs: tuple[SourceSpec, ...]
    stretches: tuple[float, ...]
    """The part of the speed that the backend does not reach; the road stretches by it."""


@dataclass(frozen=True)
class VoicePlan:
    layer: VoiceLayer
    script: Script
    candidates: tuple[VoiceCandidate, ...]
    reuse: bool
    estimated_ms: int

    @property
    def first(self) -> RunningBackend:
        return self.candidates[0].running

    def contents(self, running: RunningBackend) -> list[JsonValue]:
        """What the layer consists of if this backend speaks it: signatures, stretches and pauses, in order."""
        candidate = next(one for one in self.candidates if one.running is running)
        spoken = zip(candidate.specs, candidate.stretches, strict=True)
        contents: list[JsonValue] = []
        for item in self.script.items:
            if isinstance(item, Pause):
                contents.append(item.ms)
            elif isinstance(item, Utterance):
                spec, stretch = next(spoken)
                contents.append([signatures.source_signature(spec, running), round(stretch, 6)])
        return contents


@dataclass(frozen=True)
class SourcePlan:
    layer: SourceLayer
    role: Role
    request: dict[str, Any]
    candidates: tuple[RunningBackend, ...]
    reuse: bool
    fits_scene: bool
    """Its request wants a duration that nobody gave: that of the scene, once it is known."""

    @property
    def endless(self) -> bool:
        """Nothing of its own ends it."""
        return self.layer.duration_ms is None and (self.layer.loop or self.fits_scene)

    @property
    def first(self) -> RunningBackend:
        return self.candidates[0]

    def contents(self, running: RunningBackend) -> list[JsonValue]:
        """What the layer consists of if this backend plays it. A length taken from the scene follows from the
        other layers, so it need not be known."""
        return [signatures.source_signature(self.spec(running), running), self.fits_scene]

    def spec(self, running: RunningBackend, duration_ms: int | None = None) -> SourceSpec:
        """What one backend is asked for; ``duration_ms`` fits it to the scene."""
        fields = dict(self.request)
        if self.fits_scene:
            fields["duration_ms"] = max(1, duration_ms or 1)
        if not running.offer.backend.seeded:
            fields["seed"] = 0
        return SourceSpec(self.role.name, running.name, validated(self.role, fields, self.layer))


@dataclass(frozen=True)
class Plan:
    """A scene ready to be performed. Making one costs no synthesis and touches no listener."""

    scene: Scene
    seed: int
    layers: tuple[VoicePlan | SourcePlan, ...]
    estimated_ms: int

    @property
    def is_bare_voice(self) -> bool:
        """One voice and nothing to do to it: it passes the mix untouched."""
        layer = self.scene.layers[0]
        touched = (
            len(self.layers) > 1
            or layer.volume != 1
            or any((layer.pan, layer.start_ms, layer.fade_in_ms, layer.fade_out_ms, layer.duration_ms))
            or any((self.scene.channels > 1, self.scene.tail_ms, self.scene.master.mode != "none"))
        )
        return bool(self.voices) and not touched

    def signature(
        self, mixing: RunningBackend | None, used: Mapping[str, RunningBackend] | None = None
    ) -> str:
        """The mix's signature: as it will be if every layer's first backend answers, or with those ``used``.
        ``mixing`` resamples and stretches even where it mixes nothing."""
        who = used or {}
        contents: list[Any] = [plan.contents(who.get(plan.layer.id) or plan.first) for plan in self.layers]
        identity = [] if mixing is None else signatures.backend_identity(mixing)
        return signatures.mix_signature(contents, self.scene, identity)

    @property
    def voices(self) -> tuple[VoicePlan, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, VoicePlan))


class Planner:
    """Makes plans with what is open now."""

    def __init__(self, registry: Registry, backends: Backends, voices: Voices, cache: SourceCache) -> None:
        self._registry = registry
        self._backends = backends
        self._voices = voices
        self._cache = cache

    async def plan(self, scene: Scene) -> Plan:
        """Check a scene and choose its backends. `Problem` names the member at fault."""
        if len(scene.layers) > MAX_LAYERS:
            raise Problem(Kind.TOO_LARGE, "too_many_layers", f"a scene has at most {MAX_LAYERS} layers")
        _refuse_twins(scene)
        seed = secrets.randbelow(2**32) if scene.seed is None else scene.seed
        layers: list[VoicePlan | SourcePlan] = []
        for layer in scene.layers:
            if isinstance(layer, VoiceLayer):
                layers.append(await self._voice(scene, layer, seed))
            else:
                layers.append(self._source(scene, layer, seed))
        plan = Plan(scene, seed, tuple(layers), _estimate(scene, layers))
        if not plan.voices and all(isinstance(p, SourcePlan) and p.endless for p in layers):
            raise invalid(
                "endless_scene", "nothing in the scene ends: give a layer duration_ms", field="layers"
            )
        return plan

    async def _voice(self, scene: Scene, layer: VoiceLayer, seed: int) -> VoicePlan:
        choices = await self._choices(layer)
        text = TextRequest(
            text=layer.text,
            markup=layer.markup,
            language=layer.language or choices[0].language or "en",
            normalize=layer.normalize,
        )
        front_end = self._backends.first("text").instance
        script = await asyncio.to_thread(front_end.script, text)
        candidates = [
            await self._candidate(choice, layer, script, layer_seed(seed, layer.id)) for choice in choices
        ]
        return VoicePlan(
            layer,
            script,
            tuple(candidates),
            scene.reuse or scene.seed is not None,
            _spoken_ms(script, layer.speed),
        )

    async def _choices(self, layer: VoiceLayer) -> list[VoiceChoice]:
        if layer.backend:
            pinned = self._backends.named("synthesis", layer.backend)
            return await self._voices.resolve(layer.voice, [pinned])
        return await self._voices.resolve(layer.voice, self._backends.candidates("synthesis", layer))

    async def _candidate(
        self, choice: VoiceChoice, layer: VoiceLayer, script: Script, seed: int
    ) -> VoiceCandidate:
        backend = choice.running.offer.backend
        assert isinstance(backend, SynthesisBackend)  # noqa: S101 - the registry refuses any other
        own_voices = {item.voice for item in script.utterances if item.voice}
        voices = {name: await self._named_in_text(name, choice.running) for name in own_voices}
        specs, stretches = [], []
        for item in script.utterances:
            wanted = layer.speed * item.rate
            native = _within(wanted, backend.speed_range)
            request = SpeechRequest(
                text=item.text,
                voice=voices.get(item.voice or "", choice.voice),
                language=item.language or layer.language,
                speed=native,
                pitch=_within(item.pitch, backend.pitch_range) if "pitch" in backend.honours else 0.0,
                volume=item.volume,
                instructions=layer.instructions if "instructions" in backend.honours else None,
                seed=seed if backend.seeded else 0,
                parameters={**layer.parameters, **item.parameters},  # type: ignore[dict-item]
            )
            specs.append(SourceSpec("synthesis", choice.running.name, request))
            stretches.append(wanted / native)
        return VoiceCandidate(choice.running, tuple(specs), tuple(stretches))

    async def _named_in_text(self, name: str, running: RunningBackend) -> str:
        return (await self._voices.resolve(name, [running]))[0].voice

    def _source(self, scene: Scene, layer: SourceLayer, seed: int) -> SourcePlan:
        role = self._registry.roles.get(layer.role)
        if role is None or role.request is None or role.name == "synthesis":
            sources = [r.name for r in self._registry.roles.values() if r.request and r.name != "synthesis"]
            raise invalid(
                "unknown_role", f"there are no layers of {layer.role!r}", field="role", allowed=sources
            )
        fields: dict[str, Any] = {**layer.request}
        wants_duration = "duration_ms" in role.request.model_fields and "duration_ms" not in fields
        if wants_duration and layer.duration_ms:
            fields["duration_ms"] = layer.duration_ms
        fits_scene = wants_duration and not layer.duration_ms
        seeded = "seed" in fields or scene.seed is not None
        fields.setdefault("seed", layer_seed(seed, layer.id))
        candidates = self._candidates(layer, role)
        reuse = role.keep and (scene.reuse or seeded or bool(fields.get("stems")))
        return _able(SourcePlan(layer, role, fields, tuple(candidates), reuse, fits_scene))

    def _candidates(self, layer: SourceLayer, role: Role) -> list[RunningBackend]:
        if layer.backend:
            return [self._backends.named(role.name, layer.backend)]
        found = self._backends.candidates(role.name, layer)
        if not found:
            raise unavailable(role.name)
        return found

    async def describe(self, plan: Plan) -> dict[str, JsonValue]:
        """A dry run: the timeline by estimate, backends, and what is stored already. Makes no sound."""
        layers: list[JsonValue] = []
        for layer in plan.layers:
            if isinstance(layer, VoicePlan):
                layers.append(await self._describe_voice(layer))
            else:
                layers.append(await self._describe_source(plan, layer))
        return {"seed": plan.seed, "estimated_duration_ms": plan.estimated_ms, "layers": layers}

    async def _describe_voice(self, plan: VoicePlan) -> dict[str, JsonValue]:
        candidate = plan.candidates[0]
        utterances: list[JsonValue] = []
        for item, spec in zip(plan.script.utterances, candidate.specs, strict=True):
            signature = signatures.source_signature(spec, candidate.running)
            utterances.append(
                {
                    "written": plan.layer.text[item.start : item.end],
                    "read": item.text,
                    "start": item.start,
                    "end": item.end,
                    "voice": getattr(spec.request, "voice", ""),
                    "estimated_ms": _utterance_ms(item, plan.layer.speed),
                    "cached": plan.reuse and await self._cache.find(signature) is not None,
                }
            )
        return {
            "id": plan.layer.id,
            "type": "voice",
            "start_ms": plan.layer.start_ms,
            "estimated_ms": plan.estimated_ms,
            "backends": [c.running.name for c in plan.candidates],
            "utterances": utterances,
            "pauses_ms": [item.ms for item in plan.script.items if isinstance(item, Pause)],
        }

    async def _describe_source(self, plan: Plan, layer: SourcePlan) -> dict[str, JsonValue]:
        spec = layer.spec(layer.candidates[0], plan.estimated_ms)
        signature = signatures.source_signature(spec, layer.candidates[0])
        known = not layer.fits_scene
        return {
            "id": layer.layer.id,
            "type": layer.role.name,
            "start_ms": layer.layer.start_ms,
            "backends": [running.name for running in layer.candidates],
            "request": spec.request.model_dump(mode="json"),
            "cached": known and layer.reuse and await self._cache.find(signature) is not None,
        }


def validated(role: Role, fields: dict[str, Any], layer: Layer) -> SourceRequest:
    """A source request from its members; `Problem` names the first wrong one."""
    assert role.request is not None  # noqa: S101 - only source roles come here
    try:
        return role.request.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        member = ".".join(str(part) for part in first["loc"])
        raise invalid(
            "invalid_request", f"{layer.id}: {first['msg']}", field=f"{layer.id}.{member}"
        ) from None


def layer_seed(seed: int, layer: str) -> int:
    """Each layer's own seed, so that two pieces in one scene differ and a scene's seed fixes them all."""
    return int.from_bytes(hashlib.blake2s(f"{seed} {layer}".encode(), digest_size=4).digest(), "big")


def _able(plan: SourcePlan) -> SourcePlan:
    """The plan with those of its candidates that take the request; the first one's `Problem` if none does."""
    able: list[RunningBackend] = []
    refusals: list[Problem] = []
    for running in plan.candidates:
        request = plan.spec(running, CHECKED_MS).request
        try:
            if isinstance(running.instance, ChecksRequests):
                running.instance.check(request)
            able.append(running)
        except Problem as problem:
            refusals.append(problem)
    if not able:
        raise refusals[0]
    return replace(plan, candidates=tuple(able))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _refuse_twins(scene: Scene) -> None:
    seen: set[str] = set()
    for layer in scene.layers:
        if layer.id in seen:
            raise invalid("duplicate_layer", f"two layers are called {layer.id!r}", field="layers")
        seen.add(layer.id)


def _utterance_ms(item: Utterance, speed: float) -> int:
    return round(1000 * max(len(item.text), 4) / (CHARACTERS_PER_SECOND * speed * item.rate))


def _spoken_ms(script: Script, speed: float) -> int:
    total = 0
    for item in script.items:
        if isinstance(item, Pause):
            total += item.ms
        elif not isinstance(item, Mark):
            total += _utterance_ms(item, speed)
    return total


def _estimate(scene: Scene, layers: list[VoicePlan | SourcePlan]) -> int:
    voices = [plan.layer.start_ms + plan.estimated_ms for plan in layers if isinstance(plan, VoicePlan)]
    others = [p.layer.start_ms + (p.layer.duration_ms or 0) for p in layers if isinstance(p, SourcePlan)]
    return max(voices or others) + scene.tail_ms


def generous_ms(plan: Plan) -> int:
    """Longer than the scene can be expected to become: what a piece of music is asked for where sound leaves
    before the scene's length is known."""
    wanted = int(plan.estimated_ms * 1.5) + MUSIC_QUANTUM_MS
    return -(-wanted // MUSIC_QUANTUM_MS) * MUSIC_QUANTUM_MS


def frames_of(layer: Layer, rate: int) -> tuple[int, int | None]:
    """A layer's first frame and, where its duration is given, the frame after its last."""
    start = to_frames(layer.start_ms, rate)
    return start, None if layer.duration_ms is None else to_frames(layer.start_ms + layer.duration_ms, rate)
