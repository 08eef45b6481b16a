"""Mixdown's own voices: small, distilled from permissively licensed engines, here without a download."""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """``FAMILY`` is made when it is asked for: the engine half lives in this package too and shall not import the kernel."""
    if name != "FAMILY":
        raise AttributeError(name)
    from mixdown_tts_onnx.mixdown.family import Mixdown

    return Mixdown()
