"""Piper voices: a graph and a configuration each, in some forty languages."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """``FAMILY`` is made when it is asked for: the engine half lives in this package too and shall not import the kernel."""
    if name != "FAMILY":
        raise AttributeError(name)
    from mixdown_tts_onnx.piper.family import Piper

    return Piper()
