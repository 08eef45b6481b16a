"""A scene that has been checked: what will be asked of whom, and what it will be signed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue, ValidationError

from mixdown_kernel import signatures
from mixdown_kernel.assets import SILENCE
from mixdown_kernel.contracts import Layered, SourceSpec
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.placing import starts
from mixdown_kernel.problems import invalid
from mixdown_kernel.requests import SourceRequest
from mixdown_kernel.roles import Role
from mixdown_kernel.scene import Layer, Scene, SourceLayer, VoiceLayer
from mixdown_kernel.script import Mark, Pause, Script, Utterance

CHARACTERS_PER_SECOND = 15.0
"""A calm reading voice; only estimates rest on it."""
FIRST_SYLLABIC = "\u2e80"
SYLLABLE_LETTERS = 3.5
MUSIC_QUANTUM_MS = 10_000


@dataclass(frozen=True, slots=True)
class Correction:
    """What was asked of an utterance and is out of its backend's reach; the road does it to the sound."""

    speed: float = 1.0
    semitones: float = 0.0
    gain: float = 1.0

    @property
    def keeps_time(self) -> bool:
        """Sample by sample: it can be done to a stream."""
        return abs(self.speed - 1) < 1e-3 and self.semitones == 0

    def described(self) -> JsonValue:
        return [round(self.speed, 6), round(self.semitones, 6), round(self.gain, 6)]


@dataclass(frozen=True)
class VoiceCandidate:
    """One backend that can speak a layer, and what it would be asked for each utterance."""

    running: RunningBackend
    specs: tuple[SourceSpec, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True)
class VoicePlan:
    layer: VoiceLayer
    script: Script
    candidates: tuple[VoiceCandidate, ...]
    reuse: bool
    estimated_ms: int

    @property
    def likely_ms(self) -> int:
        """How long the layer may last."""
        return self.layer.duration_ms or self.estimated_ms

    @property
    def backends(self) -> tuple[RunningBackend, ...]:
        """The candidates' backends, in order."""
        return tuple(candidate.running for candidate in self.candidates)

    def candidate(self, running: RunningBackend) -> VoiceCandidate:
        return next(one for one in self.candidates if one.running is running)

    def contents(self, running: RunningBackend) -> list[JsonValue]:
        """What the layer consists of if this backend speaks it: signatures, corrections and pauses, in order."""
        candidate = self.candidate(running)
        spoken = zip(candidate.specs, candidate.corrections, strict=True)
        contents: list[JsonValue] = []
        for item in self.script.items:
            if isinstance(item, Pause):
                contents.append(item.ms)
            elif isinstance(item, Utterance):
                spec, correction = next(spoken)
                contents.append([signatures.source_signature(spec, running), correction.described()])
        return contents


