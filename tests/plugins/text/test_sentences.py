from __future__ import annotations

from collections.abc import Callable

import pytest

from mixdown_kernel import Pause, Script
from mixdown_text.sentences import sentences

Spoken = Callable[..., list[str]]
Read = Callable[..., Script]


def outline(script: Script) -> list[str | int]:
    return [item.text if not isinstance(item, Pause) else item.ms for item in script.items]  # type: ignore[union-attr]


SENTENCES = {
    "Dr. Smith paid no fee at 10 a.m. Then he left!": [
        "Doctor Smith paid no fee at ten a.m.",
        "Then he left!",
    ],
    "“Hello. How are you?” she said. Good.": ["“Hello. How are you?” she said.", "Good."],
    "Wait... what? Yes!!! Ok": ["Wait... what?", "Yes!!!", "Ok"],
    "See Fig. 3. J. R. R. Tolkien did.": ["See Figure three.", "J. R. R. Tolkien did."],
    "1. Apples are red. b) Pears are not.": ["one. Apples are red.", "b) Pears are not."],
    "你好。世界！": ["你好。", "世界！"],
    "It is approx. 5 lbs. of flour, cf. vol. 2, ch. 3.": [
        "It is approximately five pounds of flour, compare volume two, chapter three."
    ],
    "Dr. Smith paid $3.50 at 10 a.m.": ["Doctor Smith paid three dollars and fifty cents at ten a.m."],
    "He lives in the U.S. She does not.": ["He lives in the U S.", "She does not."],
    "He left. *** Yes.": ["He left.", "*** Yes."],
    "Yes. 😀! No.": ["Yes.", "grinning face!", "No."],
}


@pytest.mark.parametrize("text", SENTENCES, ids=str)
def test_sentences(spoken: Spoken, text: str) -> None:
    assert spoken(text) == SENTENCES[text]


def test_the_language_decides_what_an_abbreviation_is(spoken: Spoken) -> None:
    text = "Das ist bzw. Anna war da. Gut."
    assert spoken(text, language="de-CH") == ["Das ist bzw. Anna war da.", "Gut."]


def test_paragraphs_and_lines_are_pauses(read: Read) -> None:
    assert outline(read("Title\n\nOne.\nTwo\n \n\n\nThree")) == [
        "Title",
        400,
        "One.",
        200,  # the sentence's, which is longer than the line's
        "Two",
        400,
        "Three",
    ]
    assert outline(read("a.\u2029B.")) == ["a.", 400, "B."]
    assert outline(read("\n\nOne.\r\n\r\nTwo.\n\n")) == ["One.", 400, "Two."]


def test_a_wrapped_line_goes_on(spoken: Spoken) -> None:
    assert spoken("The rain\nfell.") == ["The rain fell."]
    line = "It was the best of times and it was the worst of times, said"
    assert spoken(f"{line}\r\nCharles Dickens.") == [f"{line} Charles Dickens."]
    assert spoken(f"{line}\n- Charles") == [line, "- Charles"]


def test_an_explicit_pause_takes_the_place_of_a_paragraph_s(read: Read) -> None:
    assert outline(read("One.\n\n[pause:2s]\n\nTwo.")) == ["One.", 2000, "Two."]


@pytest.mark.parametrize("length", [299, 300, 301, 5_000])
def test_a_long_sentence_is_cut_at_clauses(spoken: Spoken, length: int) -> None:
    text = ("and so we went on, without a word, " * 200)[:length].strip()
    parts = spoken(text)
    assert " ".join(parts) == text
    assert all(len(part) <= 300 for part in parts)
    assert all(part.endswith(",") for part in parts[:-1])
    assert (len(parts) == 1) == (length <= 300)


def test_a_long_sentence_is_cut_in_parts_of_like_length(spoken: Spoken) -> None:
    assert [len(part) for part in spoken("word " * 62)] == [154, 154]


@pytest.mark.parametrize("word", ["a", "é", "你", "7"])
def test_an_endless_word_is_cut_anywhere(spoken: Spoken, word: str) -> None:
    parts = spoken(word * 10_000, normalize={"numbers": False})
    assert "".join(parts) == word * 10_000
    assert all(len(part) <= 300 for part in parts)


@pytest.mark.parametrize("character", ["e\u0301\u0302", "x👩‍👩‍👧‍👦", "x👍🏽", "x🇩🇪"], ids=ascii)
def test_no_cut_inside_of_what_a_reader_sees_as_one_character(spoken: Spoken, character: str) -> None:
    parts = spoken(character * 1_000 + "z", normalize={"emoji": False})
    assert "".join(parts) == character * 1_000 + "z"
    assert {part[0] for part in parts[:-1]} <= {character[0], character[1]}
    assert not any(part[0] in "\u0301\u200d" or part.endswith("\u200d") for part in parts)


def test_a_replaced_run_is_never_cut(spoken: Spoken) -> None:
    parts = spoken("$999,999,999.99 " * 100)
    assert len(parts) > 10
    assert all(part.startswith("nine hundred") and part.endswith("cents") for part in parts)


def test_windows_are_invisible(spoken: Spoken) -> None:
    """Sentences are looked for in windows of 2,000 characters."""
    text = "Mr. Fox met Dr. Crow at noon. " * 1_000
    assert spoken(text) == ["Mister Fox met Doctor Crow at noon."] * 1_000


def test_a_panic_of_the_segmenter_is_survived(capfd: pytest.CaptureFixture[str]) -> None:
    """sentencex 1.0.32 panics on this; the front end gives it no such spaces, and survives if others are found."""
    text = "A\u3000."
    assert list(sentences(text, "ja")) == [(0, len(text))]
    capfd.readouterr()  # Rust's own report of the panic


def test_unusual_spaces_reach_no_panic(spoken: Spoken, capfd: pytest.CaptureFixture[str]) -> None:
    assert spoken("A\u3000.", language="ja") == ["A ."]
    assert "panicked" not in capfd.readouterr().err
