"""The parent half: which voices there are, and a request as the engine reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, model_validator

from mixdown_kernel import Clone, Context, Cost, Kind, Problem, SpeechRequest, Voice, VoiceSample
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.family import Card, ImitatingFamily, Model, NoParameters, unknown_voice
from mixdown_tts_onnx.phonetic.requests import check_text, speakable
from mixdown_tts_onnx.s1_mini.model_files import (
    ENCODER,
    GRAPHS,
    LANGUAGES,
    LICENCE,
    MANIFEST,
    NAME,
    read_facts,
    weights_file,
)
from mixdown_tts_onnx.s1_mini.recordings import (
    MAX_TEXT,
    VOICES,
    Recordings,
    VoiceFile,
    checked_text,
    voice_files,
)
from mixdown_tts_onnx.s1_mini.tokenizer import RANKS_FILE, SPECIAL_FILE
from mixdown_tts_onnx.settings import ModelSettings

DRAWN = ("alloy", "ash", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer")
"""OpenAI's names for voices: each means one that the model draws by chance, always the same."""


class S1MiniSettings(ModelSettings):
    """The section ``[plugins.openaudio-s1-mini]``."""

    stall_seconds: float = Field(default=100.0, ge=1)
    """As of every family; a voice that is spoken with for the first time has to be made first."""
    batch: int = Field(default=4, ge=1, le=16)
    """Sentences spoken at once, of one request or of several; each takes memory for its context."""
    context: int = Field(default=2048, ge=512, le=8192)
    """Positions of a sentence with its voice: 21 for every second, and one for some four letters."""
    voice_cache_bytes: int = Field(default=1 << 30, ge=1)
    """On disk, of decoded recordings, and as much of what the model made of them; the least recently used go."""
    codec_threads: int | None = Field(default=None, ge=1, le=256)
    """Of ``threads`` those that make sound of codes; None is half of them."""


class Parameters(NoParameters):
    """Defaults are those of the reference's server. ``reference`` is an asset, a recording of the voice to be spoken
    with, and ``reference_text`` what is said in it."""

    temperature: Annotated[float, Field(ge=0.1, le=2.0)] = 0.8
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 0.8
    repetition_penalty: Annotated[float, Field(ge=0.9, le=2.0)] = 1.1
    reference: Annotated[str, Field(pattern=r"^asset:[0-9a-f]{64}$")] | None = None
    reference_text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)] | None = None

    @model_validator(mode="after")
    def _both(self) -> Parameters:
        if (self.reference is None) != (self.reference_text is None):
            raise ValueError("reference and reference_text go together")
        return self


class S1Mini(ImitatingFamily):
    """Models that ``mixdown models convert s1-mini`` made."""

    name: ClassVar[str] = NAME
    engine: ClassVar[str] = "mixdown_tts_onnx.s1_mini.engine:load"
    title: ClassVar[str] = (
        "OpenAudio S1-mini: expressive, thirteen languages, clones voices; licence CC-BY-NC-SA-4.0"
    )
    aliases: ClassVar[tuple[str, ...]] = ("s1-mini",)
    converter: ClassVar[str] = "mixdown_tts_onnx.s1_mini.convert.command:s1_mini"
    settings: ClassVar[type[ModelSettings]] = S1MiniSettings
    parameters: ClassVar[type[BaseModel]] = Parameters
    language_matters: ClassVar[bool] = False  # it reads what it is given
    streaming: ClassVar[bool] = True
    seeded: ClassVar[bool] = True
    deterministic: ClassVar[bool] = False  # to the bit on one machine; another's kernels round otherwise
    cost: ClassVar[Cost] = "heavy"

    def recognises(self, directory: Path) -> bool:
        return all((directory / graph).is_file() for graph in GRAPHS)

    def inspect(self, directory: Path) -> Card:
        facts = read_facts(directory)
        own = voice_files(directory)
        graphs = [*GRAPHS, *([ENCODER] if (directory / ENCODER).is_file() else [])]
        files = [MANIFEST, RANKS_FILE, SPECIAL_FILE, *graphs, *map(weights_file, graphs)]
        voices = [f"{VOICES}/{file.name}" for voice in own for file in (voice.recording, voice.transcript)]
        return Card(
            voices=(*map(_own_voice, own), *_drawn({voice.name for voice in own})),
            rate=facts.rate,
            files=(*files, *voices),
            reread=(*voices, *(file for file in files if file.startswith(ENCODER))),
            licence=LICENCE,
            languages=LANGUAGES,
            multilingual=True,
            figures={
                "profile": facts.profile,
                "cache": facts.cache,
                "clones": "yes" if ENCODER in graphs else "no",
            },
        )

    def check(self, request: SpeechRequest, voice: Voice, model: Model) -> None:
        """Raises `Problem`: ``text_too_long``, ``cannot_clone``. Whether a recording is there is seen when it is read."""
        check_text(request)
        imitates = request.parameters.get("reference") is not None
        if imitates or _OWN in voice.tags:
            _check_encoder(model, "parameters.reference" if imitates else "voice")

    def imitation(self, sample: VoiceSample, model: Model) -> Clone:
        """Raises `Problem`: ``cannot_clone``, ``bad_reference_text``."""
        _check_encoder(model, "model")
        text = checked_text(" ".join(sample.text.split()), "the text of the recording", field="text")
        return Clone(parameters={"reference": sample.asset, "reference_text": text})

    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        self.check(request, voice, model)
        if not speakable(request):
            return None
        parameters = Parameters.model_validate(request.parameters)
        return {
            "text": request.text,
            "seed": request.seed,
            "sampling": {
                "temperature": parameters.temperature,
                "top_p": parameters.top_p,
                "penalty": parameters.repetition_penalty,
            },
            "voice": await _voice(parameters, voice, model, context),
        }


def _check_encoder(model: Model, field: str) -> None:
    if not (model.directory / ENCODER).is_file():
        raise Problem(
            Kind.UNSUPPORTED,
            "cannot_clone",
            "This S1-mini model was converted without the codec's encoder, so it cannot clone voices.",
            field=field,
            hint="Convert it again, with the encoder, or choose a voice that needs no recording.",
        )


async def _voice(parameters: Parameters, voice: Voice, model: Model, context: Context) -> dict[str, object]:
    """The voice as the engine's `VoiceSpec` reads it."""
    assert isinstance(model.settings, S1MiniSettings)  # noqa: S101 - the family's own
    recordings = Recordings(context, model.card.rate, model.settings.voice_cache_bytes)
    if parameters.reference is not None and parameters.reference_text is not None:
        return {"references": [await recordings.of_asset(parameters.reference, parameters.reference_text)]}
    if _OWN not in voice.tags:
        return {"drawn": _DRAWN_IDS.index(voice.id)}
    own = next((file for file in voice_files(model.directory) if file.name == voice.id), None)
    if own is None:  # it was there when the model was found
        raise unknown_voice(NAME, voice.id, model.card)
    return {"references": [await recordings.of_file(own)]}


_DRAWN_IDS = tuple(f"s1-{name}" for name in DRAWN)


_OWN = "cloned"


def _drawn(taken: set[str]) -> list[Voice]:
    """Those whose name no voice of one's own has taken: that is meant then."""
    return [
        Voice(id_, name.capitalize(), "en", aliases=() if name in taken else (name,), tags=("drawn",))
        for id_, name in zip(_DRAWN_IDS, DRAWN, strict=True)
        if id_ not in taken
    ]


def _own_voice(file: VoiceFile) -> Voice:
    return Voice(file.name, file.name, "en", tags=(_OWN,))
