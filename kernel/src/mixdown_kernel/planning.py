"""From a scene to a plan: everything is checked, chosen and counted before any sound is made."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mixdown_kernel.backends import SynthesisBackend
from mixdown_kernel.contracts import ChecksRequests, SourceSpec, TextRequest
from mixdown_kernel.languages import refusal
from mixdown_kernel.lifecycle import Backends, RunningBackend, unavailable
from mixdown_kernel.placing import in_order, said_of
from mixdown_kernel.plan import Correction, Plan, SourcePlan, VoiceCandidate, VoicePlan, estimate, spoken_ms
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.registry import Registry
from mixdown_kernel.requests import MAX_DURATION_MS, SpeechRequest
from mixdown_kernel.roles import Role
from mixdown_kernel.scene import Scene, SourceLayer, VoiceLayer
from mixdown_kernel.script import Script
from mixdown_kernel.voices import VoiceChoice, Voices

MAX_LAYERS = 2000
SHIFTS = (-12.0, 12.0)
"""How far the road shifts a voice's pitch, in semitones: beyond an octave no voice is left."""
LOUDEST = 4.0
"""What a request's volume may be; the road does the rest."""
CHECKED_MS = 1000
"""The length that stands in for the scene's while a request is only checked."""


class Planner:
    """Makes plans with what is open now."""

    def __init__(self, registry: Registry, backends: Backends, voices: Voices) -> None:
        self._registry = registry
        self._backends = backends
        self._voices = voices

    async def plan(self, scene: Scene) -> Plan:
        """Check a scene and choose its backends. `Problem` names the member at fault."""
        if len(scene.layers) > MAX_LAYERS:
            raise Problem(Kind.TOO_LARGE, "too_many_layers", f"a scene has at most {MAX_LAYERS} layers")
        _refuse_twins(scene)
        in_order(scene.layers)
        seed = secrets.randbelow(2**32) if scene.seed is None else scene.seed
        layers = [await self.layer(scene, layer, seed) for layer in scene.layers]
        _refuse_endless(scene, layers)
        plan = Plan(scene, seed, tuple(layers), estimate(scene, layers))
        if plan.estimated_ms > MAX_DURATION_MS:
            hours = MAX_DURATION_MS // 3_600_000
            raise Problem(Kind.TOO_LARGE, "scene_too_long", f"a scene lasts at most {hours} hours")
        if not plan.voices and all(isinstance(p, SourcePlan) and p.endless for p in layers):
            raise invalid(
                "endless_scene", "nothing in the scene ends: give a layer duration_ms", field="layers"
            )
        return plan

    async def layer(self, scene: Scene, layer: VoiceLayer | SourceLayer, seed: int) -> VoicePlan | SourcePlan:
        """One layer of a scene; ``seed`` is the scene's, given or drawn. `Problem` names layer and member."""
        with said_of(layer):
            if isinstance(layer, VoiceLayer):
                return await self._voice(scene, layer, seed)
            return self._source(scene, layer, seed)

    async def _voice(self, scene: Scene, layer: VoiceLayer, seed: int) -> VoicePlan:
        choices = await self._choices(layer)
        text = TextRequest(
            text=layer.text,
            markup=layer.markup,
            language=layer.language or choices[0].language or "en",
            normalize=layer.normalize,
            lexicon=layer.lexicon,
        )
        front_end = self._backends.first("text").instance
        script = await asyncio.to_thread(front_end.script, text)
        named = {item.voice for item in script.utterances if item.voice}
        cast = [(choice, await self._cast(choice, named)) for choice in choices]
        able = [(choice, voices) for choice, voices in cast if len(voices) == len(named)]
        if not able:
            unknown = next(one for one in script.utterances if one.voice and one.voice not in cast[0][1])
            problem = await self._voices.unknown(str(unknown.voice), [choices[0].running], field="text")
            problem.details["offset"] = unknown.start
            raise problem
        own_seed = layer_seed(seed, layer.id)
        candidates = await asyncio.to_thread(
            lambda: _speakable(
                script, [_candidate(choice, voices, layer, script, own_seed) for choice, voices in able]
            )
        )
        return VoicePlan(
            layer,
            script,
            tuple(candidates),
            scene.reuse or scene.seed is not None,
            spoken_ms(script, layer.speed),
        )

    async def _cast(self, choice: VoiceChoice, named: set[str]) -> dict[str, VoiceChoice]:
        """The voices that a text names, as far as the backend has them."""
        found = {name: await self._voices.find(name, [choice.running]) for name in named}
        return {name: choices[0] for name, choices in found.items() if choices}

    async def _choices(self, layer: VoiceLayer) -> list[VoiceChoice]:
        if layer.backend:
            pinned = self._backends.named("synthesis", layer.backend)
            return await self._voices.resolve(layer.voice, [pinned])
        return await self._voices.resolve(layer.voice, self._backends.candidates("synthesis", layer))

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
        if fields.get("stems"):  # which belong to their piece: no other backend's would do
            candidates = candidates[:1]
        # A cycle is kept whatever its seed: it is heard again and again.
        reuse = role.keep and (scene.reuse or seeded or layer.loop or bool(fields.get("stems")))
        return _able(SourcePlan(layer, role, fields, tuple(candidates), reuse, fits_scene))

    def _candidates(self, layer: SourceLayer, role: Role) -> list[RunningBackend]:
        if layer.backend:
            return [self._backends.named(role.name, layer.backend)]
        found = self._backends.candidates(role.name, layer)
        if not found:
            raise unavailable(role.name)
        return found


