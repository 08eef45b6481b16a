"""A codec of a few thousand weights, in every other respect like the public one: as a state dictionary and as graphs."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from benchmarks.s1_codec_weights import RandomWeights
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini.codec import Decoder, Encoder
from mixdown_tts_onnx.s1_mini.convert.codec import (
    CodecShape,
    FoldedWeights,
    Profile,
    build_decoder,
    build_encoder,
)
from mixdown_tts_onnx.s1_mini.convert.codec.shape import TransformerShape
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData

HEAD_WIDTH = 16
_INNER = TransformerShape(layers=2, width=64, hidden=128, window=128, positions=4096)
SHAPE = CodecShape(
    latent=64,
    codebooks=(24, 12, 12),
    code_width=4,
    resampling=(2, 2),
    decoder_width=128,
    decoder_rates=(4, 2),
    encoder_width=8,
    encoder_rates=(2, 4),
    post=_INNER,
    pre=_INNER,
    encoder_transformers=(None, TransformerShape(1, 32, 64, window=512, positions=16384)),
    head_width=HEAD_WIDTH,
)
WEIGHTS = RandomWeights(SHAPE)


def state() -> dict[str, NDArray[np.float32]]:
    """All tensors under the checkpoint's names."""
    return {name: WEIGHTS[name] for name in WEIGHTS}


def codes(frames: int, seed: int = 0) -> NDArray[np.int64]:
    """Random codes (frames, 3)."""
    return np.random.default_rng(seed).integers(0, SHAPE.codebooks, (frames, len(SHAPE.codebooks)))


@cache
def decoder(profile: Profile, positions: int = 4096) -> Decoder:
    shape = replace(SHAPE, post=replace(SHAPE.post, positions=positions))
    path = Path(mkdtemp()) / "decoder.onnx"
    with ExternalData(path.with_suffix(".data")) as data:
        model = build_decoder(FoldedWeights(WEIGHTS), shape, profile, data)
    path.write_bytes(model.SerializeToString())
    return Decoder(path, Options())


def encoder_file(directory: Path, profile: Profile, *, sample_rate: int) -> Path:
    path = directory / "encoder.onnx"
    with ExternalData(path.with_suffix(".data")) as data:
        model = build_encoder(FoldedWeights(WEIGHTS), replace(SHAPE, sample_rate=sample_rate), profile, data)
    path.write_bytes(model.SerializeToString())
    return path


def encoder(directory: Path, profile: Profile, *, sample_rate: int) -> Encoder:
    return Encoder(encoder_file(directory, profile, sample_rate=sample_rate), Options())
