"""More phonemes than one pass of the model holds: nothing is lost, and nobody hears where it was parted."""

from __future__ import annotations

import numpy as np
import pytest
from meters.clicks import clicks

from mixdown_kernel import Pronunciation
from mixdown_tts_onnx.kokoro.takes import Joiner, Take, parted, pause_after
from mixdown_tts_onnx.kokoro.vocabulary import LIMIT, RATE

from .conftest import kokoro_model

SENTENCES = (
    "The boats sailed home over the cold grey sea, and the people on the shore waved to them; nobody knew what they had found.",
    "Peter sold seven large desks, Nina bought eight old rings, and Thomas kept the keys of the house by the river.",
    "When the rain had stopped, the birds began to sing again in the green trees behind the school.",
    "My brother, who lives in Boston, called last night and told us about his new job at the bank.",
)
CLAUSES = " ".join(SENTENCES * 2)
NO_BREAK = "seven small boats sailed home and " * 18
ONE_WORD = (Pronunciation(text_start=0, text_end=1, ipa="tˈa" * 333),)


@pytest.fixture(scope="session")
def closed_dir(tmp_path_factory, snippets):
    """An export that says nothing of durations."""
    return kokoro_model(tmp_path_factory.mktemp("closed"), snippets, "v1.0", rounding="Ceil")


@pytest.mark.parametrize("directory", ["closed_dir", "kokoro_dir", "timed_dir"])
async def test_every_word_is_spoken_once_and_in_order(request, directory, speaker):
    says = speaker(request.getfixturevalue(directory))
    for text in (CLAUSES, NO_BREAK.strip()):
        pieces = await says.pieces(text)
        assert len(pieces) > 1
        assert [piece.last for piece in pieces] == [False] * (len(pieces) - 1) + [True]
        words = await says.words(text)
        assert [word for word, _, _ in words] == text.split()
        starts = [start for _, start, _ in words]
        assert starts == sorted(starts)
        assert all(start < end for _, start, end in words)
        assert words[-1][2] <= sum(len(piece.samples) for piece in pieces)


@pytest.mark.parametrize("directory", ["closed_dir", "kokoro_dir"])
async def test_a_single_endless_word_is_spoken_too(request, directory, speaker):
    pieces = await speaker(request.getfixturevalue(directory)).pieces("x", pronunciations=ONE_WORD)
    assert len(pieces) > 1
    assert sum(len(piece.samples) for piece in pieces) > 15 * RATE


@pytest.mark.parametrize("directory", ["closed_dir", "kokoro_dir"])
@pytest.mark.parametrize("text", [CLAUSES, NO_BREAK], ids=["clauses", "no pause"])
async def test_the_joins_are_not_heard(request, directory, speaker, text):
    """No click within 30 ms of a join, at a threshold that finds them in vowels."""
    pieces = await speaker(request.getfixturevalue(directory)).pieces(text)
    joins = np.cumsum([len(piece.samples) for piece in pieces])[:-1]
    assert heard(np.concatenate([piece.samples for piece in pieces]), joins) == 0


async def test_a_careless_join_would_be_heard(kokoro_dir, speaker):
    """Cut where vowels are loudest, 40 ms left out: the meter finds most of them."""
    (piece,) = await speaker(kokoro_dir).pieces(SENTENCES[0])
    blocks = [piece.samples[start : start + RATE] for start in range(0, 6 * RATE, RATE)]
    cuts = [int(np.argmax(np.abs(block[RATE // 4 : -RATE // 4]))) + RATE // 4 for block in blocks]
    parts = [np.concatenate([b[:cut], b[cut + RATE // 25 :]]) for b, cut in zip(blocks, cuts, strict=True)]
    joins = np.array([sum(map(len, parts[:number])) + cut for number, cut in enumerate(cuts)])
    assert heard(np.concatenate(parts), joins) >= 3


def heard(sound, joins):
    """How many of the joins click."""
    reach = RATE // 4
    found = [clicks(sound[max(0, join - reach) : join + reach], RATE, threshold=6.0) for join in joins]
    centres = [min(join, reach) for join in joins]
    return sum(
        any(abs(click.frame - centre) < 0.03 * RATE for click in near)
        for near, centre in zip(found, centres, strict=True)
    )


async def test_pauses_between_takes_are_those_of_the_punctuation(closed_dir, speaker):
    pieces = await speaker(closed_dir).pieces(CLAUSES)
    for piece in pieces[:-1]:
        tail = piece.samples[-int(0.09 * RATE) :]
        assert not tail.any()


# ---------------------------------------------------------------- where it is parted


def test_runs_are_within_the_limit_and_of_like_length():
    symbols = ("wˌʌn tˈu θɹˈi, fˈɔɹ fˈIv sˈɪks. " * 60).strip()
    runs = parted(symbols, LIMIT)
    assert [start for start, _ in runs] == [0, *(end for _, end in runs[:-1])]
    assert runs[-1][1] == len(symbols)
    lengths = [end - start for start, end in runs]
    assert max(lengths) <= LIMIT
    assert max(lengths) < 1.5 * min(lengths)
    assert all(symbols[:end].rstrip().endswith((".", ",")) for _, end in runs[:-1])


@pytest.mark.parametrize(
    ("symbols", "end"),
    [
        ("a" * 40 + ". " + "a" * 60, "."),
        ("a" * 45 + ", " + "a" * 55, ","),
        ("a" * 30 + ", " + "a" * 20 + " " + "a" * 50, "a"),
        ("a" * 48 + " " + "a" * 52, "a"),
    ],
)
def test_a_pause_near_the_middle_is_chosen(symbols, end):
    first, _ = parted(symbols, 70)
    assert symbols[: first[1]].rstrip()[-1] == end


def test_what_fits_is_not_parted():
    assert parted("a" * LIMIT, LIMIT) == [(0, LIMIT)]
    assert len(parted("a" * (LIMIT + 1), LIMIT)) == 2


@pytest.mark.parametrize(
    ("symbols", "seconds"), [("a.", 0.25), ("a? ", 0.25), ("a, ", 0.1), ("a", 0.0), ("", 0.0)]
)
def test_the_pause_after_a_take(symbols, seconds):
    assert pause_after(symbols) == seconds


def test_overlapping_takes_meet_in_the_quiet_between_words():
    """Two takes of the same four symbols, of another phase: a tone, a gap, a tone, a gap."""
    edges = np.array([0, 4_800, 7_200, 12_000, 14_400])
    takes = []
    for phase in (0.0, 2.0):
        time = np.arange(14_400) / RATE
        tone = np.sin(2 * np.pi * 220 * time + phase)
        loud = np.tile(np.concatenate([np.hanning(4_800), np.zeros(2_400)]), 2)
        takes.append(Take((0.5 * tone * loud).astype(np.float32), edges))
    joiner = Joiner(RATE)
    first = joiner.add(takes[0], 0, 2, begins=True, ends=False)
    second = joiner.add(takes[1], 2, 4, begins=False, ends=True)
    sound = np.concatenate([first.samples, second.samples])
    assert 4_800 <= len(first.samples) <= 7_200
    assert len(sound) == pytest.approx(14_400, abs=480)
    assert second.edges[-1] == len(second.samples)
    assert heard(sound, np.array([len(first.samples)])) == 0
