"""Files that are damaged, or are something else: one clear error each."""

from __future__ import annotations

import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from mixdown_kernel import Problem
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.kokoro import engine as kokoro_engine
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY
from mixdown_tts_onnx.piper import engine as piper_engine

from .graphs import kokoro_graph

TEXT = "Seven small boats sailed home."


@pytest.fixture
def kokoro_copy(kokoro_dir, tmp_path):
    return shutil.copytree(kokoro_dir, tmp_path / "kokoro")


@pytest.fixture
def piper_copy(piper_dir, tmp_path):
    return shutil.copytree(piper_dir, tmp_path / "piper")


def truncated(graph):
    graph.write_bytes(graph.read_bytes()[: graph.stat().st_size // 2])


def garbage(graph):
    graph.write_bytes(np.random.default_rng(0).bytes(50_000))


def page(graph):
    graph.write_bytes(b"<!DOCTYPE html><title>404</title>")


def empty(graph):
    graph.write_bytes(b"")


def from_the_future(graph):
    model = onnx.load(graph)
    model.opset_import[0].version = 999
    onnx.save(model, graph)


def with_another_input(graph):
    model = onnx.load(graph)
    model.graph.input.append(helper.make_tensor_value_info("extra", TensorProto.FLOAT, [1]))
    model.graph.input[0].name, model.graph.node[-1].name = "text", "last"
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in ("input", "tokens"):
                node.input[index] = "text"
    onnx.save(model, graph)


def with_another_type(graph):
    model = onnx.load(graph)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT32
    onnx.save(model, graph)


def with_an_unknown_operator(graph):
    model = onnx.load(graph)
    model.graph.node.append(
        helper.make_node("Enchant", [model.graph.output[0].name], ["magic"], domain="made.up")
    )
    model.opset_import.append(helper.make_opsetid("made.up", 1))
    onnx.save(model, graph)


DAMAGE = [
    (truncated, {"corrupt_model"}),
    (garbage, {"corrupt_model"}),
    (page, {"corrupt_model"}),
    (empty, {"corrupt_model"}),
    (from_the_future, {"unsupported_model"}),
    (with_another_input, {"wrong_model"}),
    (with_an_unknown_operator, {"unsupported_model"}),
]


@pytest.mark.parametrize(("damage", "codes"), DAMAGE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_damaged_kokoro_is_refused(kokoro_copy, tmp_path, damage, codes):
    damage(kokoro_copy / "kokoro.onnx")
    with pytest.raises(EngineError) as caught:
        kokoro_engine.load(kokoro_copy, Options(cache_dir=tmp_path))
    assert caught.value.code in codes
    assert caught.value.hint
    assert "kokoro.onnx" in caught.value.message
    assert str(kokoro_copy) not in caught.value.message


@pytest.mark.parametrize(
    ("damage", "codes"),
    [*DAMAGE, (with_another_type, {"wrong_model"})],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_damaged_piper_is_refused(piper_copy, speaker, damage, codes):
    damage(piper_copy / "en_US-lessac-low.onnx")
    says = speaker(piper_copy)
    with pytest.raises(EngineError) as caught:
        await says(TEXT, voice="en_US-lessac-low")
    assert caught.value.code in codes
    assert str(piper_copy) not in caught.value.message
    assert len(await says(TEXT, voice="en_US-timed-low"))  # the others speak on


async def test_a_kokoro_whose_ids_are_of_another_size_is_used(kokoro_copy, speaker):
    """Some exports take int32 tokens: types are read from the graph."""
    model = onnx.load(kokoro_copy / "kokoro.onnx")
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT32
    onnx.save(model, kokoro_copy / "kokoro.onnx")
    assert len(await speaker(kokoro_copy)(TEXT)) > 10_000


async def test_whole_speeds_are_spoken_and_others_refused(kokoro_copy, snippets, speaker):
    """As the Chinese export of v1.1 has them."""
    kokoro_graph(kokoro_copy / "kokoro.onnx", snippets, VOCABULARY, "whole speeds")
    says = speaker(kokoro_copy)
    assert len(await says(TEXT, speed=2.0)) < 0.7 * len(await says(TEXT))
    with pytest.raises(EngineError) as caught:
        await says(TEXT, speed=1.3)
    assert (caught.value.code, caught.value.kind) == ("unsupported_speed", "unsupported")


def test_a_graph_of_the_other_family_is_refused(kokoro_copy, piper_copy, tmp_path):
    shutil.copy(piper_copy / "en_US-lessac-low.onnx", kokoro_copy / "kokoro.onnx")
    with pytest.raises(EngineError, match="is not one of Kokoro: its inputs are input ") as caught:
        kokoro_engine.load(kokoro_copy, Options(cache_dir=tmp_path))
    assert caught.value.code == "wrong_model"


async def test_a_graph_that_makes_no_sense_of_its_input_is_named(piper_copy, speaker):
    """An id that its tables do not have: the configuration belongs to another graph."""
    file = piper_copy / "en_US-lessac-low.onnx.json"
    file.write_text(
        file.read_text()
        .replace('"num_symbols": 256', '"num_symbols": 5000')
        .replace('"s": [31]', '"s": [4000]')
    )
    with pytest.raises(EngineError) as caught:
        await speaker(piper_copy)(TEXT, voice="en_US-lessac-low")
    assert (caught.value.code, caught.value.kind) == ("inference_failed", "upstream")


async def test_a_sound_that_is_not_finite_is_refused(kokoro_copy, speaker):
    model = onnx.load(kokoro_copy / "kokoro.onnx")
    gain = next(one for one in model.graph.initializer if one.name == "unit")
    gain.CopyFrom(onnx.numpy_helper.from_array(np.float32(np.nan), "unit"))
    onnx.save(model, kokoro_copy / "kokoro.onnx")
    with pytest.raises(EngineError, match="finite"):
        speaker(kokoro_copy)


def test_a_broken_vocabulary_is_refused(kokoro_copy, tmp_path):
    for config in ("{", '{"vocab": {"a": "x"}}', "[]"):
        (kokoro_copy / "config.json").write_text(config)
        with pytest.raises(EngineError, match=r"config\.json"):
            kokoro_engine.load(kokoro_copy, Options(cache_dir=tmp_path))


def test_what_is_missing_is_named(kokoro, piper, kokoro_copy, piper_copy, tmp_path):
    (kokoro_copy / "voices-v1.0.bin").unlink()
    assert not kokoro.recognises(kokoro_copy)
    with pytest.raises(EngineError, match="voices"):
        kokoro_engine.load(kokoro_copy, Options(cache_dir=tmp_path))
    with pytest.raises(Problem) as caught:
        kokoro.inspect(kokoro_copy)
    assert "models pull" in caught.value.hint
    for config in piper_copy.glob("*.json"):
        config.unlink()
    assert not piper.recognises(piper_copy)
    engine = piper_engine.load(piper_copy, Options(cache_dir=tmp_path))
    with pytest.raises(EngineError, match=r"en_US-lessac-low\.onnx\.json is missing"):
        list(
            engine.speak(
                {"voice": "en_US-lessac-low", "speaker": None, "scales": [0, 1, 0], "sentences": [{}]}
            )
        )


def test_directories_of_one_family_are_not_the_others(
    kokoro, piper, kokoro_dir, community_dir, piper_dir, tmp_path
):
    for directory in (kokoro_dir, community_dir):
        assert kokoro.recognises(directory)
        assert not piper.recognises(directory)
    assert piper.recognises(piper_dir)
    assert not kokoro.recognises(piper_dir)
    for nothing in (tmp_path, tmp_path / "not there"):
        assert not kokoro.recognises(nothing)
        assert not piper.recognises(nothing)
