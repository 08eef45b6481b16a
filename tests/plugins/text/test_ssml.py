"""SSML: what each tag does, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from cProfile import Profile
from typing import Any

import pytest

from mixdown_kernel import Kind, Mark, Pause, Problem, Script, TextRequest, Utterance
from mixdown_text.front_end import FrontEnd
from mixdown_text.rules import SWITCHES
from mixdown_text.settings import TextSettings

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


def outline(script: Script) -> list[Any]:
    """Text, milliseconds or the mark's name in brackets."""
    names = {Utterance: "text", Pause: "ms", Mark: "name"}
    return [
        [item.name] if isinstance(item, Mark) else getattr(item, names[type(item)]) for item in script.items
    ]


OUTLINES = {
    "Hello <break/> you": ["Hello", 400, "you"],
    "a<break time='1.5s'/>b<break time='20ms' strength='weak'/>c": ["a", 1500, "b", 20, "c"],
    "a<break strength='x-strong'/>b<break></break>c": ["a", 1000, "b", 400, "c"],
    "a <break strength='none'/> b": ["a b"],
    "<p>One. Two.</p><p>Three.</p>": ["One.", 200, "Two.", 400, "Three."],
    "<p><s>One</s><s>Two</s></p> Three": ["One", "Two", 400, "Three"],
    "<p>a</p><break time='1s'/><p>b</p>": ["a", 1000, "b"],
    "One <mark name='here'/>two.": ["One", ["here"], "two."],
    "<p>a</p><mark name='m'/><p>b</p>": ["a", 400, ["m"], "b"],
    "The <sub alias='World Wide Web'>WWW</sub>.": ["The World Wide Web."],
    "a <sub alias='7 dwarfs'>x</sub> b": ["a seven dwarfs b"],
    "a\n\n  b\r\nc": ["a b c"],
    "x &lt; y &amp; &#65;&#x42; &quot;&apos;&gt;": ["x less than y and A B \"'>"],
    "<![CDATA[a < b & c]]> d<!-- not this --> e<?nor this?>": ["a less than b and c d e"],
    "$5.20 [pause:1s] <lang xml:lang='fr'>21 francs</lang>": [
        "five dollars and twenty cents [pause:one second]",
        "vingt-et-un francs",
    ],
}


@pytest.mark.parametrize("content", OUTLINES, ids=ascii)
def test_an_outline(read: Read, content: str) -> None:
    assert outline(read(f"<speak>{content}</speak>")) == OUTLINES[content]


SAY_AS = [
    ("characters", "aB1-z", "A, B, one, dash, Z"),
    ("spell-out", "IBM", "I, B, M"),
    ("verbatim", " a b ", "A B"),
    ("cardinal", "-1,234", "minus one thousand two hundred thirty-four"),
    ("number", "1984", "one thousand nine hundred eighty-four"),
    ("ordinal", "21", "twenty-first"),
    ("digits", "007 12", "zero zero seven one two"),
    ("telephone", "555-12", "five five five-one two"),
    ("cardinal", "many", "many"),
    ("characters", "IV", "I, V"),  # and no rule makes a four of it
    ("date", "2026-11-20", "November twentieth, twenty twenty-six"),
    ("date' format='dmy", "5/6/2026", "June fifth, twenty twenty-six"),
    ("date' format='mdy", "5/6/26", "May sixth, twenty twenty-six"),
    ("date' format='yyyymmdd", "20261120", "November twentieth, twenty twenty-six"),
    ("date' format='ymd", "261120", "November twentieth, twenty twenty-six"),
    ("date' format='md", "11/20", "November twentieth"),
    ("date' format='dm", "20.11.", "November twentieth"),
    ("date' format='my", "11/2026", "November twenty twenty-six"),
    ("date' format='y", "1984", "nineteen eighty-four"),
    ("date' format='m", "5", "May"),
    ("date' format='d", "5", "fifth"),
    ("date' format='dmy", "31/13/2026", "31/13/2026"),
    ("time' format='hms12", "2:30pm", "two thirty p.m."),
    ("currency' language='en-US", "$42.01", "forty-two dollars and one cent"),
    ("fraction", "3/20", "three twentieths"),
    ("unit", "10 ft", "ten feet"),
    ("telephone", "(781) 771-7777", "seven eight one, seven seven one, seven seven seven seven"),
    ("address", "12 Main St.", "twelve Main Street."),
    ("expletive", "damn it", "bleep bleep"),
    ("bleep", "damn", "bleep"),
    ("ordinal", "9" * 30, "9" * 30),
]


