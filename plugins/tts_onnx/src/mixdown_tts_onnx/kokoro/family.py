"""The parent half: which voices there are, and a request as phonemes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel

from mixdown_kernel import Context, Cost, Kind, Problem, SpeechRequest, Voice
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.family import Card, Family, Model, NoParameters, unsupported_language
from mixdown_tts_onnx.kokoro import notation
from mixdown_tts_onnx.kokoro.cast import ALIASES, DEFAULT, TAGS
from mixdown_tts_onnx.kokoro.files import graph_file, voice_source
from mixdown_tts_onnx.kokoro.notation import Notation
from mixdown_tts_onnx.kokoro.reading import read
from mixdown_tts_onnx.kokoro.vocabulary import RATE, vocabulary_files
from mixdown_tts_onnx.kokoro.voices import read_blend, voice_names
from mixdown_tts_onnx.phonetic.requests import Pronouncers, check_text, speakable

_NAME = re.compile(r"(?P<language>[abefhijpz])(?P<gender>[fm])(?:_(?P<name>.+))?")
_LANGUAGES = {
    "a": "en-US",
    "b": "en-GB",
    "e": "es",
    "f": "fr-FR",
    "h": "hi",
    "i": "it",
    "j": "ja",
    "p": "pt-BR",
    "z": "zh",
}
_EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Reader:
    """How a language is read: espeak-ng's name of it, the notation that the model knows, and that of kokoro-onnx."""

    espeak: str
    trained: Notation
    plain: Notation = notation.espeak


AMERICAN = Reader("en-us", notation.american, notation.english_espeak)
BRITISH = Reader("en-gb", notation.british, notation.english_espeak)
READERS: Mapping[str, Reader] = {
    "en": AMERICAN,
    "es": Reader("es", notation.romance),
    "fr": Reader("fr-fr", notation.romance),
    "hi": Reader("hi", notation.romance),
    "it": Reader("it", notation.romance),
    "pt": Reader("pt-br", notation.romance),
}
SPOKEN = ("en-US", "en-GB", "es", "fr-FR", "hi", "it", "pt-BR")
UNREAD = ("ja", "zh")
"""Languages of voices that nobody here turns into the phonemes they were trained on."""


class Parameters(NoParameters):
    """``notation`` is how the model is told what to say: as it was trained (by misaki), or as espeak-ng writes it, which
    is what the package kokoro-onnx does. ``trim`` takes the silence off that the model leaves at the ends."""

    notation: Literal["misaki", "espeak"] = "misaki"
    trim: bool = True


