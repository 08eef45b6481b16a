"""Kokoro-82M (Apache-2.0): one model, some fifty voices, blends of them, nine languages of which seven are read here."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """``FAMILY`` is made when it is asked for: the engine half lives in this package too and shall not import the kernel."""
    if name != "FAMILY":
        raise AttributeError(name)
    from mixdown_tts_onnx.kokoro.family import Kokoro

    return Kokoro()