@dataclass(frozen=True)
class SourcePlan:
    layer: SourceLayer
    role: Role
    request: dict[str, Any]
    backends: tuple[RunningBackend, ...]
    reuse: bool
    fits_scene: bool
    """Its request wants a duration that nobody gave: that of the scene, once it is known."""

    @property
    def likely_ms(self) -> int:
        """How long the layer may last; 0 where nobody can say."""
        asked = self.request.get("duration_ms", 0)
        asset = str(self.request.get("asset", ""))
        if asset.startswith(SILENCE):
            asked = int(asset.removeprefix(SILENCE))
        return self.layer.duration_ms or (asked if isinstance(asked, int) else 0)

    @property
    def endless(self) -> bool:
        """Nothing of its own ends it."""
        return self.layer.duration_ms is None and (self.layer.loop or self.fits_scene)

    def contents(self, running: RunningBackend) -> list[JsonValue]:
        """What the layer consists of if this backend plays it. A length taken from the scene follows from the
        other layers, so it need not be known."""
        parts = [signatures.source_signature(spec, running) for spec in self.specs(running)]
        return [*parts, self.fits_scene]

    def specs(self, running: RunningBackend, duration_ms: int | None = None) -> tuple[SourceSpec, ...]:
        """The sources whose sum the layer is: one, or the cycles that a looping bed is layered of."""
        spec = self.spec(running, duration_ms)
        if not (self.layer.loop and isinstance(running.instance, Layered)):
            return (spec,)
        return tuple(replace(spec, request=request) for request in running.instance.cycles(spec.request))

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
    def is_bare(self) -> bool:
        """One voice, spoken or recorded in parts, and nothing to do to it: it passes the mix untouched."""
        layer = self.scene.layers[0]
        touched = (
            len(self.layers) > 1
            or layer.volume != 1
            or any((layer.pan, layer.start_ms, layer.fade_in_ms, layer.fade_out_ms, layer.duration_ms))
            or (isinstance(layer, SourceLayer) and layer.loop)
            or any((self.scene.channels > 1, self.scene.tail_ms, self.scene.master.mode != "none"))
        )
        return layer.speaks and not touched

    def signature(
        self, mixing: RunningBackend | None, used: Mapping[str, RunningBackend] | None = None
    ) -> str:
        """The mix's signature: as it will be if every layer's first backend answers, or with those ``used``.
        ``mixing`` resamples and stretches even where it mixes nothing."""
        who = used or {}
        contents: list[Any] = [
            plan.contents(who.get(plan.layer.id) or plan.backends[0]) for plan in self.layers
        ]
        identity = [] if mixing is None else signatures.backend_identity(mixing)
        return signatures.mix_signature(contents, self.scene, identity)

    @property
    def voices(self) -> tuple[VoicePlan, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, VoicePlan))


def validated(role: Role, fields: dict[str, Any], layer: Layer) -> SourceRequest:
    """A source request from its members; `Problem` names the first wrong one."""
    assert role.request is not None  # noqa: S101 - only source roles come here
    try:
        return role.request.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        member = ".".join(str(part) for part in first["loc"])
        raise invalid("invalid_request", f"{layer.id}: {first['msg']}", field=member) from None


def generous_ms(plan: Plan) -> int:
    """Longer than the scene can be expected to become: what a piece of music is asked for where sound leaves
    before the scene's length is known."""
    wanted = int(plan.estimated_ms * 1.5) + MUSIC_QUANTUM_MS
    return -(-wanted // MUSIC_QUANTUM_MS) * MUSIC_QUANTUM_MS


def estimate(scene: Scene, layers: list[VoicePlan | SourcePlan]) -> int:
    lengths = {plan.layer.id: plan.likely_ms for plan in layers}
    begin = starts(scene.layers, lengths, 1000)
    ends = {layer: begin[layer] + likely_ms for layer, likely_ms in lengths.items()}
    return max(ends[layer] for layer in decisive(scene, layers) or ends) + scene.tail_ms


def decisive(scene: Scene, layers: Sequence[VoicePlan | SourcePlan]) -> set[str]:
    """The layers that decide where the scene ends."""
    voices = {plan.layer.id for plan in layers if isinstance(plan, VoicePlan)}
    if voices and scene.ends_with == "voices":
        return voices
    return voices | {plan.layer.id for plan in layers if isinstance(plan, SourcePlan) and not plan.endless}


def spoken_ms(script: Script, speed: float) -> int:
    total = 0
    for item in script.items:
        if isinstance(item, Pause):
            total += item.ms
        elif not isinstance(item, Mark):
            total += utterance_ms(item, speed)
    return total


def utterance_ms(item: Utterance, speed: float) -> int:
    """What speaking it may take. An ideograph or a syllable of Hangul stands for several letters."""
    letters = sum(SYLLABLE_LETTERS if character >= FIRST_SYLLABIC else 1 for character in item.text)
    return round(1000 * max(letters, 4) / (CHARACTERS_PER_SECOND * speed * item.rate))
