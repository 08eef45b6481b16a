"""Writing that nobody reads here."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.english.spelling import SIGNS
from mixdown_tts_onnx.english.tokens import Given


def check_script(text: str, given: Sequence[Given]) -> None:
    """A few words of another script among English ones are passed over; a text that is mostly so is refused.

    Raises `Problem` ``unsupported_language``.
    """
    letters = [one for one in _unpronounced(text, given) if one.isalpha() and one not in SIGNS]
    foreign = [
        one
        for one in letters
        if not unicodedata.name(one, "").startswith(("LATIN", "FULLWIDTH LATIN", "FEMININE", "MASCULINE"))
    ]
    if 2 * len(foreign) > len(letters):
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_language",
            "The English front end reads Latin letters; most of this text is written in others.",
            field="text",
            allowed=["en"],
            hint="Choose a voice of the text's language, or give the text as phonemes (SSML <phoneme>).",
        )


def _unpronounced(text: str, given: Sequence[Given]) -> Iterator[str]:
    position = 0
    for run in given:
        yield from text[position : run.text_start]
        position = run.text_end
    yield from text[position:]
