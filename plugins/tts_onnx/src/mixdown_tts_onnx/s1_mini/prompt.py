"""What the slow transformer is given before it speaks.

Source: fish-speech d3df505, ``content_sequence.py`` and ``generate_long``: ``<|interleave|>``, for every reference
``<|speaker:0|>``, its text, its codes and ``<|im_end|>``, then ``<|speaker:0|>`` and the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.s1_mini.tokenizer import END, INTERLEAVE, SPEAKER, Tokenizer

Codes = NDArray[np.int64]
"""Frames of a codec, (frames, codebooks)."""
Tokens = NDArray[np.int64]
"""Columns that the slow transformer reads, (1 + codebooks, positions): ids, and under them codes where there are any."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A recording whose voice is to be spoken with: what is said in it, and its codes."""

    text: str
    codes: Codes


def voice_tokens(tokenizer: Tokenizer, references: Sequence[Reference], codebooks: int) -> Tokens:
    """The part of a prompt that is a voice's own, the same for every text."""
    parts = [_text(tokenizer.control(INTERLEAVE), codebooks)]
    for reference in references:
        parts.append(_text([*tokenizer.control(SPEAKER), *tokenizer.encode(reference.text)], codebooks))
        parts.append(frame_tokens(reference.codes, tokenizer.vocabulary.semantic_begin))
        parts.append(_text(tokenizer.control(END), codebooks))
    return np.concatenate(parts, axis=1)


def text_tokens(tokenizer: Tokenizer, text: str, codebooks: int) -> Tokens:
    """The part that is the text's."""
    return _text([*tokenizer.control(SPEAKER), *tokenizer.encode(text)], codebooks)


def frame_tokens(codes: Codes, semantic_begin: int) -> Tokens:
    """Frames as the slow transformer reads them."""
    return np.concatenate([codes[:, :1].T + semantic_begin, codes.T]).astype(np.int64)


def _text(ids: Sequence[int], codebooks: int) -> Tokens:
    tokens = np.zeros((1 + codebooks, len(ids)), np.int64)
    tokens[0] = ids
    return tokens
