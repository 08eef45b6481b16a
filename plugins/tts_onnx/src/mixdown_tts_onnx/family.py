"""A family: models of one kind, their voices, and how a request becomes what their engine reads.

A family has two halves. This is the parent half: asynchronous, in Mixdown's process, with the kernel's roles at hand.
It turns requests into plain JSON. `mixdown_tts_onnx.engine` describes the other half, which loads the model in a child process and
makes the sound.

Families of third parties stand in the entry-point group ``mixdown.tts_onnx.families``; each entry is an instance:

    [project.entry-points."mixdown.tts_onnx.families"]
    chime = "mixdown_chime:FAMILY"

`docs/local-voices.md` has a whole example.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from mixdown_kernel import Clone, Context, Cost, Kind, Problem, SpeechRequest, Voice, VoiceSample
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.settings import ModelSettings

GROUP = "mixdown.tts_onnx.families"


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a model in a directory without loading it.

    Attributes:
        voices: the default one first. Aliases hold OpenAI's names for the voices that stand for them.
        rate: Hz.
        files: whose content the sound depends on, relative to the directory; all else may change unnoticed.
        licence: SPDX, or what the model card says.
        languages: BCP 47, of what can be spoken; empty means those of the voices.
        multilingual: every voice speaks every language.
        figures: whatever else health and ``models list`` shall tell.
        reread: of ``files`` those that are read while the model is loaded, by `Family.prepare` or by its engine.
    """

    voices: tuple[Voice, ...]
    rate: int
    files: tuple[str, ...]
    licence: str = ""
    languages: tuple[str, ...] = ()
    multilingual: bool = False
    figures: Mapping[str, str | int | float] = field(default_factory=dict)
    reread: tuple[str, ...] = ()

    @property
    def spoken(self) -> tuple[str, ...]:
        """BCP 47, each once."""
        return self.languages or tuple(dict.fromkeys(voice.language for voice in self.voices))

    def speaks(self, language: str) -> bool:
        return any(speaks(tag, language) for tag in self.spoken)


@dataclass(frozen=True, slots=True)
class Model:
    """A model that can be loaded. ``name`` is its directory's."""

    name: str
    directory: Path
    card: Card
    settings: ModelSettings


