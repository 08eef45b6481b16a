"""What the codec's graphs are made of: the checkpoint's tensors, Winograd's matrices, polynomials, integers."""

import numpy as np
import pytest
from benchmarks.s1_codec_weights import TRUE_SHAPE, RandomWeights
from tests.plugins.tts_onnx.s1_mini import codec_graphs
from tests.plugins.tts_onnx.s1_mini.codec_graphs import HEAD_WIDTH, SHAPE, WEIGHTS

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.convert.codec import (
    PROFILES,
    CodecShape,
    FoldedWeights,
    build_decoder,
    build_encoder,
)
from mixdown_tts_onnx.s1_mini.convert.codec.linear import seven_bits
from mixdown_tts_onnx.s1_mini.convert.codec.snake import quarter_turn
from mixdown_tts_onnx.s1_mini.convert.codec.winograd import transforms
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData

NORMALISED = (
    ("decoder.model.0.conv.weight", "parametrizations.weight.original0"),
    ("quantizer.quantizer.quantizers.1.in_proj.weight", "weight_g"),
)


@pytest.mark.parametrize(("name", "magnitude"), NORMALISED)
def test_weight_normalisation_is_folded(name, magnitude):
    folded, stem = FoldedWeights(WEIGHTS), name.removesuffix("weight")
    axes = tuple(range(1, folded[name].ndim))
    lengths = np.sqrt(np.square(folded[name]).sum(axis=axes, keepdims=True))
    assert np.allclose(lengths, WEIGHTS[stem + magnitude], rtol=1e-5)
    assert not any("original" in given or given.endswith(("_g", "_v")) for given in folded)


def test_folding_is_without_effect_on_plain_tensors():
    plain = FoldedWeights(codec_graphs.state())
    again = FoldedWeights({name: plain[name] for name in plain})
    assert set(again) == set(plain)
    assert all(np.array_equal(again[name], plain[name]) for name in plain)


def test_the_shape_is_read_from_the_tensors():
    assert CodecShape.of(FoldedWeights(WEIGHTS), head_width=HEAD_WIDTH) == SHAPE


def test_the_public_shape():
    weights = RandomWeights(TRUE_SHAPE)
    count = sum(np.prod(shape) for _, shape in TRUE_SHAPE.decoder_tensors())
    assert (TRUE_SHAPE.frame_length, TRUE_SHAPE.max_frames) == (2048, 4096)
    assert 183e6 < count < 186e6
    assert "decoder.model.1.block.1.conv.parametrizations.weight.original0" in weights


def without(name):
    return {given: value for given, value in codec_graphs.state().items() if given != name}


def build(weights):
    folded = FoldedWeights(weights)
    return CodecShape.of(folded, head_width=HEAD_WIDTH), folded


@pytest.mark.parametrize(
    "name",
    ["decoder.model.2.block.3.block.0.alpha", "quantizer.upsample.1.1.gamma", "decoder.model.4.conv.bias"],
)
def test_a_partial_checkpoint_is_refused(name, tmp_path):
    shape, folded = build(without(name))
    with ExternalData(tmp_path / "data") as data, pytest.raises(EngineError, match=name) as refused:
        build_decoder(folded, shape, PROFILES["fp32"], data)
    assert refused.value.code == "bad_checkpoint"


def test_a_tensor_of_another_shape_is_refused(tmp_path):
    state = codec_graphs.state()
    state["encoder.block.1.block.3.alpha"] = np.ones((1, 9, 1), np.float32)
    shape, folded = build(state)
    with (
        ExternalData(tmp_path / "data") as data,
        pytest.raises(EngineError, match=r"is \[1, 9, 1\] instead of"),
    ):
        build_encoder(folded, shape, PROFILES["fp32"], data)


@pytest.mark.parametrize("weights", [{}, {"decoder.model.0.conv.weight": np.ones((4, 4), np.float32)}])
def test_a_foreign_checkpoint_is_refused(weights):
    with pytest.raises(EngineError) as refused:
        build(weights)
    assert refused.value.code == "bad_checkpoint"


@pytest.mark.parametrize("tile", [4, 5, 6, 7, 8])
def test_winograd_is_a_convolution(tile):
    leaving, kernel, entering = transforms(tile)
    generator = np.random.default_rng(tile)
    taps, signal = generator.standard_normal(7), generator.standard_normal(tile + 6)
    expected = np.correlate(signal, taps, "valid")
    assert np.allclose(leaving @ ((kernel @ taps) * (entering @ signal)), expected, atol=1e-9)
    assert np.abs(entering).max() <= 1
    assert np.abs(leaving).max() <= 1


@pytest.mark.parametrize(("terms", "error"), [(3, 1.5e-5), (2, 1.5e-3)])
def test_the_polynomial_is_the_square_of_a_sine(terms, error):
    v = np.linspace(-0.5, 0.5, 10_001)
    w = v * v
    half = w * np.polynomial.Polynomial(quarter_turn(terms))(w)
    assert np.abs(4 * half * (1 - half) - np.sin(np.pi * v) ** 2).max() < error


def test_integers_of_seven_bits_lose_little():
    weight = np.random.default_rng(0).standard_normal((4000, 8)).astype(np.float32)
    weight[0] = 40  # one outlier a column
    integers, steps = seven_bits(weight)
    assert integers.dtype == np.int8
    assert np.abs(integers.astype(int)).max() <= 63
    coarse = np.abs(weight).max(axis=0) / 63
    error = np.square(integers * steps - weight).sum()
    assert error <= np.square(np.rint(weight / coarse) * coarse - weight).sum()