def layer_seed(seed: int, layer: str) -> int:
    """Each layer's own seed, so that two pieces in one scene differ and a scene's seed fixes them all."""
    return int.from_bytes(hashlib.blake2s(f"{seed} {layer}".encode(), digest_size=4).digest(), "big")


def _candidate(
    choice: VoiceChoice, voices: Mapping[str, VoiceChoice], layer: VoiceLayer, script: Script, seed: int
) -> VoiceCandidate:
    """What one backend would be asked for each utterance."""
    backend = choice.running.offer.backend
    assert isinstance(backend, SynthesisBackend)  # noqa: S101 - the registry refuses any other
    specs, corrections = [], []
    for item in script.utterances:
        wanted = layer.speed * item.rate
        native = _within(wanted, backend.speed_range)
        speaker = voices.get(item.voice or "", choice)
        pitch = _within(item.pitch, backend.pitch_range) if "pitch" in backend.honours else 0.0
        loudness = item.volume * layer.effort
        volume = min(loudness, LOUDEST) if "volume" in backend.honours else 1.0
        request = SpeechRequest(
            text=item.text,
            voice=speaker.voice,
            language=item.language or layer.language,
            speed=native,
            pitch=pitch,
            volume=volume,
            pronunciations=item.pronunciations if "phonemes" in backend.honours else (),
            instructions=layer.instructions if "instructions" in backend.honours else None,
            seed=seed if backend.seeded else 0,
            parameters={**layer.parameters, **item.parameters, **speaker.parameters},  # type: ignore[dict-item]
        )
        specs.append(SourceSpec("synthesis", choice.running.name, request))
        shift = _within(item.pitch - pitch, SHIFTS)
        corrections.append(Correction(wanted / native, shift, loudness / volume if volume else 1.0))
    return VoiceCandidate(choice.running, tuple(specs), tuple(corrections))


def _speakable(script: Script, candidates: list[VoiceCandidate]) -> list[VoiceCandidate]:
    """Those who take every utterance; `Problem` if none does."""
    able: list[VoiceCandidate] = []
    refusals: list[Problem] = []
    for candidate in candidates:
        try:
            _check_utterances(script, candidate)
            able.append(candidate)
        except Problem as problem:
            refusals.append(problem)
    if not able:
        raise refusal(refusals)
    return able


def _check_utterances(script: Script, candidate: VoiceCandidate) -> None:
    instance = candidate.running.instance
    if not isinstance(instance, ChecksRequests):
        return
    for item, spec in zip(script.utterances, candidate.specs, strict=True):
        try:
            instance.check(spec.request)
        except Problem as problem:
            if item.language and problem.field == "language":  # which the text asked for
                problem.field = "text"
                problem.details["offset"] = item.start
            raise


def _able(plan: SourcePlan) -> SourcePlan:
    """The plan with those of its candidates that take the request; the first one's `Problem` if none does."""
    able: list[RunningBackend] = []
    refusals: list[Problem] = []
    for running in plan.backends:
        request = plan.spec(running, CHECKED_MS).request
        try:
            if isinstance(running.instance, ChecksRequests):
                running.instance.check(request)
            able.append(running)
        except Problem as problem:
            refusals.append(problem)
    if not able:
        raise refusals[0]
    return replace(plan, backends=tuple(able))


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _refuse_endless(scene: Scene, layers: list[VoicePlan | SourcePlan]) -> None:
    """Nothing can follow what does not end."""
    endless = {plan.layer.id for plan in layers if isinstance(plan, SourcePlan) and plan.endless}
    for layer in scene.layers:
        if layer.after in endless:
            hint = f"Give {layer.after!r} a duration_ms."
            message = f"{layer.id!r} follows {layer.after!r}, which has no end of its own"
            with said_of(layer):
                raise invalid("endless_layer", message, field="after", hint=hint)


def _refuse_twins(scene: Scene) -> None:
    seen: set[str] = set()
    for layer in scene.layers:
        if layer.id in seen:
            raise invalid("duplicate_layer", f"two layers are called {layer.id!r}", field="layers")
        seen.add(layer.id)
