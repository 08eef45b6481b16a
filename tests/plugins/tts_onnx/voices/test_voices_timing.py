"""When words are heard: exact where a graph knows durations, even if it keeps them inside; else estimated."""

from __future__ import annotations

import numpy as np
import pytest

from mixdown_tts_onnx.phonetic.estimates import estimated_edges
from mixdown_tts_onnx.phonetic.sound import silences, sounding
from mixdown_tts_onnx.phonetic.words import WordSpan, align, share

from .conftest import kokoro_model, piper_ids
from .graphs import piper_graph

TEXT = "Peter sold seven large desks, and Nina bought eight old rings in Boston."
QUIET = {"noise_scale": 0.0, "noise_w": 0.0}


def starts(words):
    return np.array([start for _, start, _ in words])


async def test_a_graph_that_hides_its_durations_is_read_all_the_same(kokoro_dir, timed_dir, speaker):
    """Version 1.0 has no such output, version 1.1 has."""
    hidden, shown = await speaker(kokoro_dir).words(TEXT), await speaker(timed_dir).words(TEXT)
    assert hidden == shown
    assert [word for word, _, _ in hidden] == TEXT.split()


async def test_an_unpatched_piper_graph_is_aligned_all_the_same(piper_dir, speaker):
    says = speaker(piper_dir)
    plain = await says.words(TEXT, voice="en_US-lessac-low", parameters=QUIET)
    assert plain == await says.words(TEXT, voice="en_US-timed-low", parameters=QUIET)


async def test_words_last_as_long_as_they_sound(kokoro_dir, speaker):
    """The comma's pause belongs to no word."""
    words = await speaker(kokoro_dir).words(TEXT)
    ends = {word: end for word, _, end in words}
    begins = {word: start for word, start, _ in words}
    assert begins["and"] - ends["desks,"] >= 0.1 * 24_000
    assert begins["sold"] - ends["Peter"] <= 0.05 * 24_000


@pytest.mark.parametrize("text", [TEXT, "It cost a lot, so Lucy kept the money, didn't she?"])
async def test_estimates_are_near(kokoro_dir, speaker, tmp_path, snippets, text):
    """Against the same graph with its durations; the median within a phoneme, the worst within a word."""
    closed = kokoro_model(tmp_path, snippets, "v1.0", rounding="Ceil")
    exact = await speaker(kokoro_dir).words(text, voice="af_bella")
    estimated = await speaker(closed).words(text, voice="af_bella")
    assert [word for word, _, _ in estimated] == [word for word, _, _ in exact]
    scale = estimated[-1][2] / exact[-1][2]  # Ceil makes every phoneme a little longer
    off = np.abs(starts(estimated) - starts(exact) * scale) / 24_000
    assert np.median(off) < 0.1
    assert off.max() < 0.3


async def test_a_piper_graph_whose_durations_cannot_be_told_apart_is_estimated(snippets, speaker, tmp_path):
    graph = piper_graph(tmp_path / "v" / "en_US-x-low.onnx", snippets, piper_ids(), ceilings=2)
    plain = piper_graph(tmp_path / "w" / "en_US-x-low.onnx", snippets, piper_ids())
    estimated = await speaker(graph.parent).words(TEXT, parameters=QUIET)
    exact = await speaker(plain.parent).words(TEXT, parameters=QUIET)
    assert estimated != exact
    assert np.median(np.abs(starts(estimated) - starts(exact))) < 0.07 * 22_050


def test_estimates_follow_the_pauses():
    """Two words of one phoneme, three times as far apart as they are long."""
    rate = 24_000
    tone = 0.3 * np.sin(np.arange(rate // 10) * 0.1).astype(np.float32)
    gap = np.zeros(3 * len(tone), np.float32)
    samples = np.concatenate([np.zeros(2_000, np.float32), tone, gap, tone, np.zeros(2_000, np.float32)])
    edges = estimated_edges("a, b", samples, rate)
    assert edges[0] == pytest.approx(2_000, abs=240)
    assert edges[1] == pytest.approx(2_000 + len(tone), abs=240)
    assert edges[3] == pytest.approx(2_000 + 4 * len(tone), abs=240)
    assert edges[4] == pytest.approx(2_000 + 5 * len(tone), abs=240)


@pytest.mark.parametrize("symbols", ["", "a", "...", "ˈˈˌ", "a, b, c, d."])
@pytest.mark.parametrize("samples", [0, 1, 500, 24_000])
def test_estimates_are_always_in_order(symbols, samples):
    sound = np.random.default_rng(1).normal(size=samples).astype(np.float32)
    edges = estimated_edges(symbols, sound, 24_000)
    assert len(edges) == len(symbols) + 1
    assert (np.diff(edges) >= 0).all()
    assert edges.min(initial=0) >= 0
    assert edges.max(initial=0) <= samples


# ---------------------------------------------------------------- which phonemes are which word


def test_words_that_are_run_together_and_numbers():
    text = "one of the best, in 2024!"
    alone = ["wˈʌn", "ʌv", "ðə", "bˈɛst", "ɪn", "tˈuː θˈaʊzənd"]
    phonemes = "wˈʌn ʌvðə bˈɛst, ɪn tˈuː θˈaʊzənd!"
    spans = [
        (text[w.text_start : w.text_end], phonemes[w.start : w.end]) for w in align(text, alone, phonemes)
    ]
    assert spans == [
        ("one", "wˈʌn"), ("of", "ʌv"), ("the", "ðə"), ("best,", "bˈɛst"), ("in", "ɪn"), ("2024!", "tˈuː θˈaʊzənd"),
    ]  # fmt: skip


def test_what_does_not_sound_is_no_word():
    assert align("a ^ b", ["eɪ", "", "biː"], "eɪ biː") == [WordSpan(0, 1, 0, 2), WordSpan(4, 5, 3, 6)]


def test_given_phonemes_are_shared_out():
    assert share("New York", "nuː jɔːk") == [WordSpan(0, 3, 0, 3), WordSpan(4, 8, 4, 8)]
    assert [w.end - w.start for w in share("ab abcd", "xxxxxx")] == [2, 4]
    assert share("...", "abc") == []


def test_silence_is_found():
    sound = np.concatenate([np.zeros(5_000), np.ones(10_000), np.zeros(7_000)]).astype(np.float32)
    (first, second) = silences(sound, 1_440)
    assert first[0] == 0
    assert first[1] == pytest.approx(5_000, abs=120)
    assert second[1] == 22_000
    start, end = sounding(sound)
    assert 5_000 - 2_048 <= start <= 5_000
    assert 15_000 <= end <= 15_000 + 2_048
    assert sounding(np.zeros(9_000, np.float32)) == (0, 0)
