"""What ``/v1/audio/generate`` asks for as a scene, and the render as its answer."""

from __future__ import annotations

from collections.abc import Mapping

from mixdown_api.scenes.kept import KeptRender, UrlOf
from mixdown_api.scenes.layers import beds
from mixdown_api.scenes.members import of_generate
from mixdown_api.scenes.rendering import SceneRequest, scene_of
from mixdown_api.scenes.schemas import (
    BackgroundComponent,
    Components,
    GenerateAnswer,
    GenerateBody,
    MusicComponent,
    VoiceComponent,
)
from mixdown_api.scenes.spoken_by import voice_layer
from mixdown_api.service import Service


def generate_request(service: Service, body: GenerateBody, assets: Mapping[str, str]) -> SceneRequest:
    """A voice, and the beds under it. A custom background is part of it once it is among the ``assets``."""
    music = body.music
    voice = voice_layer(service, body, body.text, body.voice, body.model, assets.get("voice"))
    under = beds(body.background, music, assets.get("background"), stems=bool(music and music.stems))
    return SceneRequest(
        scene_of((voice, *under), body.output, seed=body.seed, reuse=body.reuse, whole=False),
        body.output,
        {"voice": body.text},
        of_generate,
        stems=frozenset({"music"} if music and music.stems else ()),
        midi=frozenset({"music"} if music and music.midi else ()),
    )


def generate_answer(body: GenerateBody, kept: KeptRender, url: UrlOf, *, cached: bool) -> GenerateAnswer:
    """For a request that this render serves."""
    return GenerateAnswer(
        components=_components(body, kept, url), **kept.common(body.seed, url, cached=cached)
    )


def _components(body: GenerateBody, kept: KeptRender, url: UrlOf) -> Components:
    heard = kept.layers["voice"]
    voice = VoiceComponent(
        url=kept.track("voice", url), timestamps=heard.utterances, words=heard.words, marks=heard.marks
    )
    background = music = None
    if body.background:
        kind = "custom" if body.background.is_custom else body.background.type
        background = BackgroundComponent(url=kept.track("background", url), type=kind)
    if body.music:
        piece = kept.layers["music"]
        music = MusicComponent(
            url=kept.track("music", url),
            genre=body.music.genre,
            bpm=piece.bpm or body.music.bpm,
            key=piece.key or body.music.key,
            seed=piece.seed,
            stems=kept.stems("music", url),
            midi_url=kept.midi("music", url),
        )
    return Components(voice=voice, background=background, music=music)
