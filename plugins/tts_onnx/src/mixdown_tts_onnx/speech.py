"""The role ``synthesis`` for a family: its models, their voices, a worker each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import numpy as np
from pydantic import BaseModel, JsonValue, ValidationError

from mixdown_kernel import (
    Audio,
    Chunk,
    Clone,
    Context,
    Cost,
    Health,
    Kind,
    Problem,
    SpeechRequest,
    Voice,
    VoiceSample,
    Word,
    invalid,
)
from mixdown_kernel.streams import closing
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.family import Family, ImitatingFamily, Model, unknown_voice, unsupported_language
from mixdown_tts_onnx.language import detect, primary
from mixdown_tts_onnx.models.here import Found, Stamp, find_models, has_changed, missing
from mixdown_tts_onnx.runtime.process import Launch, problem_of
from mixdown_tts_onnx.runtime.worker import Worker
from mixdown_tts_onnx.settings import ModelSettings


@dataclass(frozen=True, slots=True)
class Speaker:
    """A model, as it was found, and who speaks with it."""

    model: Model
    stamp: Stamp
    worker: Worker

    @property
    def stale(self) -> bool:
        """Files changed that it reads yet: what it would speak is not what its signature says. Blocking, briefly."""
        card = self.model.card
        return has_changed(
            self.model, self.stamp, card.files if self.worker.state == "unloaded" else card.reread
        )


class OnnxSynthesizer:
    """Speaks with the models of one family that are here, each in a process of its own.

    Without any it is open all the same: whoever asks it is told the command to run, and once that was run it speaks.
    """

    def __init__(
        self, family: Family, settings: ModelSettings, context: Context, stack: AsyncExitStack
    ) -> None:
        self._family = family
        self._settings = settings
        self._context = context
        self._stack = stack
        self._looking = asyncio.Lock()
        self._speakers: tuple[Speaker, ...] = ()
        self._faults: tuple[str, ...] = ()
        self._voices: tuple[Voice, ...] = ()
        self._languages: frozenset[str] = frozenset()
        self._fingerprint = ""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, family: Family, settings: ModelSettings, context: Context
    ) -> AsyncIterator[OnnxSynthesizer]:
        """`Problem` for a directory of the settings that holds no such model."""
        async with AsyncExitStack() as stack:
            kind = Imitator if isinstance(family, ImitatingFamily) else cls
            synthesizer = kind(family, settings, context, stack)
            await synthesizer._look()
            yield synthesizer

    async def _look(self) -> None:
        """Find the models, unless those that are known are as they were."""
        async with self._looking:
            if not self._speakers or await asyncio.to_thread(_any_stale, self._speakers):
                found = await asyncio.to_thread(find_models, self._family, self._settings, self._context)
                await self._take(found)

    async def _take(self, found: Found) -> None:
        """What did not change is kept, with its process; what did speaks to its end and goes before it is loaded anew."""
        known = {(one.model.directory, one.stamp): one for one in self._speakers}
        speakers = []
        for model, stamp in zip(found.models, found.stamps, strict=True):
            speaker = known.pop((model.directory, stamp), None)
            if speaker is None:
                before = next((one for one in known.values() if one.model.directory == model.directory), None)
                worker = self._worker(model, before.worker if before else None)
                speaker = Speaker(model, stamp, await self._stack.enter_async_context(worker))
                if self._settings.preload:
                    worker.preload()
            speakers.append(speaker)
        for fault in found.faults:
            if fault not in self._faults:
                self._context.logger.warning("a model cannot be used: %s", fault)
        self._faults = found.faults
        self._fingerprint = found.fingerprint
        self._voices = _merged(found.models)
        self._languages = frozenset(primary(tag) for model in found.models for tag in model.card.spoken)
        self._speakers = tuple(speakers)
        for gone in known.values():
            gone.worker.retire()

    def _worker(self, model: Model, before: Worker | None) -> Worker:
        settings, family = self._settings, self._family
        cache = self._context.data_dir / "cache" / model.name
        cache.mkdir(parents=True, exist_ok=True)
        launch = Launch(
            engine=family.engine,
            directory=model.directory,
            options={
                "threads": settings.threads or self._context.threads,
                "inter_op_threads": settings.inter_op_threads,
                "providers": settings.providers,
                "optimization": settings.optimization,
                "arena": settings.arena,
                "cache_dir": str(cache.resolve()),
                "own": _own(settings),
            },
            parallel=settings.parallel if family.concurrent else 1,
            load_seconds=family.load_seconds,
        )
        return Worker(
            model.name,
            launch,
            self._context.logger,
            idle_seconds=settings.idle_seconds,
            stall_seconds=settings.stall_seconds,
            continues=family.deterministic,
            after=before,
        )

    # ------------------------------------------------------------ voices

    async def voices(self) -> Sequence[Voice]:
        await self._look()
        if not self._voices:
            raise self._missing()
        return self._voices

    def resolve_voice(self, name: str) -> Voice | None:
        if not self._speakers:
            return self._family.resolve(name, None)
        return next(filter(None, (self._family.resolve(name, s.model.card) for s in self._speakers)), None)

    def _missing(self) -> Problem:
        return missing(self._family, self._settings, self._faults)

    # ------------------------------------------------------------ requests

    def check(self, request: SpeechRequest) -> None:
        speaker, voice = self._choose(request)
        _check_parameters(self._family, request)
        try:
            self._family.check(request, voice, speaker.model)
        except EngineError as error:
            raise problem_of(error.members()) from error

    def cost(self, request: SpeechRequest) -> Cost:
        return self._family.cost

    def _choose(self, request: SpeechRequest) -> tuple[Speaker, Voice]:
        """Who speaks: the first model that has the voice, or without one the first that speaks the language."""
        if not self._speakers:
            raise self._missing()
        refusals: list[Problem] = []
        for speaker in self._speakers:
            try:
                return speaker, self._family.choose(request, speaker.model.card)
            except Problem as problem:
                refusals.append(problem)
        raise self._refusal(request, refusals)

    def _refusal(self, request: SpeechRequest, refusals: list[Problem]) -> Problem:
        """One for all models: a voice that one of them has and that cannot speak so is not unknown."""
        if len(refusals) == 1:
            return refusals[0]
        known = [problem for problem in refusals if problem.code != "unknown_voice"]
        if known and request.voice:
            return known[0]
        cards = [speaker.model.card for speaker in self._speakers]
        if request.voice:
            return unknown_voice(self._family.name, request.voice, cards[0])
        languages = dict.fromkeys(tag for card in cards for tag in card.spoken)
        return unsupported_language(self._family.name, request.language or "", [*languages])

    async def _with_language(self, request: SpeechRequest) -> SpeechRequest:
        """The request in its text's language, where nobody asked for one, the text is nearly certainly in another than the
        voice's, and somebody here speaks that."""
        _, voice = self._choose(request)
        if request.language or not (self._settings.detect_language and self._family.language_matters):
            return request
        language = await asyncio.to_thread(detect, request.text, self._languages)
        if language is None or language == primary(voice.language):
            return request
        asked = request.model_copy(update={"language": language})
        try:
            self._choose(asked)
        except Problem:
            return request
        return asked

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        _check_parameters(self._family, request)
        request = await self._with_language(request)
        speaker, voice = self._choose(request)
        if await asyncio.to_thread(_any_stale, (speaker,)):
            await self._look()
            raise _changed(speaker.model)
        try:
            utterance = await self._family.prepare(request, voice, speaker.model, self._context)
        except EngineError as error:
            raise problem_of(error.members()) from error
        if utterance is None:
            return
        async with closing(speaker.worker.speak(utterance)) as pieces:
            async for piece in pieces:
                words = tuple(Word(*word) for word in piece.words)
                yield Chunk(Audio(piece.samples[:, np.newaxis], piece.rate), words)

    # ------------------------------------------------------------ what is known of it

    def fingerprint(self) -> str:
        """Without a model nothing is like anything else: one may come between the question and the sound."""
        return self._fingerprint if self._speakers else f"no model {uuid4()}"

    async def health(self) -> Health:
        """Not ok without a model, or where the last attempt to load one failed."""
        await self._look()
        if not self._speakers:
            problem = self._missing()
            return Health(ok=False, detail=f"{problem.message} {problem.hint or ''}".strip())
        figures: JsonValue = {speaker.model.name: await _figures(speaker) for speaker in self._speakers}
        failures = [f"{s.model.name}: {s.worker.failure}" for s in self._speakers if s.worker.failure]
        loaded = sum(speaker.worker.state == "loaded" for speaker in self._speakers)
        detail = "; ".join((*failures, *self._faults)) or f"{loaded} of {len(self._speakers)} models loaded"
        return Health(ok=not failures, detail=detail, figures={"models": figures})


