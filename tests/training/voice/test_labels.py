"""HTS is asked in festival's words, although flite has read the text."""

from __future__ import annotations

from pathlib import Path

from training.voice.labels import Labels

from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

HERE = Path(__file__).parent
SILENCE = Phone(PAUSE, *[False] * 7)


def spoken(*words: tuple[str, ...]) -> list[Phone]:
    """Words of one stressed syllable each, between pauses; an empty one is a pause."""
    phones = [SILENCE]
    for word in words:
        ends = range(len(word) - 1, -1, -1)
        phones += [
            Phone(name, True, False, place == 0, left == 0, place == 0, left == 0, True)
            for place, (name, left) in enumerate(zip(word, ends, strict=True))
        ] or [SILENCE]
    return [*phones, SILENCE]


def lines(*words: tuple[str, ...], rising: bool = False) -> list[str]:
    phones = spoken(*words)
    return Labels(phones, ["content"] * len(phones), rising).lines().split("\n")


def test_up_to_the_sizes_of_phrases_labels_are_those_that_festival_writes() -> None:
    """``Seven birds, a cat, and a dog.``, of which both have the same phones, accents and phrases."""
    rows = [line.split("\t") for line in (HERE / "flite.phones").read_text().splitlines()]
    phones = [
        Phone._make((name, *(flag == "1" for flag in flags), kind == "content"))
        for name, _, *flags, kind in rows
    ]
    made = Labels(phones, [row[8] for row in rows], rising=False).lines().split("\n")
    festivals = (HERE / "festival.lab").read_text().splitlines()
    assert [line.partition("/G:")[0] for line in made] == [line.partition("/G:")[0] for line in festivals]


def test_the_last_phrase_of_a_question_rises() -> None:
    asked = lines(("y", "eh", "s"), (), ("n", "ow"), rising=True)
    assert all("L-L%" in line for line in asked[1:4])
    assert all("H-H%" in line for line in asked[5:7])
    assert not any("H-H%" in line for line in lines(("n", "ow")))


def test_a_phrase_is_the_first_the_last_or_another() -> None:
    word = ("n", "ow")
    (only,) = {line.partition("@")[2].partition("/H:")[2].partition("|")[0] for line in lines(word)[1:3]}
    assert only == "1=1@1=1"
    first, other, last = (lines(word, (), word, (), word)[place] for place in (1, 4, 7))
    assert "/G:0_0/H:1=1@1=2|L-L%/I:6=4" in first
    assert "/G:6_4/H:1=1@2=2|L-L%/I:6=4" in other
    assert "/G:6_4/H:1=1@2=1|L-L%/I:0=0" in last


def test_sizes_are_told_roughly() -> None:
    told = [lines(*[("n", "ow")] * count)[1].partition("/H:")[2].partition("@")[0] for count in (2, 4, 6, 40)]
    assert told == ["2=2", "5=5", "5=5", "16=16"]
