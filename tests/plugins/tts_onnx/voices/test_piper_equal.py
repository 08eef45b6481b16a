"""Sample for sample what the package piper-tts makes of the same graph, without its peak normalising."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mixdown_kernel import Pronunciation

from .conftest import piper_ids
from .graphs import piper_graph

QUIET = {"noise_scale": 0.0, "noise_w": 0.0}
TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Hello, world! How are you? Fine, thanks: it is 5:30; ok.",
    'He said "Stop!" and left. One of the best of a lot (maybe)... done',
    "No end of sentence here",
]


def original(graph: Path, target: Path, texts: list[tuple[str, dict[str, object]]]) -> dict[str, np.ndarray]:
    script = Path(__file__).with_name("piper_original.py")
    subprocess.run(
        [sys.executable, script, graph, target],
        input=json.dumps(texts),
        text=True,
        check=True,
        env=os.environ,
    )
    with np.load(target) as archive:
        return dict(archive)


@pytest.mark.parametrize("name", ["en_US-lessac-low", "en_US-timed-low"])
async def test_equal_sound_and_ids(piper_dir, speaker, tmp_path, name):
    says = speaker(piper_dir)
    theirs = original(piper_dir / f"{name}.onnx", tmp_path / "out.npz", [(text, {}) for text in TEXTS])
    for number, text in enumerate(TEXTS):
        utterance = await says.prepare(text, voice=name, parameters=QUIET)
        voice = says.engine._voice(name)
        ids = [i for sentence in utterance["sentences"] for i in voice.ids(sentence["symbols"])[0]]
        assert ids == theirs[f"ids{number}"].tolist(), text
        assert len(utterance["sentences"]) == theirs[f"sentences{number}"]
        ours = np.concatenate([piece.samples for piece in says.engine.speak(utterance)])
        np.testing.assert_array_equal(ours, theirs[f"samples{number}"])


async def test_equal_for_every_speaker_and_speed(piper_dir, speaker, tmp_path):
    says, name = speaker(piper_dir), "en_GB-vctk-low"
    cases = [("", None, 1.0), (":anna", 0, 1.0), (":bert", 1, 0.5), (":carl", 2, 2.0), (":2", 2, 1.25)]
    asked = [(TEXTS[0], {"speaker_id": number, "length_scale": 1 / speed}) for _, number, speed in cases]
    theirs = original(piper_dir / f"{name}.onnx", tmp_path / "out.npz", asked)
    for number, (suffix, _, speed) in enumerate(cases):
        ours = await says(TEXTS[0], voice=name + suffix, speed=speed, parameters=QUIET)
        np.testing.assert_array_equal(ours, theirs[f"samples{number}"])


async def test_equal_for_phonemes_that_are_given(piper_dir, speaker, tmp_path):
    """Piper writes them into the text."""
    says = speaker(piper_dir)
    text = "Say tomato now, please."
    pronunciations = (Pronunciation(text_start=4, text_end=10, ipa="təmˈɑːtoʊ"),)
    theirs = original(
        piper_dir / "en_US-lessac-low.onnx", tmp_path / "out.npz", [("Say [[təmˈɑːtoʊ]] now, please.", {})]
    )
    ours = await says(text, voice="en_US-lessac-low", pronunciations=pronunciations, parameters=QUIET)
    np.testing.assert_array_equal(ours, theirs["samples0"])


async def test_equal_alignments(piper_dir, speaker, tmp_path):
    """A word begins where piper-tts says that its first phoneme does."""
    says, name = speaker(piper_dir), "en_US-timed-low"
    theirs = original(piper_dir / f"{name}.onnx", tmp_path / "out.npz", [(TEXTS[0], {})])
    edges = np.concatenate([[0], np.cumsum(theirs["aligned0"])])
    (sentence,) = (await says.prepare(TEXTS[0], voice=name, parameters=QUIET))["sentences"]
    words = await says.words(TEXTS[0], voice=name, parameters=QUIET)
    first = [word[2] for word in sentence["words"]]
    assert [start for _, start, _ in words] == [edges[1 + place] for place in first]  # after "^"


@pytest.mark.parametrize(
    "config",
    [
        {"phoneme_type": "text"},
        {"vowel_clusters": [["a", "ɪ"], ["a", "ʊ"], ["e", "ɪ"], ["o", "ʊ"]]},
        {"inference": {"noise_scale": 0.3, "length_scale": 1.5, "noise_w": 0.1}},
    ],
    ids=lambda config: next(iter(config)),
)
async def test_equal_for_every_kind_of_configuration(snippets, speaker, tmp_path, config):
    graph = piper_graph(tmp_path / "voice" / "en_US-x-low.onnx", snippets, piper_ids(), **config)
    says = speaker(graph.parent)
    theirs = original(graph, tmp_path / "out.npz", [(text.lower(), {}) for text in TEXTS[:2]])
    for number, text in enumerate(TEXTS[:2]):
        utterance = await says.prepare(text.lower(), parameters=QUIET)
        voice = says.engine._voice("en_US-x-low")
        ids = [i for sentence in utterance["sentences"] for i in voice.ids(sentence["symbols"])[0]]
        assert ids == theirs[f"ids{number}"].tolist()
        ours = np.concatenate([piece.samples for piece in says.engine.speak(utterance)])
        np.testing.assert_array_equal(ours, theirs[f"samples{number}"])
