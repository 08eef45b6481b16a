"""The symbols that Kokoro reads, and how a phoneme string becomes their numbers.

Source: ``config.json`` of hexgrad/Kokoro-82M (Apache-2.0), v1.0. An export that carries its own configuration (v1.1 in
the graph's metadata, others in a ``config.json`` or ``tokenizer.json`` beside it) is read by that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mixdown_tts_onnx.errors import EngineError

RATE = 24_000
LIMIT = 510
"""Symbols in one pass; the two zeros around them fill the context of 512."""
FRAME = 600
"""Samples in one frame of the duration output."""
STYLE = 256

_NUMBERED = {
    1: ';:,.!?', 9: '—…"()“” \u0303ʣʥʦʨᵝ\uab67AI', 31: "O", 33: "Q", 35: "ST", 39: "W", 41: "Yᵊabcdef", 50: "hijklmnopqrstuvwxyzɑɐɒæ",
    75: "βɔɕç", 80: "ɖðʤə", 85: "ɚɛɜ", 90: "ɟ", 92: "ɡ", 99: "ɥ", 101: "ɨɪʝ", 110: "ɯɰŋɳɲɴø", 118: "ɸθœ", 123: "ɹ", 125: "ɾɻ",
    128: "ʁɽʂʃʈʧ", 135: "ʊʋ", 138: "ʌɣɤ", 142: "χʎ", 147: "ʒʔ", 156: "ˈˌː", 162: "ʰ", 164: "ʲ", 169: "↓", 171: "→↗↘", 177: "ᵻ",
}  # fmt: skip
VOCABULARY: Mapping[str, int] = {
    symbol: first + offset for first, symbols in _NUMBERED.items() for offset, symbol in enumerate(symbols)
}
METADATA = "kokoro_config"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the model reads of a phoneme string. ``places`` are the symbols' offsets in that string."""

    symbols: str
    ids: tuple[int, ...]
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)


def tokenize(phonemes: str, vocabulary: Mapping[str, int]) -> Tokens:
    """Symbols that the vocabulary lacks are left out, and so are spaces at the ends and beside others."""
    places: list[int] = []
    for place, symbol in enumerate(phonemes):
        if symbol in vocabulary and not (symbol == " " and (not places or phonemes[places[-1]] == " ")):
            places.append(place)
    if places and phonemes[places[-1]] == " ":
        places.pop()
    symbols = "".join(phonemes[place] for place in places)
    return Tokens(symbols, tuple(vocabulary[symbol] for symbol in symbols), tuple(places))


def read_vocabulary(metadata: Mapping[str, str], directory: Path) -> Mapping[str, int]:
    """The graph's own vocabulary, else that of a file beside it, else version 1.0's.

    Raises `EngineError` (``corrupt_model``) for a configuration that holds none.
    """
    if METADATA in metadata:
        return _vocabulary(metadata[METADATA], "the graph's metadata")
    for file in vocabulary_files(directory):
        if found := _vocabulary(file.read_text("utf-8", "replace"), file.name):
            return found
    return VOCABULARY


def vocabulary_files(directory: Path) -> list[Path]:
    """Those that are there: hexgrad's configuration, and the tokenizer of onnx-community."""
    files = (directory / "config.json", directory / "tokenizer.json")
    return [file for file in files if file.is_file()]


def _vocabulary(config: str, name: str) -> Mapping[str, int]:
    """Members ``vocab`` or ``model.vocab``; none if there is neither. Zero is what stands around a text."""
    try:
        members = json.loads(config)
        vocabulary = members.get("vocab") or (members.get("model") or {}).get("vocab") or {}
        return {str(symbol): int(number) for symbol, number in vocabulary.items() if int(number)}
    except (ValueError, TypeError, AttributeError) as error:
        message = f"The vocabulary in {name} cannot be read."
        raise EngineError("corrupt_model", message, hint="Pull the model again.") from error
