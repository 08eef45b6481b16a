"""Inline marks in plain text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mixdown_kernel import Kind, Pause, Problem, Script

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


def test_a_pause_stands_between_two_utterances(read: Read) -> None:
    script = read("Hello[pause:1.5s]there. [PAUSE: 500 ms ]Bye.")
    assert [item.ms if isinstance(item, Pause) else item.text for item in script.items] == [  # type: ignore[union-attr]
        "Hello", 1500, "there.", 500, "Bye.",
    ]  # fmt: skip
    assert script.items[1] == Pause(1500, 5, 17)


def test_a_pause_may_begin_and_end_a_text(read: Read) -> None:
    assert [getattr(item, "ms", None) for item in read("[pause:1s]x[pause:2s]").items] == [1000, None, 2000]


def test_no_pause_at_all_ends_an_utterance_and_adds_nothing(read: Read) -> None:
    assert [item.text for item in read("a[pause:0s]b").items] == ["a", "b"]  # type: ignore[union-attr]


def test_voice_and_rate_hold_to_the_next_mark_of_their_kind(read: Read) -> None:
    script = read(
        "One. [voice:af_bella(2)+af_sky(1)] Two. [rate:1.1] Three.\n\n[voice:bob]Four. [rate:1]Five."
    )
    assert [(u.text, u.voice, u.rate) for u in script.utterances] == [
        ("One.", None, 1.0),
        ("Two.", "af_bella(2)+af_sky(1)", 1.0),
        ("Three.", "af_bella(2)+af_sky(1)", 1.1),
        ("Four.", "bob", 1.1),
        ("Five.", "bob", 1.0),
    ]


@pytest.mark.parametrize(
    "text",
    ["a [note] b", "a [pause] b", "a [pauses: two] b", "[1] a", "a ] b [ c", "[[x]] [", "[voice bob] a"],
)
def test_any_other_bracket_is_text(read: Read, text: str) -> None:
    assert [u.text for u in read(text, normalize={"numbers": False}).utterances] == [text]


def test_marks_can_be_switched_off(read: Read) -> None:
    text = "a [pause:1s] b [rate:99] c"
    assert [
        u.text for u in read(text, normalize={"marks": False, "numbers": False, "units": False}).utterances
    ] == [text]


BAD = [
    "[pause:]", "[pause:x]", "[pause:1]", "[pause:-1s]", "[pause:61s]", "[pause:60001ms]", "[pause:1e3s]", "[pause:nans]",
    "[pause:1s", "[pause:١s]", "[voice:]", "[voice: ]", "[voice:bob", "[voice:a\nb]", "[rate:]", "[rate:fast]", "[rate:0]",
    "[/voice]", "[/pause]", "[/RATE]", "[pitch:2]", "[pitch:100Hz]", "[pitch:+25st]",
    "[volume:2]", "[volume:+30dB]", "[lang:]", "[lang:../x]", "[lang:fr", "[pitch:+1st",
    "[rate:0.2]", "[rate:4.1]", "[rate:inf]", "[rate:nan]", "[rate:-1]", "[voice:" + "x" * 201 + "]", "[pause:[pause:1s]]",
]  # fmt: skip


@pytest.mark.parametrize("mark", BAD, ids=ascii)
def test_a_mark_that_cannot_be_is_refused_with_its_place(refuse: Refuse, mark: str) -> None:
    problem = refuse(f"One.\nTwo {mark} three.")
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, "bad_mark", "text")
    assert problem.details == {"offset": 9, "line": 2, "column": 5}


def test_the_limits_are_named(refuse: Refuse) -> None:
    assert refuse("[rate:5] a").allowed == [0.25, 4.0]
    assert refuse("[pause:5m] a").allowed == ["0ms", "60s"]


def test_silence_is_bounded(read: Read, refuse: Refuse) -> None:
    assert len(read("[pause:60s]" * 60 + "a").items) == 61
    assert refuse("[pause:60s]" * 61 + "a").code == "too_much_silence"


def test_marks_of_each_kind_hold_until_they_end(read: Read) -> None:
    script = read(
        "[voice:bob][pitch:+2st]a.[/pitch] [volume:-6.0206dB]b.[/volume] [lang:pt-BR]c.[/lang] [rate:2]d.[/rate][/voice] e."
    )
    assert [
        (u.text, u.voice, u.pitch, round(u.volume, 3), u.language, u.rate) for u in script.utterances
    ] == [
        ("a.", "bob", 2.0, 1.0, None, 1.0),
        ("b.", "bob", 0.0, 0.5, None, 1.0),
        ("c.", "bob", 0.0, 1.0, "pt-BR", 1.0),
        ("d.", "bob", 0.0, 1.0, None, 2.0),
        ("e.", None, 0.0, 1.0, None, 1.0),
    ]


def test_marks_do_not_nest(read: Read, refuse: Refuse) -> None:
    assert [u.voice for u in read("[voice:a]x[voice:b]y[/voice]z").utterances] == ["a", "b", None]
    problem = refuse("[voice:a]x[/voice]y[/voice]")
    assert (problem.code, problem.details["offset"], problem.hint) == ("bad_mark", 19, "Remove [/voice].")


def test_thousands_of_marks(read: Read) -> None:
    script = read("".join(f"[voice:v{n % 7}]Hi {n}.[rate:1.{n % 9}]" for n in range(3_000)))
    assert len(script.utterances) == 3_000