@pytest.mark.parametrize(("interpretation", "written", "words"), SAY_AS)
def test_say_as(read: Read, interpretation: str, written: str, words: str) -> None:
    """What cannot be read so is left to the rules, which are off here."""
    text = f"<speak><say-as interpret-as='{interpretation}'>{written}</say-as></speak>"
    assert outline(read(text, normalize=dict.fromkeys(SWITCHES, False))) == [words]


def test_say_as_speaks_the_language_around_it(read: Read) -> None:
    script = read("<speak xml:lang='de'>Der <say-as interpret-as='cardinal'>21</say-as>.</speak>")
    assert outline(script) == ["Der einundzwanzig."]


PROSODY = [
    ("rate='slow'", (0.75, 0.0, 1.0)),
    ("rate='120%'", (1.2, 0.0, 1.0)),
    ("rate='-20%'", (0.8, 0.0, 1.0)),
    ("rate='1.5' pitch='+2st'", (1.5, 2.0, 1.0)),
    ("pitch='x-low'", (1.0, -6.0, 1.0)),
    ("pitch='+100%'", (1.0, 12.0, 1.0)),
    ("volume='silent'", (1.0, 0.0, 0.0)),
    ("volume='+6.0206dB'", (1.0, 0.0, 2.0)),
    ("volume='50'", (1.0, 0.0, 0.5)),
    ("volume='-10%'", (1.0, 0.0, 0.9)),
]


@pytest.mark.parametrize(("attributes", "expected"), PROSODY)
def test_prosody(read: Read, attributes: str, expected: tuple[float, float, float]) -> None:
    inside, outside = read(f"<speak><prosody {attributes}>In.</prosody> Out.</speak>").utterances
    assert (inside.rate, inside.pitch, inside.volume) == pytest.approx(expected, abs=1e-4)
    assert (outside.rate, outside.pitch, outside.volume) == (1.0, 0.0, 1.0)


def test_prosody_nests(read: Read) -> None:
    script = read(
        "<speak><prosody rate='2' pitch='+3st' volume='50'><prosody rate='50%' pitch='-1st' volume='50'>x</prosody>"
        "</prosody></speak>"
    )
    (utterance,) = script.utterances
    assert (utterance.rate, utterance.pitch, utterance.volume) == (1.0, 2.0, 0.25)


def test_emphasis_is_mild(read: Read) -> None:
    strong, moderate, reduced, none = read(
        "<speak><emphasis level='strong'>a</emphasis><emphasis>b</emphasis><emphasis level='reduced'>c</emphasis>"
        "<emphasis level='none'>d</emphasis></speak>"
    ).utterances
    assert strong.volume > moderate.volume > none.volume == 1.0 > reduced.volume
    assert strong.rate < moderate.rate < none.rate == 1.0 < reduced.rate


