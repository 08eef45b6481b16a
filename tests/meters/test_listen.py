"""Figures, limits, the baseline and the page of `make listen`."""

from __future__ import annotations

import json
import math
from importlib.util import find_spec

import numpy as np
import pytest
from meters.listen import baseline, page, record
from meters.listen.case import Case
from meters.listen.figures import MEASURES, Item, Reading, Sound
from meters.listen.groups import GROUPS, Group
from meters.listen.mixes import in_front
from meters.listen.music import summary
from meters.listen.record import Entry

from .materials import RATE, pink, vowels


def item(name: str = "alloy", **values: float) -> Item:
    limits = {"words": {"low": 90.0}, "clicks": {"high": 0.0}, "lufs": {"low": -20.0, "high": -12.0}}
    readings = tuple(Reading(key, value, **limits.get(key, {})) for key, value in values.items())
    return Item("voices", name, "a voice", readings)


def worse(before: dict[str, float], **after: float) -> list[str]:
    return baseline.regressions([item(**after)], {"voices/alloy": before}, ["voices/alloy"])


def test_a_reading_knows_its_limits():
    assert Reading("words", 90, low=90).ok
    assert not Reading("words", 89.9, low=90).ok
    assert not Reading("lufs", math.nan, low=-20).ok
    assert not Reading("dbtp", math.inf, high=-1).ok
    assert Reading("dbtp", -1.234, high=-1).text == "-1.23"
    assert [Reading("lufs", 0, *limits).limits for limits in ((-2, 2), (-2,), (-math.inf, 2), ())] == ["-2 … 2", "≥ -2", "≤ 2", ""]  # fmt: skip


def test_what_is_within_tolerance_is_no_regression():
    assert worse({"words": 98, "lufs": -16}, words=95, lufs=-15.6) == []


def test_worse_is_one_way_for_some_and_both_for_others():
    assert worse({"words": 92}, words=99) == []
    assert worse({"words": 98}, words=93) == ["voices/alloy: words heard 93 %, was 98 (tolerance 4)"]
    assert len(worse({"lufs": -16}, lufs=-15)) == len(worse({"lufs": -16}, lufs=-17)) == 1
    assert worse({"clicks": 3}, clicks=0) == []


def test_leaving_the_limits_is_one_even_within_tolerance():
    assert worse({"words": 91}, words=89) == ["voices/alloy: words heard 89 %, outside ≥ 90; was 91"]
    assert worse({"words": 88}, words=87) == []


def test_what_is_gone_and_what_is_new():
    figures = {"voices/alloy": {"words": 98}, "voices/ash": {"words": 98}}
    assert baseline.regressions([item(words=98)], figures, list(figures)) == [
        "voices/ash: no longer measured"
    ]
    assert baseline.regressions([item(words=98)], figures, []) == []
    assert baseline.regressions([item("new", words=95)], figures, []) == []
    assert len(baseline.regressions([item("new", words=50)], figures, [])) == 1


def test_silence_where_there_was_sound():
    assert len(worse({"lufs": -16}, lufs=-math.inf)) == 1


def test_accepting_a_run(tmp_path):
    path = tmp_path / "baseline.json"
    record.write([Entry(item(words=98.0, lufs=-math.inf))], tmp_path, quick=False)
    assert baseline.accept(record.read(tmp_path), ["voices"], path) == 1
    assert baseline.load(path) == {"voices/alloy": {"words": 98, "lufs": None}}
    assert json.loads(path.read_text())["tolerances"]["words"] == MEASURES["words"].tolerance
    record.write([Entry(item("ash", words=91.0))], tmp_path, quick=True)
    baseline.accept(record.read(tmp_path), ["voices"], path)
    assert set(baseline.load(path)) == {"voices/alloy", "voices/ash"}
    record.write([Entry(item("ash", words=92.0))], tmp_path, quick=False)
    baseline.accept(record.read(tmp_path), ["voices"], path)
    assert baseline.load(path) == {"voices/ash": {"words": 92}}


async def no_cases(_studio, _quick) -> list[Case]:
    return []


def test_the_page_names_what_is_wrong_first(tmp_path):
    good, bad = item("<good>", words=98, clicks=0), item("bad", words=97, clicks=7)
    group = Group("voices", "Voices", "about & more", no_cases)
    page.write(
        [Entry(good, "good.png", (("", "good.mp3"),)), Entry(bad, "bad.png", (("", "bad.mp3"),))],
        [group],
        {"voices/bad": {"clicks": 0}},
        {"commit": "abc"},
        tmp_path / "index.html",
    )
    text = (tmp_path / "index.html").read_text()
    assert "1 of 4 figures are outside" in text
    assert text.index(">bad</a>") < text.index(">&lt;good&gt;</a>")
    assert "was 0" in text
    assert "about &amp; more" in text
    assert "<good>" not in text


def test_the_table_of_music_is_counted():
    def piece(number: int, *, right: bool) -> Item:
        readings = (
            Reading("bpm", 100, low=97, high=103),
            Reading("key", float(right), low=1, shown="C_major"),
        )
        return Item("music", f"piece {number}", "", readings)

    rows = summary([piece(number, right=number > 3) for number in range(30)])
    assert [(row.name, row.readings[0].text, row.readings[0].ok) for row in rows] == [
        ("all: tempo", "30 of 30", True),
        ("all: key", "26 of 30", False),
    ]
    assert summary([piece(1, right=True)]) == []


def test_the_voice_in_front():
    voice = vowels(8)[:, None]
    bed = pink(len(voice), np.random.default_rng(0))[:, None]
    near = in_front({"voice": voice, "bed": 0.01 * bed}, RATE)
    assert in_front({"voice": voice, "bed": 0.05 * bed}, RATE) == pytest.approx(near - 14, abs=0.1)
    low_tone = np.sin(2 * np.pi * 60 * np.arange(len(voice)) / RATE)[:, None]
    assert in_front({"voice": voice, "bed": 0.01 * bed + 0.01 * low_tone}, RATE) == pytest.approx(near, abs=1)


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="the group `listen` is not installed")
def test_plot_and_sound_of_an_item(tmp_path):
    sound = Sound(vowels(25)[:, None], RATE, clicks=[1.5, 24.0])
    entry = record.keep(Item("voices", "a b", "", (), sound), tmp_path)
    assert entry.item.sound is None
    assert (tmp_path / entry.plot).read_bytes().startswith(b"\x89PNG")
    assert 10_000 < (tmp_path / entry.plot).stat().st_size < 300_000
    import soundfile

    assert soundfile.info(tmp_path / entry.audio[0][1]).duration == pytest.approx(20, abs=0.1)


def test_every_group_and_measure_is_told_apart():
    assert len({group.name for group in GROUPS}) == len(GROUPS)
    assert all(measure.tolerance >= 0 for measure in MEASURES.values())


def test_accepting_without_a_run_says_what_to_do(tmp_path, capsys):
    from meters.listen.__main__ import main

    assert main(["--accept", "--out", str(tmp_path)]) == 2
    assert "python -m meters.listen first" in capsys.readouterr().err
