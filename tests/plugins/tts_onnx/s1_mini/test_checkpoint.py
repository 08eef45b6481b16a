"""What the checkpoint's reader takes, and what it refuses, without running anything that it reads."""

from __future__ import annotations

import json
import os
import pickle
import resource
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.checkpoint import TransformerWeights, expected_tensors, open_weights
from mixdown_tts_onnx.s1_mini.shape import read_shape, shape_of

from .checkpoints import CONFIG, bfloat16, random_weights, write_pth, write_safetensors
from .conftest import Checkpoint


def read(directory: Path) -> TransformerWeights:
    shape = read_shape(directory)
    return TransformerWeights(open_weights(directory, "model"), shape)


def refusal(directory: Path) -> str:
    with pytest.raises(EngineError) as caught:
        read(directory)
    assert caught.value.code == "bad_checkpoint"
    return caught.value.message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_a_pth_in_bfloat16_reads_as_what_was_written(checkpoint: Checkpoint) -> None:
    weights = TransformerWeights(
        open_weights(checkpoint.directory, "model"), read_shape(checkpoint.directory)
    )
    for name, expected in checkpoint.weights.items():
        assert np.array_equal(weights[name], expected), name


def test_the_expected_tensors_are_those_of_the_reference() -> None:
    expected = {name: weight.shape for name, weight in random_weights(CONFIG).items()}
    assert expected_tensors(shape_of(CONFIG)) == expected


def test_safetensors_and_training_checkpoints_read_alike(folder: Path) -> None:
    weights = random_weights(CONFIG)
    write_safetensors(folder / "model.safetensors", weights)
    whole = read(folder)
    assert all(np.array_equal(whole[name], weight) for name, weight in weights.items())
    (folder / "model.safetensors").unlink()
    trained = {f"model.{name}": weight for name, weight in weights.items()}
    write_pth(folder / "model.pth", trained, "FloatStorage", wrap="state_dict")
    wrapped = read(folder)
    for name, weight in weights.items():
        assert np.array_equal(wrapped[name], weight)


def test_queries_keys_and_values_may_lie_apart(folder: Path) -> None:
    weights = random_weights(CONFIG)
    joined = weights.pop("layers.0.attention.wqkv.weight")
    for name, part in zip(("wq", "wk", "wv"), np.split(joined, [128, 192]), strict=True):
        weights[f"layers.0.attention.{name}.weight"] = part
    write_pth(folder / "model.pth", weights, "FloatStorage")
    whole = read(folder)
    assert np.array_equal(whole["layers.0.attention.wqkv.weight"], joined)


def test_tensors_with_strides_of_their_own_are_put_in_order(folder: Path) -> None:
    matrix = np.arange(12, dtype=np.float32).reshape(3, 4)
    write_pth(folder / "model.pth", {"transposed": matrix.T, "plain": matrix}, "FloatStorage")
    weights = open_weights(folder, "model")
    assert weights["transposed"].shape == (4, 3)
    assert np.array_equal(weights["plain"], matrix)


def test_a_missing_file_is_named(folder: Path) -> None:
    assert "neither model.pth nor model.safetensors" in refusal(folder)
    (folder / "config.json").unlink()
    assert "no config.json" in refusal(folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"model_type": "llama"}, "'llama'"),
        ({"n_layer": 0}, "n_layer is 0"),
        ({"dim": "wide"}, "dim is 'wide'"),
        ({"attention_qkv_bias": True}, "attention_qkv_bias"),
        ({"n_local_heads": 3}, "do not go together"),
        ({"fast_dim": 32}, "32 wide"),
    ],
)
def test_a_foreign_configuration_is_refused(folder: Path, change: dict[str, Any], told: str) -> None:
    (folder / "config.json").write_text(json.dumps(CONFIG | change))
    assert told in refusal(folder)


def test_a_partial_checkpoint_is_refused_with_what_is_missing(folder: Path) -> None:
    weights = random_weights(CONFIG)
    del weights["layers.1.ffn_norm.weight"], weights["fast_norm.weight"]
    write_pth(folder / "model.pth", weights, "FloatStorage")
    assert "2 tensors are missing" in refusal(folder)
    assert "layers.1.ffn_norm.weight" in refusal(folder)


def test_a_checkpoint_of_another_shape_is_refused_with_what_differs(folder: Path) -> None:
    weights = random_weights(CONFIG | {"intermediate_size": 192})
    write_pth(folder / "model.pth", weights, "FloatStorage")
    assert "is [192, 128] instead of [256, 128]" in refusal(folder)


def test_a_truncated_file_is_refused(checkpoint: Checkpoint, folder: Path) -> None:
    whole = (checkpoint.directory / "model.pth").read_bytes()
    (folder / "model.pth").write_bytes(whole[: len(whole) // 2])
    assert "cut short" in refusal(folder)
    (folder / "model.pth").unlink()
    write_safetensors(folder / "model.safetensors", random_weights(CONFIG))
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    assert "ends before the tensor" in refusal(folder)
    (folder / "model.safetensors").write_bytes(whole[:100])
    assert "cut short" in refusal(folder)


class Attack:
    def __reduce__(self) -> Any:
        return os.mkdir, ("attacked",)


def test_a_pickle_that_would_run_something_is_refused_and_not_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with zipfile.ZipFile(folder / "model.pth", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"weights": Attack()}))
    assert "which is no tensor" in refusal(folder)
    assert not (folder / "attacked").exists()


def test_a_few_bytes_that_name_a_huge_memo_take_no_memory(folder: Path) -> None:
    """Pickle's LONG_BINPUT stores an object under a number of the file's choosing."""
    bomb = b"\x80\x02}r" + (0x0FFFFFFF).to_bytes(4, "little") + b"."
    with zipfile.ZipFile(folder / "model.pth", "w") as archive:
        archive.writestr("archive/data.pkl", bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refusal(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kilobytes"


def test_an_index_whose_compression_is_damaged_is_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "model.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(range(256)) * 9)
    whole = bytearray((folder / "model.pth").read_bytes())
    begin = 30 + len("archive/data.pkl")
    whole[begin : begin + 8] = b"\xff" * 8
    (folder / "model.pth").write_bytes(whole)
    assert "cannot be read" in refusal(folder)


def test_a_tensor_beyond_its_storage_is_refused(folder: Path) -> None:
    from mixdown_tts_onnx.s1_mini.tensors import Stored

    (folder / "x").write_bytes(bytes(40))
    for stored in (
        Stored(folder / "x", 0, 10, "f32", (11,), (1,)),
        Stored(folder / "x", 0, 10, "f32", (2, 2), (9, 9)),
        Stored(folder / "x", 8, 10, "f32", (2,), (1,)),
        Stored(folder / "x", 0, 10, "f32", (2,), (-1,), 5),
    ):
        with pytest.raises(EngineError, match="ends before"):
            stored.check("w", 40)


def test_bfloat16_is_rounded_to_even() -> None:
    assert bfloat16(np.array([1.0, 1.00390625], np.float32)).tolist() == [0x3F80, 0x3F80]
