"""OpenAudio S1-mini on ONNX Runtime: conversion from the public checkpoint, and speech.

Shape, prompt, sampling and their sources: fishaudio/fish-speech at commit d3df505 (code Apache-2.0; the weights are
CC-BY-NC-SA-4.0).
"""

from __future__ import annotations


def __getattr__(name: str) -> object:
    """``FAMILY`` is made when it is asked for: the engine half lives in this package too and shall not import the kernel."""
    if name != "FAMILY":
        raise AttributeError(name)
    from mixdown_tts_onnx.s1_mini.family import S1Mini

    return S1Mini()