class Imitator(OnnxSynthesizer):
    """Of an `ImitatingFamily`. Meets `mixdown_kernel.ImitatesVoices`."""

    def imitation(self, sample: VoiceSample) -> Clone:
        if not self._speakers:
            raise self._missing()
        assert isinstance(self._family, ImitatingFamily)  # noqa: S101 - as `open` saw
        return self._family.imitation(sample, self._speakers[0].model)


def _any_stale(speakers: Sequence[Speaker]) -> bool:
    return any(speaker.stale for speaker in speakers)


def _changed(model: Model) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "model_changed",
        f"The files of {model.name} changed since they were read; they have been read again.",
        hint="Try again.",
        retry_after=1.0,
    )


async def _figures(speaker: Speaker) -> JsonValue:
    worker = await asyncio.to_thread(speaker.worker.figures)
    return {**worker, "licence": speaker.model.card.licence, **speaker.model.card.figures}


def _merged(models: Sequence[Model]) -> tuple[Voice, ...]:
    """The voices of all; of two with one id the first. An alias means one voice."""
    voices: dict[str, Voice] = {}
    for model in models:
        for voice in model.card.voices:
            voices.setdefault(voice.id, voice)
    taken: set[str] = set(voices)
    merged = []
    for voice in voices.values():
        aliases = tuple(alias for alias in voice.aliases if alias not in taken)
        taken.update(aliases)
        merged.append(Voice(voice.id, voice.name, voice.language, voice.gender, aliases, voice.tags))
    return tuple(merged)


