"""What ``/v1/audio/layers`` asks for as a scene, and the render as its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import JsonValue

from mixdown_api.scenes.kept import KeptRender, UrlOf
from mixdown_api.scenes.layers import ducking
from mixdown_api.scenes.layers_schemas import (
    BackgroundBody,
    ClipBody,
    LayerBody,
    LayerComponent,
    LayersAnswer,
    LayersBody,
    MusicBody,
    SilenceBody,
    VoiceBody,
)
from mixdown_api.scenes.members import of_layers
from mixdown_api.scenes.rendering import SceneRequest, scene_of
from mixdown_api.scenes.spoken_by import Outside, recording_of, voice_layer
from mixdown_api.service import Service
from mixdown_kernel import SourceLayer, VoiceLayer, invalid


def layer_ids(bodies: Sequence[LayerBody]) -> list[str]:
    """Each layer's own id, else its type; numbered from the second on. Raises `Problem` ``duplicate_layer``."""
    taken = Counter(body.id for body in bodies if body.id)
    for place, body in enumerate(bodies):
        if body.id and taken[body.id] > 1:
            message = f"Two layers are called {body.id!r}."
            raise invalid("duplicate_layer", message, field=f"layers.{place}.id")
    used = set(taken)
    ids = []
    for body in bodies:
        id_, number = body.id or body.type, 1
        while not body.id and id_ in used:
            number += 1
            id_ = f"{body.type}-{number}"
        used.add(id_)
        ids.append(id_)
    return ids


def outside_audio(body: LayersBody) -> dict[str, Outside]:
    """Per layer that plays somebody's audio, or speaks like it."""
    found = {}
    for place, (id_, layer) in enumerate(zip(layer_ids(body.layers), body.layers, strict=True)):
        if (outside := outside_of(layer, f"layers.{place}.")) is not None:
            found[id_] = outside
    return found


def outside_of(layer: LayerBody, place: str = "") -> Outside | None:
    """One layer's; ``place`` stands before its members."""
    if isinstance(layer, VoiceBody):
        return recording_of(layer, place)
    if isinstance(layer, ClipBody | BackgroundBody) and layer.audio_url.strip():
        return Outside(layer.audio_url, f"{place}audio_url")
    return None


def layers_request(service: Service, body: LayersBody, assets: Mapping[str, str]) -> SceneRequest:
    """``assets`` are the decoded sounds of `outside_audio`. Layers whose sound is not there yet hold a place: that is
    enough to check all the rest."""
    ids = layer_ids(body.layers)
    bodies = dict(zip(ids, body.layers, strict=True))
    for place, layer in enumerate(body.layers):
        check_alone(layer, f"layers.{place}.")
        _check_join(layer, bodies, f"layers.{place}")
    leaving: dict[str, int] = {}
    for layer in body.layers:  # a crossfade belongs to both of its layers
        if layer.after is not None:
            leaving[layer.after] = max(layer.crossfade_ms, leaving.get(layer.after, 0))
    layers = tuple(
        layer_of(service, id_, layer, assets.get(id_), leaving_ms=leaving.get(id_, 0))
        for id_, layer in bodies.items()
    )
    music = {id_: layer for id_, layer in bodies.items() if isinstance(layer, MusicBody)}
    return SceneRequest(
        scene_of(layers, body.output, seed=body.seed, reuse=body.reuse, whole=True),
        body.output,
        {id_: layer.text for id_, layer in bodies.items() if isinstance(layer, VoiceBody)},
        of_layers(ids),
        stems=frozenset(id_ for id_, layer in music.items() if layer.stems),
        midi=frozenset(id_ for id_, layer in music.items() if layer.midi),
    )


def check_alone(layer: LayerBody, place: str = "") -> None:
    """What is wrong with a layer whatever the others are; ``place`` stands before its members in the request."""
    if isinstance(layer, ClipBody) and not layer.audio_url.strip():
        raise invalid("missing_audio_url", "A clip needs an audio_url.", field=f"{place}audio_url")
    longest = layer.duration_ms
    for name in ("fade_in", "fade_out"):
        if longest is not None and getattr(layer, name) > longest:
            message = f"A fade is at most as long as its layer, which lasts {longest} ms."
            raise invalid(f"invalid_{name}", message, field=f"{place}{name}", allowed=[0, longest])