class Kokoro(Family):
    """Kokoro-82M v1.0 and its relatives, in any of the three exports that there are."""

    name: ClassVar[str] = "kokoro"
    engine: ClassVar[str] = "mixdown_tts_onnx.kokoro.engine:load"
    title: ClassVar[str] = "Kokoro-82M: some fifty natural voices and blends of them, in seven languages"
    aliases: ClassVar[tuple[str, ...]] = ("kokoro-82m",)
    parameters: ClassVar[type[BaseModel]] = Parameters
    seeded: ClassVar[bool] = True
    concurrent: ClassVar[bool] = True
    speed_range: ClassVar[tuple[float, float]] = (0.5, 2.0)
    honours: ClassVar[frozenset[str]] = frozenset({"phonemes"})
    uses: ClassVar[tuple[str, ...]] = ("phonemes",)
    cost: ClassVar[Cost] = "heavy"

    def __init__(self) -> None:
        self._pronouncers = Pronouncers()

    def recognises(self, directory: Path) -> bool:
        return voice_source(directory) is not None and graph_file(directory) is not None

    def inspect(self, directory: Path) -> Card:
        """Raises `EngineError`: ``bad_voices``, and `Problem` ``missing_model_file``."""
        graph, source = graph_file(directory), voice_source(directory)
        if graph is None or source is None:
            message = (
                "A Kokoro model is a graph (*.onnx) and voices (voices*.bin, voices*.npz or voices/*.bin)."
            )
            hint = "Run `mixdown models pull kokoro`."
            raise Problem(Kind.UNAVAILABLE, "missing_model_file", message, hint=hint)
        names = voice_names(source)
        styles = sorted(source.glob("*.bin")) if source.is_dir() else [source]
        files = (graph, *styles, *vocabulary_files(directory))
        return Card(
            voices=tuple(map(_voice, sorted(names, key=_rank))),
            rate=RATE,
            files=tuple(str(file.relative_to(directory)) for file in files),
            reread=tuple(str(file.relative_to(directory)) for file in styles),
            licence="Apache-2.0",
            languages=SPOKEN,
            multilingual=True,
            figures={"voices": len(names), "graph": graph.name},
        )

    def resolve(self, name: str, card: Card | None) -> Voice | None:
        """A blend, ``af_bella(2)+af_sky(1)``."""
        known: Iterable[str]
        if card is None:
            known = [part for part in re.split(r"[^\w.-]+", name) if _NAME.fullmatch(part)]
        else:
            known = [voice.id for voice in card.voices]
        blend = read_blend(name, known)
        if blend is None or (len(blend.parts) == 1 and card is None and not _NAME.fullmatch(blend.id)):
            return None
        first = _voice(blend.parts[0][0])
        if len(blend.parts) == 1:
            return first
        return Voice(blend.id, f"Blend of {blend.id}", first.language, tags=("blend",))

    def check(self, request: SpeechRequest, voice: Voice, model: Model) -> None:
        """Raises `Problem`: ``unsupported_language``, ``text_too_long``, ``bad_pronunciation``."""
        check_text(request)
        _reader(request, voice)

    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        self.check(request, voice, model)
        blend = read_blend(voice.id, [known.id for known in model.card.voices])
        if blend is None or not speakable(request):
            return None
        parameters = Parameters.model_validate(request.parameters)
        reader = _reader(request, voice)
        pronouncer = self._pronouncers.of(await context.backend("phonemes"))
        written = reader.trained if parameters.notation == "misaki" else reader.plain
        reading = await read(request.text, request.pronunciations, pronouncer, reader.espeak, written)
        if not any(map(str.isalpha, reading.phonemes)):
            return None
        return {
            "phonemes": reading.phonemes,
            "words": [[*asdict(word).values()] for word in reading.words],
            "voice": [[name, share] for name, share in blend.parts],
            "speed": request.speed,
            "trim": parameters.trim,
            "seed": request.seed,
        }


def _reader(request: SpeechRequest, voice: Voice) -> Reader:
    """By the language that is asked for, else the voice's. Latin text in a voice of Japanese or Chinese is English."""
    tag = request.language or voice.language
    primary = tag.partition("-")[0].lower()
    if _is_east_asian(request):
        raise _unread(tag)
    own = voice.language.partition("-")[0].lower() == primary
    if primary == "en":
        accent = voice.language if own and tag.lower() not in ("en-us", "en-gb") else tag
        return BRITISH if accent.lower() == "en-gb" else AMERICAN
    if primary in READERS:
        return READERS[primary]
    if primary in UNREAD:
        return AMERICAN
    raise unsupported_language("kokoro", tag, SPOKEN)


def _unread(tag: str) -> Problem:
    problem = unsupported_language("kokoro", tag, SPOKEN)
    problem.message = "Kokoro cannot read Chinese, Japanese or Korean writing here."
    problem.hint = (
        "Give the text as phonemes (SSML <phoneme>), as misaki writes them, or choose another voice."
    )
    return problem


def _is_east_asian(request: SpeechRequest) -> bool:
    """espeak-ng would say "Chinese letter" for each."""
    letters = [letter for letter in _unpronounced(request) if letter.isalpha()]
    return 2 * sum(bool(_EAST_ASIAN.match(letter)) for letter in letters) > len(letters)


def _unpronounced(request: SpeechRequest) -> str:
    text, position = "", 0
    for run in request.pronunciations:
        text += request.text[position : run.text_start]
        position = run.text_end
    return text + request.text[position:]


def _rank(name: str) -> tuple[bool, str]:
    return name != DEFAULT, name


def _voice(name: str) -> Voice:
    """``af_heart`` is American and female."""
    match = _NAME.fullmatch(name)
    aliases = tuple(alias for alias, voice in ALIASES.items() if voice == name)
    if match is None:
        return Voice(name, name, "en-US", aliases=aliases)
    gender: Literal["female", "male"] = "female" if match["gender"] == "f" else "male"
    title = (match["name"] or name).replace("_", " ").title()
    language = _LANGUAGES[match["language"]]
    return Voice(name, title, language, gender, aliases, tags=TAGS.get(name, ()))
