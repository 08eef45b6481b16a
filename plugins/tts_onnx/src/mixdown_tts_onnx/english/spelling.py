"""What is said letter by letter, sign by sign or digit by digit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mixdown_tts_onnx.english.phones import Phones, written

_LETTERS: Mapping[str, Phones] = {
    letter: written(phones)
    for letter, phones in {
        "a": "ey1", "b": "b iy1", "c": "s iy1", "d": "d iy1", "e": "iy1", "f": "eh1 f", "g": "jh iy1", "h": "ey1 ch", "i": "ay1",
        "j": "jh ey1", "k": "k ey1", "l": "eh1 l", "m": "eh1 m", "n": "eh1 n", "o": "ow1", "p": "p iy1", "q": "k y uw1",
        "r": "aa1 r", "s": "eh1 s", "t": "t iy1", "u": "y uw1", "v": "v iy1", "w": "d ah1 b ax0 l y uw0", "x": "eh1 k s",
        "y": "w ay1", "z": "z iy1",
    }.items()
}  # fmt: skip
SIGNS: Mapping[str, str] = {
    "&": "and", "@": "at", "%": "percent", "+": "plus", "=": "equals", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen",
    "°": "degrees", "×": "times", "÷": "divided by", "<": "less than", ">": "greater than", "#": "number", "*": "asterisk",
    "^": "caret", "~": "tilde", "§": "section", "©": "copyright", "®": "registered", "™": "trademark", "±": "plus or minus",
    "√": "root", "∞": "infinity", "≈": "about", "≠": "is not", "≤": "at most", "≥": "at least", "→": "to", "µ": "micro",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "θ": "theta", "λ": "lambda", "μ": "mu", "π": "pi",
    "σ": "sigma", "φ": "phi", "ψ": "psi", "ω": "omega", "Δ": "delta", "Σ": "sigma", "Ω": "omega",
}  # fmt: skip
"""Words for what stands alone; other signs are passed over."""

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand"), (100, "hundred"))
LONGEST_NUMBER = 12
"""Digits; longer ones are read digit by digit."""


def letter(name: str) -> Phones:
    """How a letter of the English alphabet is called, in either case."""
    return _LETTERS[name.lower()]


def number(digits: str) -> Iterator[str]:
    """The words of ``1,250.5``; a text that the front end for texts read has none."""
    whole, _, decimals = digits.replace(",", "").partition(".")
    if "." in decimals or len(whole) > LONGEST_NUMBER or (len(whole) > 1 and whole[0] == "0"):
        yield from (_UNITS[int(digit)] for digit in digits if digit.isdigit())
        return
    yield from _cardinal(int(whole))
    if decimals:
        yield "point"
        yield from (_UNITS[int(digit)] for digit in decimals)


def _cardinal(value: int) -> Iterator[str]:
    for size, name in _SCALES:
        if value >= size:
            yield from (*_cardinal(value // size), name)
            value %= size
            if not value:
                return
    if value < len(_UNITS):
        yield _UNITS[value]
        return
    yield _TENS[value // 10 - 2]
    if value % 10:
        yield _UNITS[value % 10]
