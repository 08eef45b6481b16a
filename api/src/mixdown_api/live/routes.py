"""WebSocket ``/v1/audio/stream``."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket

from mixdown_api.live.streams import Streams
from mixdown_api.service import Service
from mixdown_kernel import Kind, Problem

router = APIRouter()


@router.websocket("/v1/audio/stream")
async def stream_audio(websocket: WebSocket) -> None:
    """Layers that join, change and leave a mix while it is heard."""
    service = cast(Service, websocket.app.state.service)
    check_origin(websocket, service.settings.cors_origins)
    await cast(Streams, websocket.app.state.streams).serve(websocket, service)


def check_origin(websocket: WebSocket, allowed: tuple[str, ...]) -> None:
    """Browsers let any page open a socket to anywhere, and only say whose page it is. `Problem` for another's."""
    origin = websocket.headers.get("origin")
    if origin is None or "*" in allowed or origin in allowed:
        return
    if urlsplit(origin).netloc != websocket.headers.get("host"):
        hint = "Name it in cors_origins."
        message = "Pages of this origin may not open streams here."
        raise Problem(Kind.FORBIDDEN, "foreign_origin", message, hint=hint)
