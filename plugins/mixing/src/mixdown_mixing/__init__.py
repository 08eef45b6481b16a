"""Mixing, mastering, resampling, stretch, encoders and safe decoding for Mixdown."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from mixdown_kernel import Backend, DecodingBackend, EncodingBackend, MixingBackend, hookimpl
from mixdown_mixing import backend


@hookimpl
def mixing_backends() -> Iterable[Backend[MixingBackend]]:
    yield backend.numpy
    if find_spec("numba") is not None:
        yield backend.numba


@hookimpl
def encoding_backends() -> Iterable[Backend[EncodingBackend]]:
    from mixdown_mixing import encoders

    yield encoders.backend


@hookimpl
def decoding_backends() -> Iterable[Backend[DecodingBackend]]:
    from mixdown_mixing import decoding

    yield decoding.backend
