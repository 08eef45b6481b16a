"""Weights in few bits: packed as ONNX Runtime's kernels read them, and as near as their bits allow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from mixdown_tts_onnx.s1_mini.convert.graph import FLOAT, INT64, ExternalData, GraphBuilder, value
from mixdown_tts_onnx.s1_mini.convert.layers import embedding, linear
from mixdown_tts_onnx.s1_mini.convert.quantization import dequantize, quantize

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((24, 128)).astype(np.float32)


def snr(wanted: np.ndarray, got: np.ndarray) -> float:
    return float(10 * np.log10(np.square(wanted).sum() / np.square(wanted - got).sum()))


@pytest.mark.parametrize(("bits", "db"), [(2, 8), (4, 19), (8, 42)])
@pytest.mark.parametrize("block", [32, 64])
def test_the_error_is_what_the_bits_allow(bits: int, db: float, block: int) -> None:
    packed, scales = quantize(MATRIX, bits, block)
    assert packed.shape == (24, 128 // block, block * bits // 8)
    assert snr(MATRIX, dequantize(packed, scales, bits)) > db


@pytest.mark.parametrize("bits", [2, 4, 8])
@pytest.mark.parametrize("block", [32, 64])
def test_the_kernels_read_what_was_packed(tmp_path: Path, bits: int, block: int) -> None:
    """Products with activations of eight bits, and rows of an embedding exactly."""
    with ExternalData(tmp_path / "weights") as data:
        graph = GraphBuilder(data)
        graph.add("Identity", [linear(graph, "a", lambda: MATRIX, "x", bits, block)], ["product"])
        graph.add("Identity", [embedding(graph, "b", lambda: MATRIX, "index", bits, block)], ["rows"])
        model = graph.as_model(
            "g",
            [value("x", FLOAT, "n", 128), value("index", INT64, "n")],
            [value("product", FLOAT, "n", 24), value("rows", FLOAT, "n", 128)],
        )
    onnx.save(model, tmp_path / "g.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "g.onnx", providers=["CPUExecutionProvider"])
    x, index = RNG.standard_normal((5, 128)).astype(np.float32), np.array([0, 23, 7, 7, 1])
    product, rows = session.run(None, {"x": x, "index": index})
    meant = dequantize(*quantize(MATRIX, bits, block), bits)
    assert np.abs(rows - meant[index]).max() < 1e-6
    assert snr(x @ meant.T, product) > 35


def test_a_block_of_zeros_stays_zero() -> None:
    for bits in (2, 4, 8):
        packed, scales = quantize(np.zeros((2, 64), np.float32), bits, 32)
        assert not dequantize(packed, scales, bits).any()


def test_three_bits_and_columns_that_do_not_fit_are_refused() -> None:
    for bits, block in ((3, 32), (4, 48)):
        with pytest.raises(ValueError, match="do not go into"):
            quantize(MATRIX, bits, block)


def test_weights_of_one_name_are_written_once(tmp_path: Path) -> None:
    with ExternalData(tmp_path / "weights") as data:
        graph = GraphBuilder(data)
        for _ in range(3):
            linear(graph, "a", lambda: MATRIX, "x", 32, 32)
    assert (tmp_path / "weights").stat().st_size == MATRIX.nbytes
