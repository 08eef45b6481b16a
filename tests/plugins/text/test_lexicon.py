"""A lexicon: whole words, the longest first, read as their entries say; the text itself stays as it was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixdown_kernel import Kind, Problem, Script, TextRequest
from mixdown_text.front_end import FrontEnd
from mixdown_text.settings import TextSettings

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


def pronounced(script: Script) -> list[tuple[str, str]]:
    """Every pronounced run as it is written, with its IPA."""
    return [(u.text[p.text_start : p.text_end], p.ipa) for u in script.utterances for p in u.pronunciations]


def test_ipa_is_carried_beside_the_written_word(read: Read) -> None:
    text = "The gif is here."
    (utterance,) = read(text, lexicon={"gif": "/dʒɪf/"}).utterances
    assert utterance.text == text
    ((written, ipa),) = pronounced(read(text, lexicon={"gif": "/dʒɪf/"}))
    assert (written, ipa) == ("gif", "dʒɪf")
    assert utterance.original(4, 7) == (4, 7)


def test_a_respelling_is_read_in_the_place_of_the_word(read: Read) -> None:
    text = "Ask Siobhan today."
    (utterance,) = read(text, lexicon={"Siobhan": "shi vawn"}).utterances
    assert (utterance.text, utterance.pronunciations) == ("Ask shi vawn today.", ())
    start = utterance.text.index("vawn")
    assert utterance.original(start, start + 4) == (4, 11)


FOUND = [
    # the word, a text, what of it has the entry
    ("gif", "gif GIF Gif gifs agif gif-like pro-gif gif_x", ["gif", "GIF", "Gif", "gif", "gif"]),
    ("SQL", "SQL sql Sql MySQL", ["SQL"]),
    ("Reading", "Reading in reading", ["Reading"]),
    ("can", "can can't scan Can", ["can", "Can"]),
    ("brien", "O'Brien brien", ["brien"]),
    ("js", "node.js a.js@b js. js", ["js", "js"]),
    ("node.js", "Use Node.js, now", ["Node.js"]),
    ("new york", "New  York, New\tYork, Newyork", ["New  York", "New York"]),
    ("c++", "C++ and c++.", ["C++", "c++"]),
    (".net", "the .NET way, x.net", [".NET"]),
    ("o'clock", "two o’clock, o'clock", ["o’clock", "o'clock"]),
    ("é", "é e\u0301 te\u0301", ["é", "e\u0301"]),
    ("b", "B-2 and B", ["B"]),
    ("重慶", "我在重慶吃饭", ["重慶"]),
    ("カレー", "このカレーは", ["カレー"]),
    ("नमस्ते", "नमस्ते, नमस्तेजी", ["नमस्ते"]),
    ("नमस्", "नमस्ते", []),
    ("سلام", "قال سلام لنا", ["سلام"]),
    ("straße", "STRASSE straße Straße", ["straße", "Straße"]),
    ("3d", "3D and 3ds", ["3D"]),
]


@pytest.mark.parametrize(("word", "text", "runs"), FOUND, ids=lambda value: ascii(value)[:30])
def test_whole_words_are_found(read: Read, word: str, text: str, runs: list[str]) -> None:
    switches = {"numbers": False, "urls": False, "symbols": False, "codes": False}
    known = {name: value for name, value in switches.items() if name in FrontEnd(TextSettings()).switches()}
    assert [run for run, _ in pronounced(read(text, lexicon={word: "/a/"}, normalize=known))] == runs


def test_an_english_possessive_is_pronounced_with_its_word(read: Read) -> None:
    lexicon = {"gif": "/dʒɪf/", "siobhan": "/ʃɪˈvɔːn/", "bos": "/bɒs/"}
    assert pronounced(read("the gif's, Siobhan’s, Bos's", lexicon=lexicon)) == [
        ("gif's", "dʒɪfs"),
        ("Siobhan’s", "ʃɪˈvɔːnz"),
        ("Bos's", "bɒsɪz"),
    ]
    assert pronounced(read("le gif's", lexicon=lexicon, language="fr")) == [("gif", "dʒɪf")]


def test_the_longest_word_wins_whoever_has_it() -> None:
    front_end = FrontEnd(TextSettings(lexicon={"New York": "/a/", "GIF": "/e/", "gif": "/i/", "York": "/o/"}))

    def read(text: str, **lexicon: str) -> list[tuple[str, str]]:
        return pronounced(front_end.script(TextRequest(text=text, lexicon=lexicon)))

    assert read("New York York") == [("New York", "a"), ("York", "o")]
    assert read("York New York", York="/u/") == [("York", "u"), ("New York", "a")]
    assert read("GIF gif") == [("GIF", "e"), ("gif", "i")]  # one with capitals is the closer one
    assert read("GIF gif", gif="/u/") == [("GIF", "u"), ("gif", "u")]  # but the request's own wins


def test_words_are_found_before_numbers_and_signs_are_read(read: Read) -> None:
    lexicon = {"24/7": "all day", "$5": "a fiver", "A1": "/ˈeɪ wʌn/", "Dr.": "doctor", "10 kg": "ten keys"}
    (utterance,) = read("Dr. X, open 24/7, sells A1 for $5 and 10 kg.", lexicon=lexicon).utterances
    assert utterance.text == "doctor X, open all day, sells A1 for a fiver and ten keys."
    assert [p.ipa for p in utterance.pronunciations] == ["ˈeɪ wʌn"]


def test_a_respelling_is_read_like_any_text_but_once(read: Read) -> None:
    (utterance,) = read("x y", lexicon={"x": "y 2", "y": "z"}).utterances
    assert utterance.text == "y two z"


def test_what_looks_like_a_mark_in_a_respelling_is_text(read: Read) -> None:
    script = read("a x b", lexicon={"x": "[pause:5s]"})
    assert [u.text for u in script.utterances] == [script.utterances[0].text]
    assert "pause" in script.utterances[0].text


def test_tags_win_over_the_lexicon(read: Read) -> None:
    script = read(
        "<speak><say-as interpret-as='characters'>gif</say-as> <phoneme ph='ɡɪf'>gif</phoneme> "
        "<sub alias='picture'>gif</sub> gif</speak>",
        lexicon={"gif": "/dʒɪf/"},
    )
    assert script.utterances[0].text == "G, I, F gif picture gif"
    assert pronounced(script) == [("gif", "ɡɪf"), ("gif", "dʒɪf")]


def test_a_word_is_found_across_what_xml_writes_apart(read: Read) -> None:
    script = read("<speak>AT&amp;T &#x47;IF <![CDATA[gi]]>f</speak>", lexicon={"AT&T": "/eɪ/", "gif": "/i/"})
    assert pronounced(script) == [("AT&T", "eɪ"), ("GIF", "i"), ("gif", "i")]


def test_a_pronounced_word_is_never_cut(read: Read) -> None:
    front_end = FrontEnd(TextSettings(max_utterance_chars=40))
    name = "Rio Grande do Sul e Santa Catarina"
    text = f"We went on foot to {name} and on to {name}. " * 5
    script = front_end.script(TextRequest(text=text, lexicon={name: "/ˈri.u/"}))
    assert [run for run, _ in pronounced(script)] == [name] * 10


def test_a_pronounced_name_with_points_ends_no_sentence(read: Read) -> None:
    lexicon = {"Yahoo! Inc. Ltd.": "/jəˈhuː/"}
    assert len(read("We asked Yahoo! Inc. Ltd. of it.", lexicon=lexicon).utterances) == 1


BAD = [
    ({"gif": "/d3ɪf/"}, "gif", {"symbol": "3", "offset": 2}),
    ({"gif": " /dʒ?f/"}, "gif", {"symbol": "?", "offset": 4}),
    ({"gif": "/\u0303a/"}, "gif", {"symbol": "\u0303", "offset": 1}),
    ({"gif": "/ˈ/"}, "gif", {"symbol": "ˈ", "offset": 1}),
    ({"gif": "/жиф/"}, "gif", {"symbol": "ж", "offset": 1}),
    ({"gif": "/dʒɪf"}, "gif", {}),
    ({"gif": "/"}, "gif", {}),
    ({"gif": "//"}, "gif", {}),
    ({"gif": ""}, "gif", {}),
    ({"gif": "…"}, "gif", {}),
    ({"gif": "a\nb"}, "gif", {}),
    ({"gif": "x" * 301}, "gif", {}),
    ({"gif": f"/{'a' * 301}/"}, "gif", {}),
    ({"": "a"}, "", {}),
    ({"...": "a"}, "...", {}),
    ({"x" * 101: "a"}, "x" * 100, {}),
]


@pytest.mark.parametrize(("lexicon", "word", "details"), BAD, ids=ascii)
def test_an_entry_that_cannot_be_is_named(
    refuse: Refuse, lexicon: dict[str, str], word: str, details: dict[str, object]
) -> None:
    problem = refuse("The gif.", lexicon={"fine": "/faɪn/"} | lexicon)
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, "bad_lexicon", f"lexicon.{word}")
    assert problem.details == details
    assert problem.hint
    assert "/dʒɪf/" in problem.hint


def test_there_is_a_limit(read: Read, refuse: Refuse) -> None:
    assert read("w7", lexicon={f"w{n}": "/a/" for n in range(1000)})
    problem = refuse("w7", lexicon={f"w{n}": "/a/" for n in range(1001)})
    assert (problem.code, problem.field, problem.allowed) == ("bad_lexicon", "lexicon", [0, 1000])


PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon" alphabet="ipa" xml:lang="en-US">
  <metadata><x:y xmlns:x="urn:z">anything</x:y></metadata>
  <lexeme><grapheme>tomato</grapheme><phoneme>təˈmeɪtoʊ</phoneme><phoneme prefer="true">təˈmɑːtoʊ</phoneme></lexeme>
  <lexeme><grapheme>W3C</grapheme><grapheme>World Wide Web
    Consortium</grapheme><alias>double u three see</alias></lexeme>
  <lexeme xml:id="x"><grapheme>gif</grapheme><phoneme alphabet="x-sampa">dZIf</phoneme><example>a gif</example></lexeme>
</lexicon>
"""


