"""The dimensions of the S1-mini codec, read from the tensors of its checkpoint.

The codec is a causal, modified DAC (Kumar et al. 2023, "High-Fidelity Audio Compression with Improved RVQGAN"), as in
fishaudio/fish-speech at d3df505, ``fish_speech/models/dac``. Its checkpoint carries no configuration, so everything
that a tensor's shape tells is taken from there; what none tells are the published constants, fields with a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Self

from mixdown_tts_onnx.s1_mini.convert.codec.weights import FoldedWeights
from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint

Tensors = Iterator[tuple[str, tuple[int, ...]]]

SEMANTIC = "quantizer.semantic_quantizer.quantizers"
RESIDUAL = "quantizer.quantizer.quantizers"


@dataclass(frozen=True)
class TransformerShape:
    """A causal transformer with a limited window.

    Args:
        layers, width, hidden: number of layers, channels, channels inside the feed-forward part.
        window: positions that a position attends to, itself included.
        positions: rows of its rotary table, hence the most positions of one utterance.
    """

    layers: int
    width: int
    hidden: int
    window: int
    positions: int


@dataclass(frozen=True)
class CodecShape:
    """The codec's dimensions.

    Args:
        latent: channels between encoder, quantiser and decoder.
        codebooks: entries of each codebook; the first is the semantic one.
        code_width: channels in which codes are looked up.
        resampling: factors between the quantiser's frames and the latent's, in order of upsampling.
        decoder_width, decoder_rates: channels of its first stage (each stage halves them) and upsampling per stage.
        encoder_width, encoder_rates: the same of the encoder (each stage doubles them).
        post, pre: the transformers after and before the quantiser.
        encoder_transformers: the transformer that ends each stage of the encoder, where it has one.
    """

    latent: int
    codebooks: tuple[int, ...]
    code_width: int
    resampling: tuple[int, ...]
    decoder_width: int
    decoder_rates: tuple[int, ...]
    encoder_width: int
    encoder_rates: tuple[int, ...]
    post: TransformerShape
    pre: TransformerShape
    encoder_transformers: tuple[TransformerShape | None, ...]
    head_width: int = 64
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5
    sample_rate: int = 44100

    @property
    def frame_length(self) -> int:
        """Samples of a frame of codes."""
        return prod(self.decoder_rates) * prod(self.resampling)

    @property
    def max_frames(self) -> int:
        """The longest utterance, in frames: the transformers know no later position."""
        return self.post.positions

    @classmethod
    def of(cls, weights: FoldedWeights, *, head_width: int = 64) -> Self:
        """The shape of a checkpoint.

        Args:
            head_width: channels of an attention head, which no tensor tells.

        Raises:
            EngineError: ``bad_checkpoint`` where this is no codec of this kind.
        """
        try:
            return cls(
                latent=weights.shape("decoder.model.0.conv.weight")[1],
                codebooks=(
                    *_codebooks(weights, SEMANTIC),
                    *_codebooks(weights, RESIDUAL),
                ),
                code_width=weights.shape(f"{SEMANTIC}.0.codebook.weight")[1],
                resampling=tuple(_kernels(weights, r"quantizer\.upsample\.\d+\.0\.conv\.weight")),
                decoder_width=weights.shape("decoder.model.0.conv.weight")[0],
                decoder_rates=_strides(weights, r"decoder\.model\.\d+\.block\.1\.conv\.weight"),
                encoder_width=weights.shape("encoder.block.0.conv.weight")[0],
                encoder_rates=_strides(weights, r"encoder\.block\.\d+\.block\.4\.conv\.weight"),
                post=_transformer(weights, "quantizer.post_module", window=128, positions=4096),
                pre=_transformer(weights, "quantizer.pre_module", window=128, positions=4096),
                encoder_transformers=_encoder_transformers(weights),
                head_width=head_width,
            )
        except (KeyError, IndexError, ValueError) as error:
            raise bad_checkpoint(
                f"its codec is of another kind: {error} is missing or has another form"
            ) from error

    def decoder_tensors(self) -> Tensors:
        """Name and shape of every folded tensor that decoding reads."""
        for index, size in enumerate(self.codebooks):
            yield from self._codebook(index, size, "out_proj")
        yield from _transformer_tensors("quantizer.post_module", self.post)
        for index, factor in enumerate(self.resampling):
            yield f"quantizer.upsample.{index}.0.conv.weight", (self.latent, self.latent, factor)
            yield f"quantizer.upsample.{index}.0.conv.bias", (self.latent,)
            yield from self._convnext(f"quantizer.upsample.{index}.1")
        yield from _convolution("decoder.model.0.conv", self.latent, self.decoder_width, 7)
        width = self.decoder_width
        for stage, rate in enumerate(self.decoder_rates, 1):
            block = f"decoder.model.{stage}.block"
            yield f"{block}.0.alpha", (1, width, 1)
            yield f"{block}.1.conv.weight", (width, width // 2, 2 * rate)
            yield f"{block}.1.conv.bias", (width // 2,)
            width //= 2
            for unit in (2, 3, 4):
                yield from _residual_unit(f"{block}.{unit}.block", width)
        last = len(self.decoder_rates) + 1
        yield f"decoder.model.{last}.alpha", (1, width, 1)
        yield from _convolution(f"decoder.model.{last + 1}.conv", width, 1, 7)

    def encoder_tensors(self) -> Tensors:
        """Name and shape of every folded tensor that encoding reads."""
        width = self.encoder_width
        yield from _convolution("encoder.block.0.conv", 1, width, 7)
        for stage, rate in enumerate(self.encoder_rates, 1):
            block = f"encoder.block.{stage}.block"
            for unit in (0, 1, 2):
                yield from _residual_unit(f"{block}.{unit}.block", width)
            yield f"{block}.3.alpha", (1, width, 1)
            yield from _convolution(f"{block}.4.conv", width, 2 * width, 2 * rate)
            width *= 2
            if transformer := self.encoder_transformers[stage - 1]:
                yield from _transformer_tensors(f"{block}.5", transformer)
        last = len(self.encoder_rates) + 1
        yield f"encoder.block.{last}.alpha", (1, width, 1)
        yield from _convolution(f"encoder.block.{last + 1}.conv", width, self.latent, 3)
        for index, factor in enumerate(reversed(self.resampling)):
            yield from _convolution(f"quantizer.downsample.{index}.0.conv", self.latent, self.latent, factor)
            yield from self._convnext(f"quantizer.downsample.{index}.1")
        yield from _transformer_tensors("quantizer.pre_module", self.pre)
        for index, size in enumerate(self.codebooks):
            yield from self._codebook(index, size, "in_proj")
            yield from self._codebook(index, size, "out_proj")

    def _codebook(self, index: int, size: int, projection: str) -> Tensors:
        name = codebook_name(index)
        inner, outer = self.code_width, self.latent
        if projection == "in_proj":
            inner, outer = outer, inner
        yield f"{name}.codebook.weight", (size, self.code_width)
        yield from _convolution(f"{name}.{projection}", inner, outer, 1)

    def _convnext(self, name: str) -> Tensors:
        yield f"{name}.dwconv.conv.weight", (self.latent, 1, 7)
        yield f"{name}.dwconv.conv.bias", (self.latent,)
        for part in ("norm.weight", "norm.bias", "gamma"):
            yield f"{name}.{part}", (self.latent,)
        yield f"{name}.pwconv1.weight", (4 * self.latent, self.latent)
        yield f"{name}.pwconv1.bias", (4 * self.latent,)
        yield f"{name}.pwconv2.weight", (self.latent, 4 * self.latent)
        yield f"{name}.pwconv2.bias", (self.latent,)


def codebook_name(index: int) -> str:
    """Where the checkpoint keeps a codebook; number 0 is the semantic one."""
    return f"{SEMANTIC}.0" if index == 0 else f"{RESIDUAL}.{index - 1}"


def _convolution(name: str, inner: int, outer: int, kernel: int) -> Tensors:
    yield f"{name}.weight", (outer, inner, kernel)
    yield f"{name}.bias", (outer,)


def _residual_unit(name: str, width: int) -> Tensors:
    yield f"{name}.0.alpha", (1, width, 1)
    yield from _convolution(f"{name}.1.conv", width, width, 7)
    yield f"{name}.2.alpha", (1, width, 1)
    yield from _convolution(f"{name}.3.conv", width, width, 1)


def _transformer_tensors(name: str, shape: TransformerShape) -> Tensors:
    width, hidden = shape.width, shape.hidden
    for layer in range(shape.layers):
        part = f"{name}.layers.{layer}"
        for vector in ("attention_norm.weight", "attention_layer_scale.gamma"):
            yield f"{part}.{vector}", (width,)
        for vector in ("ffn_norm.weight", "ffn_layer_scale.gamma"):
            yield f"{part}.{vector}", (width,)
        yield f"{part}.attention.wqkv.weight", (3 * width, width)
        yield f"{part}.attention.wo.weight", (width, width)
        yield f"{part}.feed_forward.w1.weight", (hidden, width)
        yield f"{part}.feed_forward.w2.weight", (width, hidden)
        yield f"{part}.feed_forward.w3.weight", (hidden, width)
    yield f"{name}.norm.weight", (width,)


def _numbered(weights: FoldedWeights, pattern: str) -> list[str]:
    """Names that match, in the order of the numbers within."""
    names = [name for name in weights if re.fullmatch(pattern, name)]
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def _kernels(weights: FoldedWeights, pattern: str) -> list[int]:
    kernels = [weights.shape(name)[2] for name in _numbered(weights, pattern)]
    if not kernels:
        raise KeyError(pattern.replace("\\", ""))
    return kernels


def _strides(weights: FoldedWeights, pattern: str) -> tuple[int, ...]:
    """Strides of resampling convolutions: their kernels are twice as long."""
    return tuple(kernel // 2 for kernel in _kernels(weights, pattern))


def _codebooks(weights: FoldedWeights, name: str) -> list[int]:
    return [
        weights.shape(tensor)[0]
        for tensor in _numbered(weights, re.escape(name) + r"\.\d+\.codebook\.weight")
    ]


def _transformer(weights: FoldedWeights, name: str, *, window: int, positions: int) -> TransformerShape:
    hidden, width = weights.shape(f"{name}.layers.0.feed_forward.w1.weight")
    layers = _numbered(weights, re.escape(name) + r"\.layers\.\d+\.ffn_norm\.weight")
    return TransformerShape(len(layers), width, hidden, window, positions)


def _encoder_transformers(weights: FoldedWeights) -> tuple[TransformerShape | None, ...]:
    stages = len(_numbered(weights, r"encoder\.block\.\d+\.block\.4\.conv\.weight"))
    return tuple(
        _transformer(weights, f"encoder.block.{stage}.block.5", window=512, positions=16384)
        if f"encoder.block.{stage}.block.5.norm.weight" in weights
        else None
        for stage in range(1, stages + 1)
    )
