"""What ``/v1/music/generate`` asks for as a scene, and the render as its answer."""

from __future__ import annotations

from typing import Any

from mixdown_api.music.schemas import MusicGenerateAnswer, MusicGenerateBody
from mixdown_api.scenes.kept import KeptRender, UrlOf
from mixdown_api.scenes.members import of_generate
from mixdown_api.scenes.rendering import SceneRequest, scene_of
from mixdown_api.scenes.spoken_by import Outside
from mixdown_kernel import SourceLayer, invalid

LAYER = "music"
NOT_YET = f"asset:{'0' * 64}"
"""Stands for what has not been fetched, while all else is checked."""


def music_request(body: MusicGenerateBody, asset: str | None = None) -> SceneRequest:
    """A scene of one layer, which lasts as long as it was asked for. ``asset`` is the sound that it starts from, once
    that is there. Raises `Problem` ``two_seeds``."""
    if body.params.seed not in (None, body.seed):
        message = "`seed` and `params.seed` are the same wish, and differ."
        raise invalid("two_seeds", message, field="params.seed", allowed=[body.seed])
    output = body.output.model_copy(update={"separate_tracks": False})
    stems = body.stems or body.output.separate_tracks
    layer = SourceLayer(id=LAYER, role="music", request=_asked(body, asset, stems=stems), backend=body.model)
    return SceneRequest(
        scene_of((layer,), output, seed=body.seed, reuse=body.reuse, whole=True),
        output,
        {},
        _member,
        stems=frozenset({LAYER} if stems else ()),
        midi=frozenset({LAYER} if body.midi else ()),
    )


def started_from(body: MusicGenerateBody) -> dict[str, Outside]:
    """The audio to fetch, by layer."""
    given = body.start_from
    return {} if given is None else {LAYER: Outside(given.audio_url, "start_from.audio_url")}


def _asked(body: MusicGenerateBody, asset: str | None, *, stems: bool) -> dict[str, Any]:
    params = body.params
    request: dict[str, Any] = {
        "prompt": _words(body),
        "duration_ms": round(body.duration_sec * 1000),
        "stems": stems,
        "intensity": None if params.intensity is None else params.intensity / 100,
        "seed": body.seed,
        **params.model_dump(include={"genre", "bpm", "key"}),
    }
    if body.start_from is not None:
        members = body.start_from.model_dump(exclude={"audio_url"}, exclude_none=True)
        request["parameters"] = {"audio": asset or NOT_YET, **members}
    return {name: value for name, value in request.items() if value is not None}


def _words(body: MusicGenerateBody) -> str:
    """The prompt, and after it what is asked for by name: of two words that disagree the later one counts."""
    params = body.params
    parts = [body.prompt, params.mood or ""]
    parts += [f"With {name}" for name in params.instruments]
    parts += [f"Without {name}" for name in params.without]
    return ". ".join(part.strip() for part in parts if part.strip())


def _member(layer: str | None, member: str) -> str:
    if layer is None:
        return of_generate(None, member)
    if member == "duration_ms":
        return "duration_sec"
    if member.startswith("parameters"):
        return member.replace("parameters", "start_from").replace(".audio", ".audio_url")
    return member if member in ("prompt", "stems", "model") else f"params.{member}"


def music_answer(
    body: MusicGenerateBody, kept: KeptRender, url: UrlOf, *, cached: bool
) -> MusicGenerateAnswer:
    """For a request that this render serves."""
    piece, params = kept.layers[LAYER], body.params
    reading = piece.reading or {}
    return MusicGenerateAnswer(
        genre=reading.get("genre") or params.genre,
        bpm=piece.bpm or params.bpm,
        key=piece.key or params.key,
        seed=piece.seed,
        reading=piece.reading,
        stems=kept.stems(LAYER, url),
        midi_url=kept.midi(LAYER, url),
        **kept.common(body.seed, url, cached=cached),
    )
