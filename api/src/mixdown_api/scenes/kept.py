"""What lies beside a kept render: everything that its answer holds but the request does not say.

It names files by their ids, and becomes an answer when one is given: URLs depend on a setting, which may change.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import BaseModel, Field

from mixdown_api.scenes.captions import captions
from mixdown_api.scenes.schemas import (
    BackgroundComponent,
    Captions,
    Components,
    GenerateAnswer,
    GenerateBody,
    MusicComponent,
    VoiceComponent,
)
from mixdown_api.scenes.timings import MarkTime, WordTime, word_times
from mixdown_kernel import Notation, Receipt, Timeline


class Asked(BaseModel):
    """What an answer holds besides the sound. A kept render serves only who asked for the same."""

    text: str
    tracks: bool
    stems: bool
    midi: bool = False
    captions: str | None
    project: str | None

    @classmethod
    def by(cls, body: GenerateBody) -> Asked:
        return cls(
            text=body.text,
            tracks=body.output.separate_tracks,
            stems=bool(body.music and body.music.stems),
            midi=bool(body.music and body.music.midi),
            captions=body.output.captions,
            project=body.output.project,
        )


class Files(BaseModel):
    """Ids."""

    audio: str
    tracks: dict[str, str] = Field(default_factory=dict)
    stems: dict[str, str] = Field(default_factory=dict)
    captions: str | None = None
    midi: str | None = None

    def all(self) -> list[str]:
        attached = [id_ for id_ in (self.captions, self.midi) if id_]
        return [self.audio, *self.tracks.values(), *self.stems.values(), *attached]


class KeptRender(BaseModel):
    """The document ``<key>.json``."""

    asked: Asked
    files: Files
    duration_ms: int
    utterances: list[tuple[int, int]]
    words: list[WordTime]
    marks: list[MarkTime]
    captions: str | None
    receipt: Receipt
    bpm: int | None = None
    key: str | None = None

    @classmethod
    def of(
        cls,
        body: GenerateBody,
        files: Files,
        duration_ms: int,
        timeline: Timeline,
        receipt: Receipt,
        notation: Notation | None = None,
    ) -> KeptRender:
        kind = body.output.captions
        return cls(
            asked=Asked.by(body),
            files=files,
            duration_ms=duration_ms,
            utterances=[(one.start_ms, one.end_ms) for one in timeline.utterances],
            words=word_times(timeline.words, body.text),
            marks=[MarkTime(name=mark.name, ms=mark.ms) for mark in timeline.marks],
            captions=captions(timeline, body.text, kind) if kind else None,
            receipt=receipt,
            bpm=round(notation.bpm) if notation else None,
            key=notation.key if notation else None,
        )

    def answer(self, body: GenerateBody, url: Callable[[str], str], *, cached: bool) -> GenerateAnswer:
        """For a request that this render serves; ``url`` makes one of an id."""
        receipt = self.receipt.model_dump(mode="json", exclude={"notices"})
        if body.seed is not None:  # where no backend is seeded, every seed is answered by one render
            receipt["seed"] = body.seed
        return GenerateAnswer(
            audio_url=url(self.files.audio),
            duration_ms=self.duration_ms,
            components=self._components(body, url),
            captions=self._captions(body, url),
            cached=cached,
            notices=[notice.model_dump(exclude_none=True) for notice in self.receipt.notices],
            receipt=receipt,
        )

    def _captions(self, body: GenerateBody, url: Callable[[str], str]) -> Captions | None:
        if self.captions is None or self.files.captions is None or body.output.captions is None:
            return None
        return Captions(format=body.output.captions, url=url(self.files.captions), text=self.captions)

    def _components(self, body: GenerateBody, url: Callable[[str], str]) -> Components:
        tracks = {layer: url(id_) for layer, id_ in self.files.tracks.items()}
        voice = VoiceComponent(
            url=tracks.get("voice"), timestamps=self.utterances, words=self.words, marks=self.marks
        )
        background = music = None
        if body.background:
            kind = "custom" if body.background.is_custom else body.background.type
            background = BackgroundComponent(url=tracks.get("background"), type=kind)
        if body.music:
            piece = next((source for source in self.receipt.sources if source.role == "music"), None)
            stems = {name: url(id_) for name, id_ in self.files.stems.items()}
            music = MusicComponent(
                url=tracks.get("music"),
                genre=body.music.genre,
                bpm=self.bpm or body.music.bpm,
                key=self.key or body.music.key,
                seed=piece.seed if piece else None,
                stems=stems if body.music.stems else None,
                midi_url=url(self.files.midi) if self.files.midi else None,
            )
        return Components(voice=voice, background=background, music=music)
