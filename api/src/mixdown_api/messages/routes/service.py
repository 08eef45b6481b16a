"""``/contract``: what stems and messages are, and who speaks them now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from mixdown_api.messages import index
from mixdown_api.messages.buckets import mode_of
from mixdown_api.messages.surface import Messages, MessagesDep
from mixdown_api.messages.voicing import CHANNELS, CONTAINER, RATE, SAMPLE_ENCODING, voiced
from mixdown_kernel import Problem

router = APIRouter(tags=["messages"])

SIGNED = (
    "backend", "backend_version", "model_id", "voice_id", "language", "rendered_text", "generation_config",
    "sample_rate", "encoding", "container", "cartesia_version",
)  # fmt: skip
"""What a contract signature covers."""


@router.get("/contract", summary="The contract of stems in force")
async def contract(messages: MessagesDep) -> dict[str, Any]:
    """`status` is `ok` where stems can be rendered now."""
    speaker = await _speaker(messages)
    return {
        "status": "ok" if speaker["backend"] else "unavailable",
        "ready": messages.service.kernel.is_ready,
        "contract": {
            "container": CONTAINER,
            "encoding": SAMPLE_ENCODING,
            "sample_rate": RATE,
            "channels": CHANNELS,
            "stem_ttl_seconds": messages.service.settings.messages_stem_seconds,
            "signature_members": list(SIGNED),
            **speaker,
        },
        "mode": mode_of(messages.service),
    }


async def _speaker(messages: Messages) -> dict[str, Any]:
    """Who would speak a stem now; nobody is waited for."""
    if not messages.service.kernel.is_ready:
        return {"backend": None, "error": "the voices are still opening"}
    try:
        words = await voiced(messages.service.kernel, "ready", messages.stems.voicing())
    except Problem as problem:
        return {"backend": None, "error": problem.message}
    return {
        "backend": words.running.name,
        "backend_version": words.running.offer.plugin.version,
        "model_id": words.model_id,
        "voice_id": await words.voice_id(),
        "cartesia_version": words.cartesia_version,
    }


async def messages_report(messages: Messages) -> dict[str, Any]:
    """For extended health: stems and where they are kept."""
    async with messages.service.state.reading() as connection:
        figures = await index.figures(connection)
    return {"mode": mode_of(messages.service), "stems": dict(figures), "voice": await _speaker(messages)}
