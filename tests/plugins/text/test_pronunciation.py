"""Words whose sound the author gives: in SSML, inline, and in other alphabets than the IPA."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mixdown_kernel import Problem, Script
from mixdown_text.alphabets import ARPABET, X_SAMPA, read_arpabet, read_x_sampa
from mixdown_text.ipa import BadIpa, read_ipa

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


def pronounced(script: Script) -> list[tuple[str, str]]:
    return [(u.text[p.text_start : p.text_end], p.ipa) for u in script.utterances for p in u.pronunciations]


PHONEMES = [
    ("<phoneme ph='təˈmɑːtoʊ'>tomato</phoneme>", "tomato", "təˈmɑːtoʊ"),
    ("<phoneme alphabet='ipa' ph='  təˈmɑːtoʊ '>\n tomato </phoneme>", "tomato", "təˈmɑːtoʊ"),
    ("<phoneme alphabet='x-sampa' ph='t@\"mA:toU'>tomato</phoneme>", "tomato", "təˈmɑːtoʊ"),
    ("<phoneme alphabet='cmu-arpabet' ph='T AH0 M EY1 T OW2'>tomato</phoneme>", "tomato", "təmˈeɪtˌoʊ"),
    ("<phoneme ph='nuː jɔːk'>New York</phoneme>", "New York", "nuː jɔːk"),
    ("<phoneme ph='pi'>3.14</phoneme>", "3.14", "pi"),
    ("<phoneme ph='ænd'>&amp;</phoneme>", "&", "ænd"),
]


@pytest.mark.parametrize(("tag", "written", "ipa"), PHONEMES)
def test_a_phoneme_tag_keeps_the_word_and_carries_its_sound(
    read: Read, tag: str, written: str, ipa: str
) -> None:
    text = f"<speak>I say {tag} twice.</speak>"
    script = read(text)
    (utterance,) = script.utterances
    assert utterance.text == f"I say {written} twice."
    assert pronounced(script) == [(written, ipa)]
    (run,) = utterance.pronunciations
    start, end = utterance.original(run.text_start, run.text_end)
    assert text[start:end] in (written, "&amp;")


def test_a_pronounced_sign_is_speech(read: Read) -> None:
    assert pronounced(read("<speak><phoneme ph='ˈhɑɹt'>♥</phoneme></speak>")) == [("♥", "ˈhɑɹt")]


BAD = [
    ("<phoneme>x</phoneme>", "ph"),
    ("<phoneme ph=''>x</phoneme>", "ph"),
    ("<phoneme ph='t5'>x</phoneme>", "digit five"),
    ("<phoneme alphabet='cmu-arpabet' ph='T QX'>x</phoneme>", "QX"),
    ("<phoneme alphabet='x-sampa' ph='t€'>x</phoneme>", "euro sign"),
    ("<phoneme alphabet='pinyin' ph='ni'>x</phoneme>", "pinyin"),
    ("<phoneme ph='a'></phoneme>", "holds the word"),
    ("<phoneme ph='a'> </phoneme>", "holds the word"),
    ("<phoneme ph='a'/>", "holds the word"),
    (f"<phoneme ph='{'a' * 301}'>x</phoneme>", "longer than 300"),
    (f"<phoneme ph='{'a' * 1001}'>x</phoneme>", "cannot be"),
    (f"<phoneme ph='a'>{'x' * 301}</phoneme>", "300 characters"),
]


@pytest.mark.parametrize(("tag", "named"), BAD, ids=lambda value: ascii(value)[:60])
def test_a_phoneme_that_cannot_be_is_refused_with_its_place(refuse: Refuse, tag: str, named: str) -> None:
    problem = refuse(f"<speak>a\n b {tag}</speak>")
    assert (problem.code, problem.details["line"], problem.details["column"]) == ("bad_ssml_value", 2, 4)
    assert named in problem.message


def test_a_phoneme_holds_no_tags(refuse: Refuse) -> None:
    assert refuse("<speak><phoneme ph='a'>x<break/></phoneme></speak>").code == "bad_ssml"


def test_an_inline_pronunciation(read: Read) -> None:
    text = "I say [tomato](/təˈmɑːtoʊ/), [New York](/nuː ˈjɔɹk/)."
    script = read(text)
    (utterance,) = script.utterances
    assert utterance.text == "I say tomato, New York."
    assert pronounced(script) == [("tomato", "təˈmɑːtoʊ"), ("New York", "nuː ˈjɔɹk")]
    start, end = utterance.original(6, 12)
    assert text[start:end] == "tomato"


@pytest.mark.parametrize("text", ["see [x](http) y", "[a] (/b/)", "[x](/a/b/)", "[](/a/)", "[x](//)"])
def test_other_brackets_are_no_pronunciation(read: Read, text: str) -> None:
    assert pronounced(read(text)) == []


def test_bad_ipa_inline_is_refused_where_it_stands(refuse: Refuse) -> None:
    problem = refuse("I say [tomato](/tQm/).")
    assert (problem.code, problem.details["offset"]) == ("bad_mark", 17)
    assert "'Q'" in problem.message


def test_marks_can_be_switched_off(read: Read) -> None:
    assert pronounced(read("[tomato](/a/)", normalize={"marks": False})) == []


@pytest.mark.parametrize(
    ("written", "ipa"),
    [
        ("təˈmɑːtoʊ", "təˈmɑːtoʊ"),
        ("'go:l", "ˈɡoːl"),
        ("d͡ʒʌd͡ʒ ʤʌʧ", "d͡ʒʌd͡ʒ dʒʌtʃ"),
        ("ɔ\u0303 \u00f5 ç c\u0327", "ɔ\u0303 o\u0303 ç ç"),
        ("  a \u00a0 b ", "a b"),
        ("tʰa˥˩.n̪i‿a|ʔ", "tʰa˥˩.n̪i‿a|ʔ"),
    ],
)
def test_ipa_is_read_in_one_form(written: str, ipa: str) -> None:
    assert read_ipa(written) == ipa


@pytest.mark.parametrize(
    ("written", "symbol", "position"),
    [
        ("tə5", "5", 2),
        ("Kat", "K", 0),
        ("a\u0301\u20dd", "\u20dd", 2),
        ("\u0303a", "\u0303", 0),
        ("a \u0303", "\u0303", 2),
    ],
)
def test_what_is_no_ipa_is_named_with_its_place(written: str, symbol: str, position: int) -> None:
    with pytest.raises(BadIpa) as caught:
        read_ipa(written)
    assert (caught.value.symbol, caught.value.position) == (symbol, position)


def test_every_symbol_of_the_other_alphabets_is_ipa() -> None:
    for symbol in X_SAMPA:
        assert read_x_sampa(f"a{symbol}a")
    for phone in ARPABET:
        for stress in ("", "0", "1", "2"):
            assert read_arpabet(phone + stress)


@pytest.mark.parametrize(
    ("x_sampa", "ipa"),
    [
        ('"fOnEm', "ˈfɔnɛm"),
        ("r\\Ed", "ɹɛd"),
        ("bO~ZuR", "bɔ̃ʒuʁ"),
        ("t_S", "t͡ʃ"),
        ("N_0", "ŋ̥"),
        ("3`", "ɝ"),
        ("C", "ç"),
    ],
)
def test_x_sampa(x_sampa: str, ipa: str) -> None:
    assert read_x_sampa(x_sampa) == ipa
