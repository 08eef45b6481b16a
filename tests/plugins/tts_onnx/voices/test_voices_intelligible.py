"""The plumbing as a listener hears it: the graphs of the tests are understood, and not with one thing wrong."""

from __future__ import annotations

import json

import pytest
from meters import matrix

from .conftest import piper_ids
from .graphs import piper_graph

SENTENCES = 10


@pytest.fixture(scope="module")
def meter():
    return matrix.MatrixMeter()


async def score(meter, says, rate, **members):
    said = matrix.sentences(SENTENCES)
    clips = [await says(" ".join(words).capitalize() + ".", **members) for words in said]
    return meter.score(clips, rate, said)


@pytest.mark.parametrize("notation", ["misaki", "espeak"])
async def test_kokoro_is_understood(kokoro_dir, speaker, meter, notation):
    assert await score(meter, speaker(kokoro_dir), 24_000, parameters={"notation": notation}) > 0.4


async def test_piper_is_understood_unless_its_ids_are_one_off(piper_dir, speaker, meter, snippets, tmp_path):
    quiet = {"noise_scale": 0.0, "noise_w": 0.0}
    right = await score(meter, speaker(piper_dir), 22_050, voice="en_US-lessac-low", parameters=quiet)
    graph = piper_graph(tmp_path / "v" / "en_US-x-low.onnx", snippets, piper_ids())
    config = graph.with_name(graph.name + ".json")
    members = json.loads(config.read_text())
    letters = {phoneme: ids for phoneme, ids in members["phoneme_id_map"].items() if ids[0] > 13}
    members["phoneme_id_map"] |= {phoneme: [ids[0] + 1] for phoneme, ids in letters.items()}
    config.write_text(json.dumps(members))
    wrong = await score(meter, speaker(graph.parent), 22_050, parameters=quiet)
    assert right > 0.4
    assert wrong < 0.25