class NoParameters(BaseModel):
    """``SpeechRequest.parameters`` of a family that has none. Others subclass it: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Family(ABC):
    """Subclass, and offer an instance. Its module is imported whenever plugins are: keep heavy imports inside methods.

    Attributes:
        name: the backend's name, what ``[backends] synthesis`` and the API's ``model`` say.
        engine: ``package.module:function`` of the engine half, ``(Path, Options) -> Engine``; imported in the child only.
        title: one line for people.
        aliases: other names of the backend.
        converter: ``package.module:command`` of a `click.Command` that makes models of this family of something else;
            ``mixdown models convert`` runs it, under its own name.
        settings: type of the section ``[plugins.<name>]``; members it adds reach the engine as ``Options.own``.
        parameters: what ``SpeechRequest.parameters`` may hold.
        streaming: pieces come while an utterance is being spoken.
        seeded: the request's seed changes the sound.
        deterministic: equal utterances give equal bits. Then a speech that had begun when its process died is continued by another.
        concurrent: one loaded model speaks in several threads (``parallel`` of the settings).
        preference: as of `mixdown_kernel.Backend`; None, because most families need a model that somebody has to pull.
        uses: likewise; ``phonemes`` of a family that asks for them.
        language_matters: the language changes how a text is read, or by whom; then it is detected where nobody says it.
        speed_range, honours: as of `mixdown_kernel.SynthesisBackend`.
        cost: as of `mixdown_kernel.Costly`.
        load_seconds: how long loading may take before it counts as hung.
        built_in: directory of a model that comes with the family. It is called as the family is, and comes after others.
    """

    name: ClassVar[str]
    engine: ClassVar[str]
    title: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    converter: ClassVar[str] = ""
    settings: ClassVar[type[ModelSettings]] = ModelSettings
    parameters: ClassVar[type[BaseModel]] = NoParameters
    streaming: ClassVar[bool] = False
    seeded: ClassVar[bool] = False
    deterministic: ClassVar[bool] = True
    concurrent: ClassVar[bool] = False
    preference: ClassVar[int | None] = None
    uses: ClassVar[tuple[str, ...]] = ()
    language_matters: ClassVar[bool] = True
    speed_range: ClassVar[tuple[float, float]] = (1.0, 1.0)
    pitch_range: ClassVar[tuple[float, float]] = (-24.0, 24.0)
    honours: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[Cost] = "medium"
    load_seconds: ClassVar[float] = 300.0
    built_in: ClassVar[Path | None] = None

    @abstractmethod
    def recognises(self, directory: Path) -> bool:
        """Whether the directory holds a model of this family, by its files' names. Quick; it need not exist."""

    @abstractmethod
    def inspect(self, directory: Path) -> Card:
        """Read configuration and voices; no session, no weights. Blocking, some milliseconds.

        `EngineError` or `Problem` for what is incomplete or damaged (``corrupt_model``, ``bad_voices``).
        """

    @abstractmethod
    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        """What the engine reads, in plain JSON; None where the text has nothing that is spoken, which is silence.

        ``request`` is checked: its parameters fit, ``voice`` speaks its language. ``context.backend("phonemes")`` gives
        pronunciation. `Problem` for what cannot be spoken.
        """

    def resolve(self, name: str, card: Card | None) -> Voice | None:
        """A voice that is not listed, such as a blend. Without a card (the model is not here yet) any that the family
        would have by that name, so that the caller learns which model is missing."""
        return None

    def check(self, request: SpeechRequest, voice: Voice, model: Model) -> None:  # noqa: B027 - most need no more
        """Raise the `Problem` that speaking would raise, as far as that is quickly known. Voice, language and
        parameters have been checked."""

    def choose(self, request: SpeechRequest, card: Card) -> Voice:
        """The voice of a request. An unnamed one is the first that speaks the language.

        Raises `Problem`: ``not_found``/``unknown_voice``, ``unsupported``/``unsupported_language``.
        """
        wanted = request.language
        foreign = bool(wanted) and card.multilingual and card.speaks(wanted or "")
        if request.voice:
            voice = named(request.voice, card) or self.resolve(request.voice, card)
            if voice is None:
                raise unknown_voice(self.name, request.voice, card)
            if not wanted or foreign or speaks(voice.language, wanted):
                return voice
            raise unsupported_language(
                self.name, wanted, card.spoken if card.multilingual else [voice.language]
            )
        if not wanted:
            return card.voices[0]
        own = next((voice for voice in card.voices if speaks(voice.language, wanted)), None)
        if own is None and not foreign:
            raise unsupported_language(self.name, wanted, card.spoken)
        return own or card.voices[0]


class ImitatingFamily(Family):
    """A family that speaks in the voice of a recording."""

    @abstractmethod
    def imitation(self, sample: VoiceSample, model: Model) -> Clone:
        """As of `mixdown_kernel.ImitatesVoices`."""


def named(name: str, card: Card) -> Voice | None:
    """A listed voice by its id or alias."""
    return next((voice for voice in card.voices if name == voice.id or name in voice.aliases), None)


def speaks(voice_language: str, wanted: str) -> bool:
    """Whether a voice of one BCP 47 tag serves a request for another: ``en-GB`` for ``en``, ``en`` for ``en-GB``, and
    one accent for another, which is better than silence."""
    return voice_language.partition("-")[0].lower() == wanted.partition("-")[0].lower()


def unknown_voice(family: str, name: str, card: Card) -> Problem:
    return Problem(
        Kind.NOT_FOUND,
        "unknown_voice",
        f"There is no {family} voice {name[:60]!r}.",
        field="voice",
        allowed=[voice.id for voice in card.voices[:10]],
        hint="A list of voices has them all.",
    )


def unsupported_language(family: str, tag: str, languages: Sequence[str]) -> Problem:
    return Problem(
        Kind.UNSUPPORTED,
        "unsupported_language",
        f"The {family} voice does not speak {tag[:40]!r}.",
        field="language",
        allowed=[*languages],
        hint="Choose a voice of that language, or leave the language to the voice.",
    )
