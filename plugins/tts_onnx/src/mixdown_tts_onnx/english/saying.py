"""The words that the tokens of a text are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from mixdown_tts_onnx.english.connected import Said, connected
from mixdown_tts_onnx.english.ipa import from_ipa
from mixdown_tts_onnx.english.spelling import SIGNS, letter, number
from mixdown_tts_onnx.english.tokens import Token
from mixdown_tts_onnx.english.words import Spoken, latin, pronounced


def said(tokens: Iterable[Token], weak: bool) -> list[Said]:
    """What is heard of them, in its context. A mark behind what is passed over counts for the word before it.

    Raises `Problem` ``bad_pronunciation`` for what is no IPA.
    """
    heard: list[Said] = []
    for token in tokens:
        spoken = tuple(_spoken(token))
        if spoken:
            heard.append(Said(token, spoken))
        elif heard and token.pauses:
            heard[-1] = replace(heard[-1], token=replace(heard[-1].token, pauses=True))
    return connected(heard, weak)


def _spoken(token: Token) -> Iterable[Spoken]:
    match token.kind:
        case "word":
            return pronounced(latin(token.written))
        case "letters":
            return (Spoken(one.lower(), letter(one)) for one in latin(token.written))
        case "number":
            return _words(tuple(number(token.written)))
        case "symbol":
            return _words(SIGNS.get(token.written, "").split())
        case "given":
            return (Spoken(token.written.lower(), phones) for phones in from_ipa(token.ipa))


def _words(words: Sequence[str]) -> Iterable[Spoken]:
    return (spoken for word in words for spoken in pronounced(word))
