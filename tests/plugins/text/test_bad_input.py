from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from mixdown_kernel import Kind, Problem, Script, TextRequest
from mixdown_text.front_end import FrontEnd
from mixdown_text.settings import TextSettings

Read = Callable[..., Script]
Refuse = Callable[..., Problem]


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u3000"])
@pytest.mark.parametrize("markup", ["auto", "plain", "ssml"])
def test_an_empty_text(refuse: Refuse, text: str, markup: str) -> None:
    problem = refuse(text, markup=markup)
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, "empty_text", "text")


@pytest.mark.parametrize(
    "text",
    ["...", "—", "$ % #", "[pause:1s]", "\x00", "<speak/>", "<speak> <break/> </speak>"],
    ids=ascii,
)
def test_nothing_to_speak(refuse: Refuse, text: str) -> None:
    problem = refuse(text)
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, "nothing_to_speak", "text")


def test_emoji_alone_are_spoken_by_their_names(read: Read, refuse: Refuse) -> None:
    assert [utterance.text for utterance in read("😀 👍🏽").utterances] == [
        "grinning face thumbs up medium skin tone"
    ]
    assert refuse("😀 👍🏽", normalize={"emoji": False}).code == "nothing_to_speak"


@pytest.mark.parametrize("markup", ["plain", "ssml"])
def test_half_a_surrogate_pair(refuse: Refuse, markup: str) -> None:
    problem = refuse("One.\nTwo \udc00 three", markup=markup)
    assert problem.code == "invalid_text"
    assert problem.details == {"offset": 9, "line": 2, "column": 5}


def test_an_unknown_switch(refuse: Refuse, front_end: FrontEnd) -> None:
    problem = refuse("a", normalize={"numbers": True, "moods": False})
    assert (problem.kind, problem.code, problem.field) == (
        Kind.INVALID,
        "unknown_normalization",
        "normalize.moods",
    )
    assert problem.allowed == list(front_end.switches())


@pytest.mark.parametrize("language", ["", "e", "../en", "en us", "x" * 100, "en\n"])
def test_a_language_that_is_no_tag(refuse: Refuse, language: str) -> None:
    problem = refuse("a", language=language)
    assert (problem.code, problem.field) == ("invalid_language", "language")


def test_a_text_past_the_limit() -> None:
    front_end = FrontEnd(TextSettings(max_text_chars=10))
    front_end.script(TextRequest(text="a" * 10))
    with pytest.raises(Problem) as caught:
        front_end.script(TextRequest(text="a" * 11))
    assert (caught.value.kind, caught.value.code, caught.value.allowed) == (
        Kind.TOO_LARGE,
        "text_too_long",
        [1, 10],
    )


def test_control_characters_are_spaces(read: Read) -> None:
    (utterance,) = read("one\x00two\x1b\x7f\x9fthree\ufefffour").utterances
    assert utterance.text == "one two three four"


@pytest.mark.parametrize("seed", range(200))
def test_noise_is_read_or_refused(read: Read, seed: int) -> None:
    random = Random(seed)
    alphabet = "aA1290 .,:;-+/%$€£¥#()[]<>&'\"\n\t\x00é你。😀\u0301\u200dpm"
    text = "".join(random.choices(alphabet, k=random.randint(1, 400)))
    for language in ("en", "de", "zh"):
        try:
            script = read(text, language=language, markup="plain")
        except Problem as problem:
            if problem.code != "nothing_to_speak":
                raise
        else:
            assert all(len(utterance.text) <= 300 for utterance in script.utterances)


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם. מה שלומך?",
        "مرحبا بالعالم! كيف حالك؟",
        "The word שלום means peace, and 世界 is мир in three scripts.",
        "\u202eabc\u202c def \u2066שלום\u2069 ok",
        "नमस्ते दुनिया। यह ठीक है।",
        "ไทยไม่มีช่องว่าง",
    ],
    ids=ascii,
)
def test_every_script_is_read_in_the_order_in_which_it_is_written(read: Read, text: str) -> None:
    """Right to left is how it looks; the characters come as they are spoken."""
    for language in ("en", "he", "hi"):
        utterances = read(text, language=language).utterances
        letters = [c for u in utterances for c in u.text if c.isalpha() and not c.isascii()]
        assert letters == [c for c in text if c.isalpha() and not c.isascii()]
        for utterance in utterances:
            for word in (w for w in utterance.text.split() if not w.isascii()):
                start = utterance.text.index(word)
                left, right = utterance.original(start, start + len(word))
                assert text[left:right] == word


@pytest.mark.parametrize("form", ["[voice:v{}]a.", "<voice name='v{}'>a.</voice>"])
def test_voices_are_counted(read: Read, refuse: Refuse, form: str) -> None:
    def text(names: int) -> str:
        lines = "".join(form.format(n % names) for n in range(2 * names))
        return lines if "[" in form else f"<speak>{lines}</speak>"

    assert len({u.voice for u in read(text(100)).utterances}) == 100
    problem = refuse(text(101))
    assert (problem.code, problem.field, problem.allowed) == ("too_many_voices", "text", [0, 100])
