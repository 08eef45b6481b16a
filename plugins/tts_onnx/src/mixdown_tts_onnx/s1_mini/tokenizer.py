"""Text to token ids, and the ids of the tokens that mean sound.

Source: fish-speech d3df505, ``fish_speech/tokenizer.py``: a byte-pair encoding (``tokenizer.tiktoken``) whose special
tokens (``special_tokens.json``) follow in the order of the file.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint

RANKS_FILE = "tokenizer.tiktoken"
SPECIAL_FILE = "special_tokens.json"
INTERLEAVE = "<|interleave|>"
END = "<|im_end|>"
SPEAKER = "<|speaker:0|>"
PATTERN = "|".join(
    [
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)",
        r"\p{P}",
        r"[^\r\n\p{L}\p{N}]?\p{L}+",
        r"\p{N}",
        r" ?[^\s\p{L}\p{N}]+[\r\n]*",
        r"\s*[\r\n]+",
        r"\s+(\?!\S)",
        r"\s+",
    ]
)
"""How text is parted before the encoding; the model was trained on this, its slips included."""
_SEMANTIC = re.compile(r"<\|semantic:(\d+)\|>")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ids that the graphs know: codes of the first codebook from ``semantic_begin`` to ``semantic_end``, both
    included, and the ``end`` of a speech."""

    semantic_begin: int
    semantic_end: int
    end: int


class Tokenizer:
    """A checkpoint's tokens."""

    def __init__(self, ranks: Mapping[bytes, int], special: Mapping[str, int], codes: int) -> None:
        """``codes`` is the size of the first codebook. `EngineError` ``bad_checkpoint`` where its tokens are not
        there or not in a row."""
        import tiktoken

        self.vocabulary = _vocabulary(special, codes)
        self._special = dict(special)
        self._encoding = tiktoken.Encoding(
            "s1-mini", pat_str=PATTERN, mergeable_ranks=dict(ranks), special_tokens=self._special
        )

    @classmethod
    def read(cls, directory: Path, codes: int) -> Tokenizer:
        """The tokenizer of a checkpoint's or a converted model's directory."""
        ranks = _read_ranks(directory)
        special = _read(directory, SPECIAL_FILE, json.loads)
        if not isinstance(special, dict | list) or not all(isinstance(token, str) for token in special):
            raise bad_checkpoint(f"{SPECIAL_FILE} holds no tokens")
        return cls(ranks, {token: len(ranks) + index for index, token in enumerate(special)}, codes)

    def encode(self, text: str) -> list[int]:
        """A text's ids. It is text through and through: a special token that is written in it is spelt, not obeyed."""
        return self._encoding.encode_ordinary(text)

    def control(self, token: str) -> list[int]:
        """The ids of a token of the prompt's own; one that the vocabulary lacks is spelt, as in the reference."""
        known = self._special.get(token)
        return [known] if known is not None else self.encode(token)


def _vocabulary(special: Mapping[str, int], codes: int) -> Vocabulary:
    semantic = {
        int(match[1]): index for token, index in special.items() if (match := _SEMANTIC.fullmatch(token))
    }
    begin = semantic.get(0)
    if begin is None or any(semantic.get(code) != begin + code for code in range(codes)):
        raise bad_checkpoint(
            f"{SPECIAL_FILE} lacks some of the {codes} semantic tokens, or they are not in a row"
        )
    if END not in special:
        raise bad_checkpoint(f"{SPECIAL_FILE} lacks {END}")
    return Vocabulary(begin, begin + codes - 1, special[END])


def _read_ranks(directory: Path) -> dict[bytes, int]:
    def parse(text: str) -> dict[bytes, int]:
        pairs = (line.split() for line in text.splitlines() if line)
        # "=" stands for the empty token, which is never made.
        return {base64.b64decode(token): int(rank) for token, rank in pairs if token != "="}  # noqa: S105

    ranks: dict[bytes, int] = _read(directory, RANKS_FILE, parse)
    return ranks


def _read(directory: Path, name: str, parse: Any) -> Any:
    try:
        return parse((directory / name).read_text("utf-8"))
    except FileNotFoundError:
        raise bad_checkpoint(f"there is no {name}") from None
    except (OSError, ValueError, binascii.Error) as error:
        raise bad_checkpoint(f"{name} cannot be read ({type(error).__name__})") from None
