"""A graph's own noise becomes an input before it is loaded, so that the same seed is the same sound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.graphs.opening import SeededGraph
from mixdown_tts_onnx.graphs.patch import INPUTS, noise, patched
from mixdown_tts_onnx.graphs.wire import fields, varint

from .conftest import kokoro_model

TEXT = "Seven small boats sailed home."
LENGTH = 4_096


def saved(path, nodes, inputs, outputs, opset=17):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    (path.parent / "cache").mkdir(exist_ok=True)
    return path


def value(name, kind=TensorProto.FLOAT, shape=("a", "b")):
    return helper.make_tensor_value_info(name, kind, list(shape))


def drawn(path, given, seed=1):
    """All outputs of a patched graph."""
    graph = SeededGraph(path, Options(cache_dir=path.parent / "cache"), length=LENGTH)
    return graph.session.run(None, {"x": given, **graph.noise(seed)})


@pytest.mark.parametrize(
    ("kind", "attributes", "mean", "spread"),
    [
        ("RandomNormalLike", {}, 0.0, 1.0),
        ("RandomNormalLike", {"mean": 3.0, "scale": 0.5}, 3.0, 0.5),
        ("RandomUniformLike", {}, 0.5, 12**-0.5),
        ("RandomUniformLike", {"low": -1.0, "high": 1.0}, 0.0, 2 * 12**-0.5),
        ("RandomNormal", {"shape": [40, 100]}, 0.0, 1.0),
        ("RandomUniform", {"shape": [40, 100], "high": 2.0}, 1.0, 2 * 12**-0.5),
    ],
)
def test_noise_has_the_distribution_that_its_node_asks_for(tmp_path, kind, attributes, mean, spread):
    inputs = ["x"] if kind.endswith("Like") else []
    nodes = [helper.make_node(kind, inputs, ["y"], **attributes), helper.make_node("Identity", ["x"], ["z"])]
    path = saved(tmp_path / "g.onnx", nodes, [value("x")], [value("y"), value("z")])
    given = np.zeros((40, 100), np.float32)
    first, again, other = drawn(path, given)[0], drawn(path, given)[0], drawn(path, given, seed=2)[0]
    assert first.shape == (40, 100)
    assert first.dtype == np.float32
    assert first.mean() == pytest.approx(mean, abs=0.06)
    assert first.std() == pytest.approx(spread, rel=0.06)
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.9


def test_nodes_draw_apart_and_begin_again_where_the_pool_ends(tmp_path):
    nodes = [helper.make_node("RandomNormalLike", ["x"], [name]) for name in ("y", "z")]
    path = saved(tmp_path / "g.onnx", nodes, [value("x")], [value("y"), value("z")])
    y, z = drawn(path, np.zeros((1, 3 * LENGTH), np.float32))
    assert abs(np.corrcoef(y[0, :LENGTH], z[0, :LENGTH])[0, 1]) < 0.1
    np.testing.assert_array_equal(y[0, :LENGTH], y[0, LENGTH : 2 * LENGTH])


@pytest.mark.parametrize("named", [True, False])
def test_noise_is_of_its_nodes_type(tmp_path, named):
    attributes = {"dtype": TensorProto.FLOAT16} if named else {}
    nodes = [helper.make_node("RandomNormalLike", ["x"], ["y"], **attributes)]
    half = TensorProto.FLOAT16
    path = saved(
        tmp_path / "g.onnx", nodes, [value("x", TensorProto.FLOAT if named else half)], [value("y", half)]
    )
    (y,) = drawn(path, np.zeros((3, 4), np.float32 if named else np.float16))
    assert y.dtype == np.float16


def test_a_patched_graph_is_valid_and_keeps_all_else(tmp_path, piper_dir):
    file = piper_dir / "en_US-lessac-low.onnx"
    model = onnx.load_from_string(b"".join(patched(file, exposed=("Ceil",))))
    before = onnx.load(file)
    onnx.checker.check_model(onnx.shape_inference.infer_shapes(model))
    assert [given.name for given in model.graph.input] == [
        "input",
        "input_lengths",
        "scales",
        INPUTS["normal"],
    ]
    assert [made.name for made in model.graph.output] == ["output", "w_ceil"]
    assert not [node for node in model.graph.node if node.op_type.startswith("Random")]
    kept = {one.name: one for one in model.graph.initializer}
    assert all(kept[one.name] == one for one in before.graph.initializer)


def test_a_graph_that_needs_no_change_is_not_copied(tmp_path):
    path = saved(
        tmp_path / "g.onnx", [helper.make_node("Identity", ["x"], ["y"])], [value("x")], [value("y")]
    )
    assert patched(path) == []
    assert patched(path, exposed=("Ceil",)) == []
    SeededGraph(path, Options(cache_dir=tmp_path / "cache"), length=LENGTH)
    assert not list((tmp_path / "cache").iterdir())


def test_noise_inside_of_a_branch_stays_as_it_is(tmp_path):
    """It is not found there, and nothing breaks."""
    inner = [
        helper.make_graph(
            [helper.make_node("RandomNormal", [], [name], shape=[1])], name, [], [value(name, shape=[1])]
        )
        for name in ("a", "b")
    ]
    nodes = [
        helper.make_node("Cast", ["x"], ["c"], to=TensorProto.BOOL),
        helper.make_node("If", ["c"], ["y"], then_branch=inner[0], else_branch=inner[1]),
    ]
    path = saved(tmp_path / "g.onnx", nodes, [value("x", shape=[])], [value("y", shape=[1])])
    assert patched(path) == []
    graph = SeededGraph(path, Options(cache_dir=tmp_path), length=LENGTH)
    assert graph.noise(1) == {}


def test_a_changed_graph_is_kept_until_its_file_changes(tmp_path, piper_dir):
    file, cache = tmp_path / "voice.onnx", tmp_path / "cache"
    cache.mkdir()
    file.write_bytes((piper_dir / "en_US-lessac-low.onnx").read_bytes())
    kept = []
    for _ in range(2):
        SeededGraph(file, Options(cache_dir=cache), length=LENGTH)
        (one,) = cache.iterdir()
        kept.append((one.name, one.stat().st_mtime_ns))
    assert kept[0] == kept[1]
    file.write_bytes((piper_dir / "en_US-timed-low.onnx").read_bytes())
    SeededGraph(file, Options(cache_dir=cache), length=LENGTH)
    (other,) = cache.iterdir()
    assert other.name != kept[0][0]


def test_where_nothing_can_be_written_the_graph_is_used_as_it_is(tmp_path, piper_dir, capfd):
    graph = SeededGraph(
        piper_dir / "en_US-lessac-low.onnx", Options(cache_dir=tmp_path / "none"), length=LENGTH
    )
    assert graph.noise(1) == {}
    assert "is used as it is" in capfd.readouterr().err


@pytest.mark.parametrize("size", [1, 7, 100, 1_000, -1])
def test_what_is_cut_off_is_no_graph(tmp_path, piper_dir, size):
    whole = (piper_dir / "en_US-lessac-low.onnx").read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[:size])
    with pytest.raises(ValueError):
        patched(tmp_path / "cut.onnx")


@pytest.mark.parametrize("data", [b"\xff" * 20, b"\x0b", b"\x0a\x7f", varint(1 << 60)])
def test_what_is_no_message_is_refused(data):
    with pytest.raises(ValueError):
        list(fields(data))


def test_the_pool_is_what_the_seed_says():
    one, same, other = (noise(INPUTS.values(), seed, 100) for seed in ((1, 2), (1, 2), (2, 1)))
    assert set(one) == set(INPUTS.values())
    for name, pool in one.items():
        np.testing.assert_array_equal(pool, same[name])
        assert (pool != other[name]).all()
        assert pool.dtype == np.float32


# ---------------------------------------------------------------- as voices


@pytest.fixture(scope="session")
def noisy_kokoro(tmp_path_factory, snippets):
    return kokoro_model(tmp_path_factory.mktemp("noisy"), snippets, "v1.0", noisy=True)


async def test_the_seed_is_the_voices(noisy_kokoro, piper_dir, speaker):
    for directory in (noisy_kokoro, piper_dir):
        says, again = speaker(directory), speaker(directory)
        first = await says(TEXT, seed=7)
        other = await says(TEXT, seed=8)
        np.testing.assert_array_equal(first, await says(TEXT, seed=7))
        np.testing.assert_array_equal(first, await again(TEXT, seed=7))
        assert len(first) != len(other) or np.abs(first - other).max() > 0


async def test_sessions_without_it_would_differ(piper_dir):
    """What the runtime does with such graphs when they are left alone."""
    session = onnxruntime.InferenceSession(
        piper_dir / "en_US-lessac-low.onnx", providers=["CPUExecutionProvider"]
    )
    given = {
        "input": np.array([[1, 0, 14, 0, 15, 0, 2]]),
        "input_lengths": np.array([7]),
        "scales": np.array([1, 1, 1], np.float32),
    }
    first, second = (session.run(None, given)[0] for _ in range(2))
    assert first.shape != second.shape or (first != second).any()


async def test_many_may_speak_at_once(noisy_kokoro, piper_dir, speaker):
    for directory in (noisy_kokoro, piper_dir):
        says = speaker(directory)
        asked = [await says.prepare(TEXT, seed=seed) for seed in (1, 2, 3, 4)] * 2
        sound = partial(spoken, says.engine)
        alone = [sound(utterance) for utterance in asked]
        with ThreadPoolExecutor(4) as pool:
            together = list(pool.map(sound, asked))
        for one, other in zip(alone, together, strict=True):
            np.testing.assert_array_equal(one, other)


def spoken(engine, utterance):
    return np.concatenate([piece.samples for piece in engine.speak(utterance)])
