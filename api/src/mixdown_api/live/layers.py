"""A layer that a client adds: checked for what a stream can do, and made into the kernel's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from mixdown_api.live.protocol import MAX_FADE_MS
from mixdown_api.scenes.layered import check_alone, layer_of, outside_of
from mixdown_api.scenes.layers_schemas import LayerBody, VoiceBody
from mixdown_api.service import Service
from mixdown_kernel import SourceLayer, VoiceLayer, invalid

Layer = VoiceLayer | SourceLayer
Completing = Callable[[], Awaitable[Layer]]


def check(body: LayerBody, max_characters: int) -> None:
    """What is right in ``/v1/audio/layers`` and has no place in a stream. `Problem` names the member."""
    check_alone(body)
    for name in ("fade_in", "fade_out"):
        if (fade := getattr(body, name)) > MAX_FADE_MS:
            message = f"`{name}` must be at most {MAX_FADE_MS} in a stream, not {fade}."
            raise invalid(f"invalid_{name}", message, field=name, allowed=[0, MAX_FADE_MS])
    if body.gap_ms < 0:
        message = "In a stream a layer begins behind the one it follows."
        raise invalid("invalid_gap_ms", message, field="gap_ms", allowed=[0, None])
    if body.after is not None and body.start_ms:
        message = "A layer that follows another has no start_ms: use gap_ms."
        raise invalid("two_starts", message, field="start_ms", allowed=[0])
    for name in ("crossfade_ms", "stems", "midi"):
        if getattr(body, name, None):
            hint = "Ask /v1/audio/layers for it."
            raise invalid("unsupported_in_stream", f"A stream has no `{name}`.", field=name, hint=hint)
    if isinstance(body, VoiceBody) and len(body.text) > max_characters:
        message = (
            f"The text has {len(body.text)} characters, and at most {max_characters} are allowed in a stream."
        )
        raise invalid("text_too_long", message, field="text", allowed=[1, max_characters])


def made(service: Service, id_: str, body: LayerBody) -> tuple[Layer, Completing | None]:
    """The layer, and what is left to do before it can be planned: audio by URL has yet to be fetched."""
    layer = layer_of(service, id_, body, None)
    outside = outside_of(body)
    if outside is None:
        return layer, None

    async def fetched() -> Layer:
        return layer_of(service, id_, body, await outside.fetched(service))

    return layer, fetched