def test_voices_and_languages_nest(read: Read) -> None:
    script = read(
        "<speak xml:lang='en-GB'>a <voice name='bob'>b <lang xml:lang='fr'>c</lang> d</voice> <p xml:lang='de'>e</p></speak>"
    )
    assert script.language == "en"
    assert [(u.text, u.voice, u.language) for u in script.utterances] == [
        ("a", None, "en-GB"), ("b", "bob", "en-GB"), ("c", "bob", "fr"), ("d", "bob", "en-GB"), ("e", None, "de"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "prefix",
    ["", "\n ", "\ufeff", "<?xml version='1.0' encoding='ISO-8859-1'?>\n", "<!-- hello -->"],
    ids=ascii,
)
def test_a_speak_root_is_recognised(read: Read, prefix: str) -> None:
    text = (
        f"{prefix}<speak version='1.1' xmlns='http://www.w3.org/2001/10/synthesis'>Größe &amp; Glück</speak>"
    )
    (utterance,) = read(text).utterances
    assert utterance.text == "Größe and Glück"
    assert text[utterance.start : utterance.end] == "Größe &amp; Glück"


def test_plain_text_stays_plain(read: Read) -> None:
    text = "<speak>a</speak>"
    assert [u.text for u in read(text, markup="plain").utterances] == [text]
    assert [u.text for u in read("a <speak> b & c").utterances] == ["a <speak> b and c"]


BAD = [
    # source, code, line, column
    ("<speak>a\n <foo>b</foo></speak>", "unknown_ssml_tag", 2, 2),
    ("<speak>é\n😀 <w>b</w></speak>", "unknown_ssml_tag", 2, 3),
    ("<speak><mstts:silence/></speak>", "unknown_ssml_tag", 1, 8),
    ("<speak><audio src='http://x/y.wav'/></speak>", "ssml_audio_refused", 1, 8),
    ("<speak><p align='left'>a</p></speak>", "unknown_ssml_attribute", 1, 8),
    ("<speak><prosody contour='(0%,+20Hz)'>a</prosody></speak>", "unknown_ssml_attribute", 1, 8),
    ("<speak>a & b</speak>", "bad_ssml", 1, 11),
    ("<speak>a", "bad_ssml", 1, 9),
    ("<speak><p>a</speak>", "bad_ssml", 1, 14),
    ("<speak>a</speak> more", "bad_ssml", 1, 18),
    ("<speak>&nbsp;</speak>", "bad_ssml", 1, 8),
    ("<speak>a\x00</speak>", "bad_ssml", 1, 9),
    ("<p>a</p>", "bad_ssml", 1, 1),
    ("no tags", "bad_ssml", 1, 1),
    ("<speak><speak>a</speak></speak>", "bad_ssml", 1, 8),
    ("<speak><sub alias='x'>a<break/></sub></speak>", "bad_ssml", 1, 24),
    ("<speak><break><p/></break></speak>", "bad_ssml", 1, 15),
    ("<speak>" + "<s>" * 32 + "a" + "</s>" * 32 + "</speak>", "bad_ssml", 1, 101),
    ("<speak><break time='61s'/></speak>", "bad_ssml_value", 1, 8),
    ("<speak><break time='1'/></speak>", "bad_ssml_value", 1, 8),
    ("<speak><break time='-1s'/></speak>", "bad_ssml_value", 1, 8),
    ("<speak><break strength='huge'/></speak>", "bad_ssml_value", 1, 8),
    ("<speak><say-as>1</say-as></speak>", "bad_ssml_value", 1, 8),
    ("<speak><say-as interpret-as='vulgar'>x</say-as></speak>", "bad_ssml_value", 1, 8),
    ("<speak><say-as interpret-as='date' format='wmy'>1</say-as></speak>", "bad_ssml_value", 1, 8),
    ("<speak><say-as interpret-as='time' language='?'>1</say-as></speak>", "bad_ssml_value", 1, 8),
    ("<speak><sub>x</sub></speak>", "bad_ssml_value", 1, 8),
    (f"<speak><sub alias='{'x' * 301}'>x</sub></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody rate='9'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody rate='-100%'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody rate='nan'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody pitch='100Hz'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody pitch='+25st'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody pitch='-100%'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody volume='101'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody volume='+99999999dB'>x</prosody></speak>", "bad_ssml_value", 1, 8),
    ("<speak><prosody rate='.3'><prosody rate='.3'>x</prosody></prosody></speak>", "bad_ssml_value", 1, 27),
    ("<speak><emphasis level='wild'>x</emphasis></speak>", "bad_ssml_value", 1, 8),
    ("<speak><voice>x</voice></speak>", "bad_ssml_value", 1, 8),
    (f"<speak><voice name='{'v' * 201}'>x</voice></speak>", "bad_ssml_value", 1, 8),
    ("<speak><mark/></speak>", "bad_ssml_value", 1, 8),
    ("<speak><lang>x</lang></speak>", "bad_ssml_value", 1, 8),
    ("<speak xml:lang='../../etc'>x</speak>", "bad_ssml_value", 1, 1),
]


@pytest.mark.parametrize(("text", "code", "line", "column"), BAD, ids=lambda value: ascii(value)[:60])
def test_what_cannot_be_is_refused_with_its_place(
    refuse: Refuse, text: str, code: str, line: int, column: int
) -> None:
    problem = refuse(text, markup="ssml")
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, code, "text")
    assert (problem.details["line"], problem.details["column"]) == (line, column)
    assert len(problem.message) < 200