def _own(settings: ModelSettings) -> Mapping[str, Any]:
    """The members that the family's settings add."""
    shared = set(ModelSettings.model_fields)
    return settings.model_dump(mode="json", exclude=shared)


def _check_parameters(family: Family, request: SpeechRequest) -> BaseModel:
    try:
        return family.parameters.model_validate(request.parameters)
    except ValidationError as error:
        raise _bad_parameter(family, error) from None


def _bad_parameter(family: Family, error: ValidationError) -> Problem:
    """The first one at fault, by its name; a rule that several break together is said of them all."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = [str(part)[:40] for part in first["loc"]]
    known = list(family.parameters.model_fields)
    is_known = bool(path) and path[0] in known
    told = first["msg"].removeprefix("Value error, ")
    named = f"the parameter {path[0]!r}" if path else "these parameters"
    return invalid(
        "bad_parameter",
        f"{family.name} voices cannot use {named}: {told}.",
        field=".".join(("parameters", *path)),
        allowed=_range(family, path[0]) if is_known else known or None,
        hint=None if known else "They take no parameters.",
    )


def _range(family: Family, parameter: str) -> list[JsonValue] | None:
    """What a number may be, where both ends are said."""
    schema = family.parameters.model_json_schema()["properties"][parameter]
    ends = [schema.get(end, schema.get(f"exclusive{end.title()}")) for end in ("minimum", "maximum")]
    return None if None in ends else ends
