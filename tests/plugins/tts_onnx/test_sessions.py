"""Whatever is wrong with a graph, one clear error says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.runtime.session import input_types, metadata, open_session, output_names

from .tones import FRAMES, GRAPH, build_model

OPTIONS = Options()


def refused(graph: Path | bytes, options: Options = OPTIONS, **expected: object) -> EngineError:
    with pytest.raises(EngineError) as caught:
        open_session(graph, options, **expected)  # type: ignore[arg-type]
    error = caught.value
    assert error.hint
    assert str(Path.cwd()) not in error.message
    if isinstance(graph, Path):
        assert str(graph.parent) not in f"{error.message}{error.hint}"
    return error


def test_a_session_says_what_it_takes(tones: Path) -> None:
    session = open_session(tones / GRAPH, OPTIONS, inputs={"hertz": ("tensor(float)",)}, outputs=("samples",))
    assert input_types(session) == {"hertz": "tensor(float)"}
    assert output_names(session) == ("samples",)
    assert metadata(session) == {}
    assert session.run(None, {"hertz": np.array([440.0], np.float32)})[0].shape == (FRAMES,)


def test_a_graph_may_come_as_bytes(tones: Path) -> None:
    assert input_types(open_session((tones / GRAPH).read_bytes(), OPTIONS, name="tones"))


@pytest.mark.parametrize(
    "options",
    [
        Options(threads=2, inter_op_threads=2),
        Options(optimization="off", arena=False),
        Options(optimization="basic"),
        Options(optimization="extended"),
    ],
    ids=["threads", "off", "basic", "extended"],
)
def test_however_it_is_loaded_it_gives_the_same(tones: Path, options: Options) -> None:
    hertz = {"hertz": np.array([440.0], np.float32)}
    (one,) = open_session(tones / GRAPH, OPTIONS).run(None, hertz)
    (other,) = open_session(tones / GRAPH, options).run(None, hertz)
    assert np.array_equal(one, other)


def test_a_missing_file(tmp_path: Path) -> None:
    error = refused(tmp_path / "gone.onnx")
    assert error.code == "missing_model_file"
    assert "gone.onnx" in error.message


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(tmp_path: Path, tones: Path, share: float) -> None:
    content = (tones / GRAPH).read_bytes()
    (tmp_path / "cut.onnx").write_bytes(content[: int(share * len(content))])
    assert refused(tmp_path / "cut.onnx").code == "corrupt_model"


@pytest.mark.parametrize("content", [b"hello", b"\0" * 4096, b"<html>404</html>"])  # fmt: skip
def test_what_is_no_graph(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "no.onnx").write_bytes(content)
    assert refused(tmp_path / "no.onnx").code == "corrupt_model"


def test_a_clone_without_lfs_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "pointer.onnx").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"
    )
    error = refused(tmp_path / "pointer.onnx")
    assert "Git LFS" in error.message
    assert "git lfs pull" in (error.hint or "")


def test_a_directory_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "folder.onnx").mkdir()
    assert refused(tmp_path / "folder.onnx").code == "corrupt_model"


def test_an_opset_of_the_future(tmp_path: Path) -> None:
    error = refused(build_model(tmp_path, opset=99) / GRAPH)
    assert error.code == "unsupported_model"
    assert "onnxruntime" in (error.hint or "")


def test_an_operator_that_nobody_has(tmp_path: Path) -> None:
    node = helper.make_node("Teleport", ["x"], ["y"], domain="com.example")
    graph = helper.make_graph(
        [node],
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.example", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=9), str(tmp_path / "odd.onnx"))
    assert refused(tmp_path / "odd.onnx").code == "unsupported_model"


def test_weights_beside_it_that_are_missing(tmp_path: Path, tones: Path) -> None:
    model = onnx.load(str(tones / GRAPH))
    path = str(tmp_path / "split.onnx")
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert open_session(tmp_path / "split.onnx", OPTIONS)
    (tmp_path / "weights.bin").unlink()
    assert refused(tmp_path / "split.onnx").code in {"missing_model_file", "corrupt_model"}


def test_other_inputs(tmp_path: Path) -> None:
    graph = build_model(tmp_path, input_name="pitch") / GRAPH
    error = refused(graph, inputs={"hertz": ()})
    assert error.code == "wrong_model"
    assert "no input 'hertz' (it has pitch)" in error.message
    error = refused(graph, inputs={"pitch": ("tensor(int64)",)})
    assert "takes tensor(float) as 'pitch' and not tensor(int64)" in error.message
    error = refused(graph, outputs=("waveform",))
    assert "no output 'waveform' (it has samples)" in error.message


def test_a_provider_that_is_not_installed(tones: Path) -> None:
    error = refused(tones / GRAPH, Options(providers=("QuantumExecutionProvider",)))
    assert error.code == "unknown_provider"
    assert "CPUExecutionProvider" in (error.allowed or [])


def test_what_the_runtime_said_is_for_the_operator(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path / "gone.onnx")
    assert str(tmp_path) in capfd.readouterr().err
