"""What lies beside a kept render: everything that its answer holds but the request does not say.

It names files by their ids, and becomes an answer when one is given: URLs depend on a setting, which may change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, Field, JsonValue

from mixdown_api.scenes.captions import CaptionFormat, captions
from mixdown_api.scenes.output import Captions
from mixdown_api.scenes.speakers import Speakers
from mixdown_api.scenes.timings import MarkTime, WordTime, word_times
from mixdown_kernel import Notation, Performance, Receipt, Scene, to_ms

UrlOf = Callable[[str], str]
"""From a file's id to where it can be fetched."""


class Asked(BaseModel):
    """What an answer holds besides the sound. A kept render serves only who asked for the same."""

    texts: dict[str, str]
    tracks: bool
    stems: list[str]
    midi: list[str]
    captions: CaptionFormat | None
    project: str | None


class Files(BaseModel):
    """Ids: of the mix, and of what was asked for beside it, by layer."""

    audio: str
    tracks: dict[str, str] = Field(default_factory=dict)
    stems: dict[str, dict[str, str]] = Field(default_factory=dict)
    midi: dict[str, str] = Field(default_factory=dict)
    captions: str | None = None

    def all(self) -> list[str]:
        stems = [id_ for group in self.stems.values() for id_ in group.values()]
        captions = [self.captions] if self.captions else []
        return [self.audio, *self.tracks.values(), *stems, *self.midi.values(), *captions]


class Heard(BaseModel):
    """One layer on the final timeline."""

    start_ms: int
    end_ms: int
    utterances: list[tuple[int, int]] = Field(default_factory=list)
    words: list[WordTime] = Field(default_factory=list)
    marks: list[MarkTime] = Field(default_factory=list)
    seed: int | None = None
    bpm: int | None = None
    key: str | None = None
    reading: dict[str, Any] | None = None


class Piece(BaseModel):
    """A piece of music as its backend was asked for it: the way to play it again, apart."""

    backend: str
    request: dict[str, JsonValue]
    gain: float | None = None
    """What it was multiplied with to become the render; None where anything else was done to it, or beside it."""


class KeptRender(BaseModel):
    """The document ``<key>.json``."""

    asked: Asked
    files: Files
    duration_ms: int
    layers: dict[str, Heard]
    captions: str | None
    receipt: Receipt
    pieces: dict[str, Piece] = Field(default_factory=dict)
    scene: Scene | None = None
    """As it was performed, its seed drawn; None in renders of earlier versions."""
    gain: float = 1.0
    """Times it, the layers' shares sum to the render."""

    @classmethod
    def of(
        cls,
        asked: Asked,
        files: Files,
        performance: Performance,
        receipt: Receipt,
        notations: Mapping[str, Notation],
        readings: Mapping[str, Mapping[str, JsonValue]],
        duration_ms: int,
    ) -> KeptRender:
        timeline, rate = performance.timeline, performance.plan.scene.rate
        seeds = {source.layer: source.seed for source in receipt.sources}
        said = timeline.apart()
        layers = {}
        for layer, (start, end) in timeline.placed.items():
            notation, reading = notations.get(layer), readings.get(layer)
            tempo = notation.bpm if notation else (reading or {}).get("bpm")
            tonality = notation.key if notation else (reading or {}).get("key")
            layers[layer] = Heard(
                start_ms=to_ms(start, rate),
                end_ms=to_ms(end, rate),
                utterances=[(one.start_ms, one.end_ms) for one in said[layer].utterances],
                words=word_times(said[layer].words, asked.texts.get(layer, "")),
                marks=[MarkTime(name=mark.name, ms=mark.ms) for mark in said[layer].marks],
                seed=seeds.get(layer),
                bpm=round(tempo) if isinstance(tempo, int | float) else None,
                key=tonality if isinstance(tonality, str) else None,
                reading=None if reading is None else dict(reading),
            )
        speakers = Speakers.of(performance.plan)
        written = (
            captions(timeline, asked.texts, asked.captions, duration_ms, speakers) if asked.captions else None
        )
        return cls(
            asked=asked,
            files=files,
            duration_ms=duration_ms,
            layers=layers,
            captions=written,
            receipt=receipt,
            pieces=_pieces(performance),
            scene=performance.plan.scene.model_copy(update={"seed": performance.plan.seed}),
            gain=performance.part_gain,
        )

    def common(self, seed: int | None, url: UrlOf, *, cached: bool) -> dict[str, Any]:
        """The members of every `RenderAnswer`, for a request with this ``seed``."""
        receipt = self.receipt.model_dump(mode="json", exclude={"notices"})
        if seed is not None:  # where no backend is seeded, every seed is answered by one render
            receipt["seed"] = seed
        shown = None
        if self.captions is not None and self.files.captions and self.asked.captions:
            shown = Captions(format=self.asked.captions, url=url(self.files.captions), text=self.captions)
        return {
            "audio_url": url(self.files.audio),
            "duration_ms": self.duration_ms,
            "captions": shown,
            "cached": cached,
            "notices": [notice.model_dump(exclude_none=True) for notice in self.receipt.notices],
            "receipt": receipt,
        }

    def track(self, layer: str, url: UrlOf) -> str | None:
        id_ = self.files.tracks.get(layer)
        return url(id_) if id_ else None

    def stems(self, layer: str, url: UrlOf) -> dict[str, str] | None:
        """None where none were asked for."""
        group = self.files.stems.get(layer)
        return None if group is None else {name: url(id_) for name, id_ in group.items()}

    def midi(self, layer: str, url: UrlOf) -> str | None:
        id_ = self.files.midi.get(layer)
        return url(id_) if id_ else None


def _pieces(performance: Performance) -> dict[str, Piece]:
    scene = performance.plan.scene
    pieces = {}
    for layer in scene.layers:
        spec = performance.timeline.played.get(layer.id)
        if spec is not None and spec.role == "music":
            changed = (
                layer.start_ms,
                layer.after,
                layer.fade_in_ms,
                layer.fade_out_ms,
                layer.pan,
                scene.tail_ms,
            )
            alone = len(scene.layers) == 1 and not any(changed)
            pieces[layer.id] = Piece(
                backend=spec.backend,
                request=spec.request.model_dump(mode="json", exclude_defaults=True),
                gain=layer.volume * performance.part_gain if alone else None,
            )
    return pieces
