"""Scenes that many tests perform."""

from __future__ import annotations

from typing import Any

from mixdown_kernel import Master, Scene, VoiceLayer


def bare(text: str, **scene: Any) -> Scene:
    """One voice at its own rate, untouched."""
    layer = scene.pop("layer", {})
    return Scene(
        **{
            "layers": [VoiceLayer(id="voice", text=text, **layer)],
            "rate": 24_000,
            "channels": 1,
            "master": Master(mode="none"),
            **scene,
        }
    )
