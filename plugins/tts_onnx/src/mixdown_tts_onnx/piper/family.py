"""The parent half: which voices there are, and a request as phonemes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from mixdown_kernel import Context, Kind, Problem, SpeechRequest, Voice
from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.family import Card, Family, Model, NoParameters
from mixdown_tts_onnx.phonetic.requests import Pronouncers, check_text, speakable
from mixdown_tts_onnx.piper.cast import FEMALE, MALE, aliases, rank
from mixdown_tts_onnx.piper.config import Config, config_file, read_config
from mixdown_tts_onnx.piper.reading import read, read_letters, symbols
from mixdown_tts_onnx.runtime.process import problem_of

SPEAKER = ":"
"""Between a voice and one of its speakers: ``en_GB-vctk-medium:p239``."""
MODEL_CARD = "MODEL_CARD"
UNREAD: Mapping[str, str] = {
    "pinyin": "Chinese by the neural reader g2pW",
    "hebrew": "Hebrew by the neural reader Nakdimon",
    "japanese": "Japanese by OpenJTalk",
    "thai": "Thai by TLTK",
}
_LICENCE = re.compile(r"licen[sc]e\W*\s*:?\s*(?P<licence>[^\n]{2,120})", re.IGNORECASE)


class Parameters(NoParameters):
    """The scales of the graph's input; by default those of the voice's configuration. ``noise_scale`` varies the sound and
    ``noise_w`` the rhythm; 0 is always the same."""

    noise_scale: float | None = Field(default=None, ge=0, le=2)
    noise_w: float | None = Field(default=None, ge=0, le=2)


class Piper(Family):
    """Any voice of Piper, with one speaker or many. A directory may hold several."""

    name: ClassVar[str] = "piper"
    engine: ClassVar[str] = "mixdown_tts_onnx.piper.engine:load"
    title: ClassVar[str] = "Piper: small and quick voices in some forty languages"
    parameters: ClassVar[type[BaseModel]] = Parameters
    seeded: ClassVar[bool] = True
    concurrent: ClassVar[bool] = True
    speed_range: ClassVar[tuple[float, float]] = (0.5, 2.0)
    honours: ClassVar[frozenset[str]] = frozenset({"phonemes"})
    uses: ClassVar[tuple[str, ...]] = ("phonemes",)

    def __init__(self) -> None:
        self._pronouncers = Pronouncers()
        self._configs: dict[Path, tuple[int, Config]] = {}

    def recognises(self, directory: Path) -> bool:
        return bool(_graphs(directory))

    def inspect(self, directory: Path) -> Card:
        """Raises `EngineError`: ``bad_config``; and `Problem` ``missing_model_file``."""
        graphs = sorted(_graphs(directory), key=lambda graph: rank(graph.stem))
        if not graphs:
            message = "A Piper voice is a graph and its configuration: <voice>.onnx and <voice>.onnx.json."
            hint = "Run `mixdown models pull piper`."
            raise Problem(Kind.UNAVAILABLE, "missing_model_file", message, hint=hint)
        configs = [self._config(graph) for graph in graphs]
        names = aliases([graph.stem for graph in graphs])
        voices = [
            voice
            for graph, config in zip(graphs, configs, strict=True)
            for voice in _voices(graph.stem, config, names.get(graph.stem, ()))
        ]
        files = tuple(file.name for graph in graphs for file in (graph, config_file(graph)))
        card = directory / MODEL_CARD
        return Card(
            voices=tuple(voices),
            rate=configs[0].sample_rate,
            files=files,
            reread=files,  # each graph is loaded when its voice is first asked for
            licence=_licence(card) if card.is_file() else "",
            figures={"voices": len(graphs), "speakers": sum(config.num_speakers for config in configs)},
        )

    def resolve(self, name: str, card: Card | None) -> Voice | None:
        """A speaker by number, ``en_US-libritts-high:17``; named ones are listed."""
        graph, _, number = name.partition(SPEAKER)
        if card is None or not number.isdecimal():
            return None
        listed = next((voice for voice in card.voices if voice.id == graph), None)
        count = sum(voice.id.startswith(graph + SPEAKER) for voice in card.voices)
        if listed is None or int(number) >= count:
            return None
        return Voice(f"{graph}{SPEAKER}{int(number)}", f"{listed.name}, {number}", listed.language)

    def check(self, request: SpeechRequest, voice: Voice, model: Model) -> None:
        """Raises `Problem`: ``unsupported_phonemes`` for voices whose language is not read here, ``text_too_long``,
        ``bad_pronunciation``."""
        check_text(request)
        try:
            config = self._config(_graph_of(voice, model))
        except EngineError as error:  # its file changed since the model was found
            raise problem_of(error.members()) from error
        if config.phoneme_type in UNREAD:
            raise Problem(
                Kind.UNSUPPORTED,
                "unsupported_phonemes",
                f"This voice reads {UNREAD[config.phoneme_type]}, which is not part of Mixdown.",
                field="voice",
                hint="Choose a Piper voice of phoneme_type espeak or text, or another voice of that language.",
            )

    async def prepare(
        self, request: SpeechRequest, voice: Voice, model: Model, context: Context
    ) -> Utterance | None:
        self.check(request, voice, model)
        graph = _graph_of(voice, model)
        config = self._config(graph)
        if not speakable(request):
            return None
        if config.phoneme_type == "text":
            sentences = read_letters(request.text)
        else:
            phonemizer = await context.backend("phonemes")
            pronouncer = self._pronouncers.of(phonemizer)
            sentences = await read(request.text, request.pronunciations, phonemizer, pronouncer, config)
        if not any(any(map(str.isalnum, sentence.phonemes)) for sentence in sentences):
            return None
        return {
            "voice": graph.stem,
            "speaker": _speaker(voice, config),
            "sentences": [symbols(sentence, config) for sentence in sentences],
            "scales": _scales(request, config),
            "seed": request.seed,
        }

    def _config(self, graph: Path) -> Config:
        """Kept until its file changes."""
        try:
            changed = config_file(graph).stat().st_mtime_ns
        except OSError:
            changed = 0
        if graph not in self._configs or self._configs[graph][0] != changed:
            self._configs[graph] = changed, read_config(graph)
        return self._configs[graph][1]


def _graphs(directory: Path) -> list[Path]:
    return [graph for graph in directory.glob("*.onnx") if config_file(graph).is_file()]


def _graph_of(voice: Voice, model: Model) -> Path:
    return model.directory / f"{voice.id.partition(SPEAKER)[0]}.onnx"


def _voices(name: str, config: Config, openai: tuple[str, ...]) -> Iterator[Voice]:
    """The voice with its default speaker, then each speaker by name."""
    short = name.split("-")[1] if name.count("-") > 1 else name
    gender: Literal["female", "male"] | None = None
    if short in FEMALE | MALE:
        gender = "female" if short in FEMALE else "male"
    title = " ".join(
        filter(
            None,
            [
                (config.title or short).replace("_", " ").title(),
                f"({config.quality})" if config.quality else "",
            ],
        )
    )
    tags = ("offline", config.quality) if config.quality else ("offline",)
    yield Voice(name, title, config.language, gender, openai, tags)
    if config.num_speakers > 1:
        names = config.speaker_id_map or {str(number): number for number in range(config.num_speakers)}
        for speaker in names:
            yield Voice(
                f"{name}{SPEAKER}{speaker}", f"{title}, {speaker}", config.language, tags=(*tags, "speaker")
            )


def _speaker(voice: Voice, config: Config) -> int | None:
    """None in a graph of one speaker."""
    name = voice.id.partition(SPEAKER)[2]
    if config.num_speakers <= 1:
        return None
    if not name:
        return config.default_speaker_id
    return config.speaker_id_map[name] if name in config.speaker_id_map else int(name)


def _scales(request: SpeechRequest, config: Config) -> list[float]:
    asked = Parameters.model_validate(request.parameters)
    return [
        config.noise_scale if asked.noise_scale is None else asked.noise_scale,
        config.length_scale / request.speed,
        config.noise_w if asked.noise_w is None else asked.noise_w,
    ]


def _licence(card: Path) -> str:
    """What the model card says after "License"; they differ from voice to voice."""
    found = _LICENCE.search(card.read_text("utf-8", "replace")[:100_000])
    return found["licence"].strip(" *`") if found else f"see {MODEL_CARD}"
