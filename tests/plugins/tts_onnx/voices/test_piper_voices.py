"""Voices of Piper: every field of their configuration, speakers, phoneme types."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixdown_kernel import Kind, Problem, SpeechRequest
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.piper.config import read_config
from mixdown_tts_onnx.piper.reading import Sentence, symbols

from .conftest import piper_ids
from .graphs import piper_graph

TEXT = "Seven small boats sailed home."
QUIET = {"noise_scale": 0.0, "noise_w": 0.0}


def test_the_voices_of_a_directory(piper, piper_dir):
    card = piper.inspect(piper_dir)
    voices = {voice.id: voice for voice in card.voices}
    assert [voice.id for voice in card.voices][:2] == ["en_US-lessac-low", "en_US-timed-low"]
    assert [id_ for id_ in voices if ":" in id_] == [
        f"en_GB-vctk-low:{name}" for name in ("anna", "bert", "carl")
    ]
    assert voices["en_GB-vctk-low"].language == "en-GB"
    assert "alloy" in voices["en_US-lessac-low"].aliases
    assert card.rate == 22_050
    assert set(card.files) == {file.name for file in piper_dir.iterdir()}


async def test_speakers_are_told_apart(piper_dir, speaker):
    says = speaker(piper_dir)
    loud = {
        name: np.abs(await says(TEXT, voice=f"en_GB-vctk-low{name}", parameters=QUIET)).max()
        for name in ("", ":anna", ":bert", ":carl", ":0", ":2")
    }
    assert loud[""] == loud[":bert"]  # default_speaker_id
    assert loud[":anna"] == loud[":0"]
    assert loud[":carl"] == loud[":2"]
    assert loud[":anna"] > 1.5 * loud[":bert"] > 2 * loud[":carl"]


@pytest.mark.parametrize("name", [":dora", ":3", ":-1", ":", "en_US-lessac-low:0", "en_US-lessac-low:anna"])
def test_an_unknown_speaker_is_an_unknown_voice(piper, piper_dir, name):
    name = name if name.startswith("en") else f"en_GB-vctk-low{name}"
    with pytest.raises(Problem) as caught:
        piper.choose(SpeechRequest(text=TEXT, voice=name), piper.inspect(piper_dir))
    assert caught.value.code == "unknown_voice"


async def test_a_language_finds_its_voice_or_is_refused(piper, piper_dir):
    card = piper.inspect(piper_dir)
    assert piper.choose(SpeechRequest(text=TEXT, language="en"), card).id == "en_US-lessac-low"
    for voice in ("", "en_US-lessac-low"):
        with pytest.raises(Problem) as caught:
            piper.choose(SpeechRequest(text=TEXT, language="de", voice=voice), card)
        assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "unsupported_language")


async def test_sentences_keep_the_loudness_that_the_model_gives_them(piper_dir, speaker):
    """Piper's own package brings each to full scale."""
    pieces = await speaker(piper_dir).pieces("Yes. No, never!", voice="en_GB-vctk-low:carl", parameters=QUIET)
    assert len(pieces) == 2
    assert all(np.abs(piece.samples).max() < 0.5 for piece in pieces)


@pytest.mark.parametrize("kind", ["pinyin", "hebrew", "japanese", "thai"])
async def test_phonemes_that_are_not_read_here_are_refused(snippets, speaker, tmp_path, kind):
    graph = piper_graph(tmp_path / "v" / "zh_CN-x-low.onnx", snippets, piper_ids(), phoneme_type=kind)
    says = speaker(graph.parent)
    assert says.model.card.voices[0].language == "zh-CN"
    with pytest.raises(Problem) as caught:
        await says(TEXT)
    assert (caught.value.kind, caught.value.code) == (Kind.UNSUPPORTED, "unsupported_phonemes")


def written(tmp_path, **config):
    graph = tmp_path / "en_US-x-low.onnx"
    base = {
        "audio": {"sample_rate": 16_000},
        "espeak": {"voice": "en-us"},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3], "aɪ": [4, 5]},
        "num_symbols": 8,
        "num_speakers": 1,
    }
    graph.with_name(graph.name + ".json").write_text(json.dumps({**base, **config}))
    return graph


def test_what_a_configuration_leaves_out_is_as_in_piper(tmp_path):
    config = read_config(written(tmp_path))
    assert (config.noise_scale, config.length_scale, config.noise_w) == (0.667, 1.0, 0.8)
    assert (config.hop_length, config.default_speaker_id, config.phoneme_type) == (256, 0, "espeak")
    assert config.phoneme_id_map["aɪ"] == (4, 5)
    assert config.language == "en-US"


@pytest.mark.parametrize(
    ("config", "language"),
    [
        ({"language": {"code": "pt_BR"}}, "pt-BR"),
        ({"language": {"code": "es_419"}}, "es-419"),
        ({"language": {}}, "en-US"),
    ],
)
def test_the_language_is_the_configurations_else_the_files(tmp_path, config, language):
    assert read_config(written(tmp_path, **config)).language == language


def test_phonemes_that_meet_or_are_replaced(tmp_path):
    config = read_config(
        written(tmp_path, vowel_clusters=[["a", "ɪ"]], phoneme_map={"ɐ": ["a", "a"], "b": []})
    )
    assert symbols(Sentence("aɪabɐ"), config)["symbols"] == ["aɪ", "a", "a", "a"]


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({"phoneme_id_map": {"_": [0], "^": [1], "a": [3]}}, "lacks '$'"),
        ({"phoneme_id_map": {}}, "phoneme_id_map"),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [99]}}, "none of 0-7"),
        ({"phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": ["x"]}}, "'a'"),
        ({"audio": {}}, "audio.sample_rate"),
        ({"audio": {"sample_rate": 5}}, "audio.sample_rate"),
        ({"num_speakers": 2, "speaker_id_map": {"anna": 2}}, "'anna'"),
        ({"num_speakers": 2, "default_speaker_id": 2}, "default_speaker_id"),
        ({"phoneme_type": "runes"}, "'runes'"),
        ({"inference": {"length_scale": 0}}, "inference.length_scale"),
        ({"inference": {"noise_w": "much"}}, "inference.noise_w"),
        ({"vowel_clusters": "aɪ"}, "vowel_clusters"),
        ({"hop_length": True}, "hop_length"),
    ],
)
def test_a_field_that_is_wrong_is_named(tmp_path, config, says):
    with pytest.raises(EngineError) as caught:
        read_config(written(tmp_path, **config))
    assert caught.value.code == "bad_config"
    assert says in caught.value.message


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "\0\0"])
def test_what_is_no_configuration_is_refused(tmp_path, content):
    graph = written(tmp_path)
    graph.with_name(graph.name + ".json").write_text(content)
    with pytest.raises(EngineError, match=r"en_US-x-low\.onnx\.json"):
        read_config(graph)


async def test_a_configuration_that_is_damaged_later_is_a_problem(snippets, speaker, tmp_path):
    graph = piper_graph(tmp_path / "v" / "en_US-x-low.onnx", snippets, piper_ids())
    says = speaker(graph.parent)
    graph.with_name(graph.name + ".json").write_text("{")
    with pytest.raises(Problem) as caught:
        await says.prepare(TEXT)
    assert caught.value.code == "bad_config"


def test_the_model_card_tells_the_licence(piper, snippets, tmp_path):
    graph = piper_graph(tmp_path / "v" / "en_US-x-low.onnx", snippets, piper_ids())
    (graph.parent / "MODEL_CARD").write_text("# Model card for x\n\n* License: CC BY-NC 4.0\n")
    assert piper.inspect(graph.parent).licence == "CC BY-NC 4.0"
