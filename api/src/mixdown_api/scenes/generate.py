"""What ``/v1/audio/generate`` asks for as a scene, and the render as its answer."""

from __future__ import annotations

from mixdown_api.scenes.kept import KeptRender, UrlOf
from mixdown_api.scenes.layers import beds, voice_layer
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
from mixdown_api.service import Service
from mixdown_api.speech.voices import backend_of


def generate_request(service: Service, body: GenerateBody, asset: str | None = None) -> SceneRequest:
    """A voice, and the beds under it. A custom background is part of it once its ``asset`` is there."""
    backend = backend_of(service, body.model) if body.model else None
    music = body.music
    voice = voice_layer(body, body.text, body.voice, backend)
    under = beds(body.background, music, asset, stems=bool(music and music.stems))
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
