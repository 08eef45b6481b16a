"""The own voices beside their teachers: engines, table, pictures side by side."""

from __future__ import annotations

import json
from importlib.util import find_spec
from math import inf

import numpy as np
import pytest
from meters.engines import ENGINES
from meters.listen import own_voice, page, record
from meters.listen.figures import Item, Reading, Sound
from meters.listen.groups import GROUPS
from meters.listen.record import Entry
from meters.own_voice import figures, table

from .materials import RATE, vowels

WREN = Item(
    "own voice", "wren", "", (Reading("wer", 9.5, high=8.8), Reading("overall", 3.2, low=3.15), Reading("mcd", 1.3, high=1.4))
)  # fmt: skip
SLT = Item("own voice", "HTS slt", "", (Reading("wer", 6.8), Reading("overall", 3.07)))
ABSENT = Item("own voice", "flite rms", "left out: apt install flite", ())


def test_the_table_says_what_is_kept_and_what_is_not():
    head, wren, slt, absent = table([WREN, SLT, ABSENT])
    assert head.split("  ")[0] == ""
    assert "✗ 9.5 ≤ 8.8" in wren
    assert "3.20 ≥ 3.15" in wren
    assert "✗" not in slt
    assert absent == "flite rms: left out: apt install flite"
    assert figures([WREN])["wren"]["wer"] == {"value": 9.5, "limits": "≤ 8.8", "ok": False}


def test_on_the_page_one_table_holds_those_with_fewer_figures_and_what_is_left_out_is_said(tmp_path):
    group = next(group for group in GROUPS if group.name == own_voice.GROUP)
    page.write([Entry(WREN), Entry(SLT), Entry(ABSENT)], [group], {}, {}, tmp_path / "index.html")
    text = (tmp_path / "index.html").read_text()
    assert text.split("<h2", 1)[1].count("<table>") == 1
    assert "flite rms: left out: apt install flite" in text


def test_sixty_sentences_and_those_that_are_shown():
    texts = own_voice.held_out()
    assert len(set(texts)) == 60
    assert max(own_voice.SHOWN) < 60
    assert set(own_voice.TEACHERS) == {voice.name for voice in own_voice.VOICES}
    assert {teacher.name for teacher in own_voice.TEACHERS.values()} == set(ENGINES)


def test_figures_of_other_weights_are_not_shown(tmp_path):
    path = tmp_path / "figures.json"
    assert own_voice.learnt("rowan", path) == []
    path.write_text(json.dumps({"rowan": {"mcd_db": 1.2, "f0_cents": 30, "sha256": {"encoder.onnx": "0"}}}))
    assert own_voice.learnt("rowan", path) == []
    assert own_voice.learnt("nobody", path) == []


@pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
def test_an_engine_speaks_whatever_is_quoted(engine):
    if reason := engine.missing():
        pytest.skip(reason)
    plain, quoted = engine.speak(["One two.", 'He said "one" \\ two.'])
    assert plain.rate in (16_000, 32_000)
    assert 0.05 < np.abs(plain.samples).max() <= 1
    assert len(quoted.samples) > len(plain.samples) > 0.3 * plain.rate


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="the group `listen` is not installed")
def test_several_sounds_side_by_side(tmp_path):
    sounds = {"ours": Sound(vowels(2), RATE), "theirs": Sound(vowels(2, 200)[::3], RATE // 3)}
    entry = record.keep(Item("own voice", "wren, sentence 1", "", (), beside=sounds), tmp_path)
    assert [name for name, _ in entry.audio] == ["ours", "theirs"]
    assert all((tmp_path / file).stat().st_size > 1000 for _, file in entry.audio)
    assert (tmp_path / entry.plot).read_bytes().startswith(b"\x89PNG")
    assert entry.item.beside == {}


def test_no_limit_is_no_limit():
    assert Reading("wer", 50, high=inf).ok
