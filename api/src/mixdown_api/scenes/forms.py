"""The endpoints that answer with a file, each as its way from a body to a scene and from a render to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from mixdown_api.music.generate import music_answer, music_request, started_from
from mixdown_api.music.schemas import MusicGenerateAnswer, MusicGenerateBody
from mixdown_api.scenes.generate import generate_answer, generate_request
from mixdown_api.scenes.kept import KeptRender, UrlOf
from mixdown_api.scenes.layered import layers_answer, layers_request, outside_audio
from mixdown_api.scenes.layers_schemas import LayersAnswer, LayersBody, VoiceBody
from mixdown_api.scenes.output import RenderAnswer, RenderBody
from mixdown_api.scenes.rendering import SceneRequest
from mixdown_api.scenes.schemas import GenerateAnswer, GenerateBody
from mixdown_api.scenes.spoken_by import Outside
from mixdown_api.scenes.spoken_by import outside_audio as outside_over_a_bed
from mixdown_api.service import Service

Body = TypeVar("Body", bound=RenderBody)
Answer = TypeVar("Answer", bound=RenderAnswer, covariant=True)
Body_contra = TypeVar("Body_contra", bound=RenderBody, contravariant=True)


class AnswerOf(Protocol[Body_contra, Answer]):
    def __call__(self, body: Body_contra, kept: KeptRender, url: UrlOf, /, *, cached: bool) -> Answer: ...


@dataclass(frozen=True)
class Form(Generic[Body, Answer]):
    """``kind`` names its jobs; ``outside`` lists, per layer, the audio to fetch;
    ``request`` takes what has been fetched so far, as assets."""

    kind: str
    body: type[Body]
    texts: Callable[[Body], Mapping[str, str]]
    outside: Callable[[Body], Mapping[str, Outside]]
    request: Callable[[Service, Body, Mapping[str, str]], SceneRequest]
    answer: AnswerOf[Body, Answer]


GENERATE: Form[GenerateBody, GenerateAnswer] = Form(
    kind="generate",
    body=GenerateBody,
    texts=lambda body: {"text": body.text},
    outside=lambda body: outside_over_a_bed(body, body.background),
    request=generate_request,
    answer=generate_answer,
)
LAYERS: Form[LayersBody, LayersAnswer] = Form(
    kind="layers",
    body=LayersBody,
    texts=lambda body: {
        f"layers.{place}.text": layer.text
        for place, layer in enumerate(body.layers)
        if isinstance(layer, VoiceBody)
    },
    outside=outside_audio,
    request=layers_request,
    answer=layers_answer,
)
MUSIC: Form[MusicGenerateBody, MusicGenerateAnswer] = Form(
    kind="music",
    body=MusicGenerateBody,
    texts=lambda body: {"prompt": body.prompt},
    outside=started_from,
    request=lambda _, body, assets: music_request(body, assets.get("music")),
    answer=music_answer,
)
FORMS: tuple[Form[Any, Any], ...] = (GENERATE, LAYERS, MUSIC)