def _check_join(layer: LayerBody, bodies: Mapping[str, LayerBody], place: str) -> None:
    if not layer.crossfade_ms:
        return
    if layer.after is None:
        message = "A crossfade needs a layer to fade from."
        raise invalid(
            "crossfade_without_layer", message, field=f"{place}.crossfade_ms", hint="Give it after."
        )
    if layer.gap_ms:
        message = "A layer has a gap or a crossfade, not both."
        raise invalid("two_joins", message, field=f"{place}.gap_ms", allowed=[0])
    lengths = [one.duration_ms for one in (layer, bodies.get(layer.after)) if one and one.duration_ms]
    if lengths and layer.crossfade_ms > min(lengths):
        message = "A crossfade is at most as long as the shorter of its two layers."
        raise invalid(
            "invalid_crossfade_ms", message, field=f"{place}.crossfade_ms", allowed=[0, min(lengths)]
        )


def layer_of(
    service: Service, id_: str, body: LayerBody, asset: str | None, *, leaving_ms: int = 0
) -> VoiceLayer | SourceLayer:
    """The layer that a body asks for. ``asset`` is its decoded sound; it fades out for ``leaving_ms`` at least, into
    another."""
    placed = _placement(id_, body, leaving_ms)
    if isinstance(body, VoiceBody):
        return voice_layer(service, body, body.text, body.voice, body.model, asset, **placed)
    role, request = _source(body, asset)
    loop = isinstance(body, BackgroundBody | ClipBody) and body.loop
    backend = body.model if isinstance(body, MusicBody) else None
    return SourceLayer(**placed, role=role, request=request, loop=loop, backend=backend)


def _placement(id_: str, body: LayerBody, leaving_ms: int) -> dict[str, Any]:
    """The members that all layers share."""
    return {
        "id": id_,
        "start_ms": body.start_ms,
        "after": body.after,
        "gap_ms": -body.crossfade_ms if body.crossfade_ms else body.gap_ms,
        "duration_ms": None if isinstance(body, SilenceBody) else body.duration_ms,
        "fade_in_ms": max(body.fade_in, body.crossfade_ms),
        "fade_out_ms": max(body.fade_out, leaving_ms),
        "volume": body.volume / 100,
        "pan": body.pan / 100,
        "duck": ducking(body.duck),
    }


def _source(
    body: MusicBody | BackgroundBody | ClipBody | SilenceBody, asset: str | None
) -> tuple[str, dict[str, JsonValue]]:
    if isinstance(body, SilenceBody):
        return "clip", {"asset": f"silence:{body.duration_ms}"}
    if isinstance(body, MusicBody):
        given = body.model_dump(include={"genre", "bpm", "key", "seed", "stems"}, exclude_none=True)
        return "music", {**given, "intensity": body.intensity / 100}
    if asset is not None or body.audio_url.strip():
        return "clip", {"asset": asset or "silence:1"}
    assert isinstance(body, BackgroundBody)  # noqa: S101 - a clip has a URL
    shares = {name: getattr(body, name) for name in ("intensity", "distance", "brightness")}
    known = {name: percent / 100 for name, percent in shares.items() if percent is not None}
    return "ambient", {"kind": body.kind, "seed": body.seed, "parameters": body.parameters, **known}


def layers_answer(body: LayersBody, kept: KeptRender, url: UrlOf, *, cached: bool) -> LayersAnswer:
    """For a request that this render serves."""
    named = zip(layer_ids(body.layers), body.layers, strict=True)
    components = {id_: _component(id_, layer, kept, url) for id_, layer in named}
    return LayersAnswer(components=components, **kept.common(body.seed, url, cached=cached))


def _component(id_: str, body: LayerBody, kept: KeptRender, url: UrlOf) -> LayerComponent:
    heard = kept.layers[id_]
    component = LayerComponent(
        type=body.type, url=kept.track(id_, url), start_ms=heard.start_ms, end_ms=heard.end_ms
    )
    match body:
        case VoiceBody():
            component.timestamps, component.words, component.marks = (
                heard.utterances, heard.words, heard.marks,
            )  # fmt: skip
        case MusicBody():
            component.genre, component.seed = body.genre, heard.seed
            component.bpm, component.key = heard.bpm or body.bpm, heard.key or body.key
            component.stems, component.midi_url = kept.stems(id_, url), kept.midi(id_, url)
        case BackgroundBody():
            component.kind = "custom" if body.audio_url.strip() else body.kind
    return component
