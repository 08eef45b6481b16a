"""The International Phonetic Alphabet (chart of 2020): what is written in it, and where it is not."""

from __future__ import annotations

import unicodedata

MAX_IPA = 300
LETTERS = frozenset(
    "pbtdʈɖcɟkɡqɢʔʡmɱnɳɲŋɴʙrʀⱱɾɽɺɸβfvθðszʃʒʂʐɕʑçʝxɣχʁħʕʜʢhɦɧɬɮʋɹɻjɰɥwʍlɭʎʟɫɓɗʄɠʛʘǀǃǂǁ"
    "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝᵻᵿ"
)
MODIFIERS = frozenset("ʰʱʷʲˠˤⁿˡʼ˞ːˑᵊ")
MARKS = frozenset(
    map(chr, (*range(0x300, 0x305), *range(0x306, 0x309), 0x30A, 0x30B, 0x30C, 0x30F, 0x318, 0x319, 0x31A, 0x31C, 0x31D,
              0x31E, 0x31F, 0x320, 0x324, 0x325, 0x327, 0x329, 0x32A, 0x32C, 0x32F, 0x330, 0x334, 0x339, 0x33A, 0x33B,
              0x33C, 0x33D, 0x35C, 0x361, 0x1DC4, 0x1DC5, 0x1DC8))
)  # fmt: skip
"""Combining: voicing, place, nasality, tone, tie bars."""
PROSODY = frozenset("ˈˌ.|‖‿˥˦˧˨˩↗↘ꜛꜜ ")
USUAL = {"g": "ɡ", "'": "ˈ", ":": "ː", "ε": "ɛ", "ǝ": "ə", "-": ".", "\u00a0": " "} | {
    "ʤ": "dʒ", "ʧ": "tʃ", "ʦ": "ts", "ʣ": "dz", "ʨ": "tɕ", "ʥ": "dʑ",
}  # fmt: skip
"""What is written for a symbol where keyboards lack it, and the ligatures that the IPA has withdrawn."""


class BadIpa(ValueError):
    """``symbol`` at ``position`` (code points, from 0) is no IPA there."""

    def __init__(self, message: str, symbol: str, position: int) -> None:
        super().__init__(message)
        self.symbol = symbol
        self.position = position


def read_ipa(written: str) -> str:
    """Decomposed (but for ç), with one space between words and the usual stand-ins replaced. Raises `BadIpa`."""
    found: list[str] = []
    for position, character in enumerate(written):
        for symbol in unicodedata.normalize("NFD", character):
            symbol = USUAL.get(symbol, symbol)
            if symbol[0] not in LETTERS | MODIFIERS | MARKS | PROSODY:
                named = unicodedata.name(character, f"U+{ord(character):04X}").lower()
                raise BadIpa(f"{character!r} ({named}) is no symbol of the IPA.", character, position)
            if symbol in MARKS and (not found or found[-1] in PROSODY):
                raise BadIpa("A combining mark stands on no letter.", character, position)
            found.append(symbol)
    ipa = " ".join("".join(found).replace("c\u0327", "ç").split())
    if not LETTERS & set(ipa):
        raise BadIpa("The IPA holds no sound.", written[:1], 0)
    if len(ipa) > MAX_IPA:
        raise BadIpa(f"The IPA is longer than {MAX_IPA} symbols.", written[MAX_IPA : MAX_IPA + 1], MAX_IPA)
    return ipa
