"""The two graphs of a voice, against what they compute written out in numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.english import read
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.mixdown.description import DECODER, ENCODER, FILE, read_description
from mixdown_tts_onnx.mixdown.features import phone_features, position_features
from mixdown_tts_onnx.mixdown.networks import LONGEST_WINDOW, Networks

from . import networks

TEXT = "The boats sailed home over the cold grey sea, and the people waved. Did you see them?"


@pytest.fixture(scope="module")
def made():
    return networks.voice(1)


@pytest.fixture
def folder(tmp_path, made):
    return networks.write(tmp_path / "ada", made)


def opened(folder):
    return Networks(folder, read_description(folder), Options())


def edited(folder, **members):
    described = json.loads((folder / FILE).read_text())
    (folder / FILE).write_text(json.dumps({**described, **members}))
    return folder


def performed(folder, lengths=None):
    ids, features = phone_features(read(TEXT).phones, question=True)
    found = opened(folder)
    hidden, durations = found.encode(ids, features)
    edges = np.concatenate([[0], np.cumsum(lengths or np.full(len(ids), 9))])
    return ids, features, hidden, durations, edges, [*found.decode(hidden, edges)]


def test_the_graphs_compute_what_the_oracle_does(folder, made):
    ids, features, hidden, durations, edges, windows = performed(folder)
    expected, lengths = networks.encoded(made.encoder, ids, features)
    assert np.allclose(hidden, expected, atol=1e-4)
    assert np.allclose(durations, lengths, rtol=1e-3)
    frames = np.repeat(expected, np.diff(edges), axis=0)
    whole = networks.decoded(made.decoder, frames, position_features(np.diff(edges)))
    assert np.allclose(np.concatenate(windows), whole, atol=1e-4)


def test_windows_are_as_the_whole_with_the_context_that_the_description_tells(folder, made):
    """And not with less."""
    _, _, hidden, _, edges, windows = performed(folder)
    assert [len(window) for window in windows[:4]] == [24, 48, 96, LONGEST_WINDOW]
    frames = np.repeat(hidden, np.diff(edges), axis=0)
    whole = networks.decoded(made.decoder, frames, position_features(np.diff(edges)))
    assert np.abs(np.concatenate(windows) - whole).max() < 1e-4
    narrow = performed(edited(folder, decoder_field=networks.FIELD // 2))[-1]
    assert np.abs(np.concatenate(narrow) - whole).max() > 1e-3


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_neither_threads_nor_a_second_run_change_a_bit(folder, threads):
    first = performed(folder)
    found = Networks(folder, read_description(folder), Options(threads=threads))
    hidden, durations = found.encode(first[0], first[1])
    assert np.array_equal(hidden, first[2])
    assert np.array_equal(durations, first[3])
    for window, other in zip(found.decode(hidden, first[4]), first[5], strict=True):
        assert np.array_equal(window, other)


@pytest.mark.parametrize("file", [ENCODER, DECODER])
def test_graphs_of_another_training_are_refused(folder, tmp_path, file):
    other = networks.write(tmp_path / "eve", networks.voice(2))
    (folder / file).write_bytes((other / file).read_bytes())
    with pytest.raises(EngineError, match=file) as caught:
        opened(folder)
    assert caught.value.code == "corrupt_model"


def test_a_graph_that_is_none_is_refused(folder):
    import hashlib

    (folder / ENCODER).write_bytes(b"not a graph")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ENCODER, DECODER)}
    with pytest.raises(EngineError) as caught:
        opened(edited(folder, sha256=hashes))
    assert caught.value.code == "corrupt_model"


@pytest.mark.parametrize("members", [{"mel_cepstra": 11}, {"bands_hz": []}])
def test_a_description_of_other_parameters_is_refused(folder, members):
    with pytest.raises(EngineError) as caught:
        opened(edited(folder, **members))
    assert caught.value.code == "wrong_model"