@pytest.fixture
def pls(tmp_path: Path) -> Path:
    path = tmp_path / "house.pls"
    path.write_text(PLS, encoding="utf-8")
    return path


def test_a_file_holds_for_its_language(pls: Path) -> None:
    front_end = FrontEnd(TextSettings(lexicon_files=(pls,)))
    text = "A tomato, a gif."
    found = [("tomato", "təˈmɑːtoʊ"), ("gif", "dʒɪf")]
    assert pronounced(front_end.script(TextRequest(text=text, language="en-US"))) == found
    assert pronounced(front_end.script(TextRequest(text=text, language="en-GB"))) == []
    ssml = f"<speak>{text} <lang xml:lang='en-us'>gif</lang></speak>"
    assert pronounced(front_end.script(TextRequest(text=ssml, language="de"))) == [("gif", "dʒɪf")]
    script = front_end.script(TextRequest(text="World Wide Web Consortium", language="en-US"))
    assert script.utterances[0].text == "double u three see"


def test_the_table_wins_over_files_and_later_files_over_earlier(pls: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.pls"
    later.write_text(
        '<lexicon xml:lang="en"><lexeme><grapheme>gif</grapheme><alias>picture</alias></lexeme></lexicon>'
    )
    files = (pls, later)
    read = TextRequest(text="tomato gif", language="en-US")
    front_end = FrontEnd(TextSettings(lexicon_files=files))
    assert front_end.script(read).utterances[0].text == "tomato picture"
    table = FrontEnd(TextSettings(lexicon={"gif": "jiff"}, lexicon_files=files))
    assert table.script(read).utterances[0].text == "tomato jiff"


def test_the_fingerprint_tells_the_content_of_a_lexicon_and_not_its_place(pls: Path, tmp_path: Path) -> None:
    def fingerprint(**settings: object) -> str:
        return FrontEnd(TextSettings.model_validate(settings)).fingerprint()

    moved = tmp_path / "moved.pls"
    moved.write_text(PLS, encoding="utf-8")
    assert fingerprint(lexicon_files=(pls,)) == fingerprint(lexicon_files=(moved,)) != fingerprint()
    moved.write_text(PLS.replace("dZIf", "gIf"), encoding="utf-8")
    assert fingerprint(lexicon_files=(pls,)) != fingerprint(lexicon_files=(moved,))
    assert fingerprint(lexicon={"a": "b"}) != fingerprint(lexicon={"a": "c"})


BAD_FILES = {
    "no xml": "hello",
    "another root": "<speak/>",
    "no language": "<lexicon><lexeme/></lexicon>",
    "a document type": '<!DOCTYPE lexicon [<!ENTITY a "b">]><lexicon xml:lang="en"/>',
    "an unknown tag": '<lexicon xml:lang="en"><word/></lexicon>',
    "a tag out of place": '<lexicon xml:lang="en"><alias>x</alias></lexicon>',
    "no reading": '<lexicon xml:lang="en"><lexeme><grapheme>a</grapheme></lexeme></lexicon>',
    "no word": '<lexicon xml:lang="en"><lexeme><alias>a</alias></lexeme></lexicon>',
    "bad ipa": '<lexicon xml:lang="en"><lexeme><grapheme>a</grapheme><phoneme>3</phoneme></lexeme></lexicon>',
    "alphabet": '<lexicon xml:lang="en" alphabet="x-y"><lexeme><grapheme>a</grapheme><phoneme>a</phoneme></lexeme></lexicon>',
    "not closed": '<lexicon xml:lang="en">',
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.pls"
    path.write_text(BAD_FILES[name], encoding="utf-8")
    with pytest.raises(Problem) as caught:
        FrontEnd(TextSettings(lexicon_files=(path,)))
    problem = caught.value
    assert (problem.code, problem.field) == ("bad_lexicon", "lexicon_files")
    assert "bad.pls, line 1" in problem.message
    assert str(tmp_path) not in problem.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"none\.pls: it cannot be read"):
        FrontEnd(TextSettings(lexicon_files=(tmp_path / "none.pls",)))


WORDS = st.sampled_from(
    ["gif", "New York", "can't", "C++", "a", "é", "世界", "1st", "$5", "Dr.", "नि", "x-y", "סלם"]
)


@settings(max_examples=200, deadline=None)
@given(
    text=st.lists(WORDS | st.text(max_size=6), max_size=25).map(" ".join),
    words=st.lists(WORDS | st.text(min_size=1, max_size=6), max_size=6),
    reading=st.sampled_from(["/a/", "b"]),
)
def test_any_lexicon_over_any_text(text: str, words: list[str], reading: str) -> None:
    try:
        script = FrontEnd(TextSettings()).script(
            TextRequest(text=text, lexicon=dict.fromkeys(words, reading), markup="plain")
        )
    except Problem as problem:
        if problem.code not in {"bad_lexicon", "bad_mark", "empty_text", "nothing_to_speak", "invalid_text"}:
            raise
        return
    for utterance in script.utterances:
        end = 0
        for run in utterance.pronunciations:
            assert end <= run.text_start < run.text_end <= len(utterance.text)
            end = run.text_end
        assert utterance.spans[-1].spoken_end == len(utterance.text)