def test_unknown_names_are_answered_with_the_known(refuse: Refuse) -> None:
    assert "say-as" in (refuse("<speak><foo/></speak>").allowed or [])
    assert refuse("<speak><prosody range='x'>a</prosody></speak>").allowed == ["pitch", "rate", "volume"]
    assert "spell-out" in (refuse("<speak><say-as interpret-as='x'>a</say-as></speak>").allowed or [])


LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE speak [<!ENTITY l0 "ha">{LAUGHS}]>',
        '<!DOCTYPE speak [<!ENTITY l9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE speak SYSTEM "http://127.0.0.1/x.dtd">',
        "<!DOCTYPE speak>",
    ],
    ids=["billion laughs", "file", "url", "plain"],
)
def test_a_document_type_is_refused(refuse: Refuse, doctype: str) -> None:
    assert refuse(f"{doctype}<speak>&l9;</speak>").code == "ssml_doctype_refused"
    assert refuse(f"<?xml version='1.0'?>{doctype}<speak>&l9;</speak>").code == "ssml_doctype_refused"


def test_ten_thousand_breaks(read: Read, refuse: Refuse) -> None:
    assert len(read("<speak>" + "a<break time='100ms'/>" * 10_000 + "</speak>").items) == 20_000
    assert refuse("<speak>" + "a<break time='1s'/>" * 10_000 + "</speak>").code == "too_much_silence"


def test_what_does_nothing_here_says_what_to_do_instead(refuse: Refuse) -> None:
    assert "lexicon beside the text" in (refuse("<speak><lexicon uri='http://x/'/></speak>").hint or "")
    for attribute in ("contour", "range", "duration"):
        assert refuse(f"<speak><prosody {attribute}='1s'>x</prosody></speak>").hint
    assert refuse("<speak><audio src='x'/></speak>").hint


def test_a_text_of_megabytes_is_read_piece_by_piece() -> None:
    """Work grows with the text, and not with its square: every character is handed on a bounded number of times."""
    counts = []
    for repeats in (250, 1_000):
        text = "<speak>" + "<p>A <emphasis>fine</emphasis> gif, &amp; so on.</p>\n" * repeats + "</speak>"
        profile = Profile()
        profile.enable()
        script = FrontEnd(TextSettings()).script(TextRequest(text=text, lexicon={"gif": "/dʒɪf/"}))
        profile.disable()
        assert len(script.utterances) == 3 * repeats
        counts.append(sum(entry.callcount for entry in profile.getstats()))
    assert counts[1] < 4.4 * counts[0]


def test_deep_nesting_is_refused_before_it_costs_anything(refuse: Refuse) -> None:
    problem = refuse("<speak>" + "<prosody rate='1'>" * 200_000)
    assert (problem.code, problem.details["offset"]) == ("bad_ssml", 7 + 31 * len("<prosody rate='1'>"))


def test_speakers_take_turns(read: Read) -> None:
    tagged = read(
        "<speak><voice name='ann'>Hello. How are you?</voice><voice name='bob'>Fine.</voice> End.</speak>"
    )
    marked = read("[voice:ann]Hello. How are you?[voice:bob]Fine.[/voice] End.")
    for script in (tagged, marked):
        assert [(u.text, u.voice) for u in script.utterances] == [
            ("Hello.", "ann"), ("How are you?", "ann"), ("Fine.", "bob"), ("End.", None),
        ]  # fmt: skip
