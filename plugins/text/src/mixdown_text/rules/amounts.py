"""How many: what stands in front of a unit, a currency or a percent sign."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mixdown_text.rules.figures import VULGAR, Figures, Unreadable
from mixdown_text.rules.rule import DASH, NUMBER, SIGN, after, before, words_of

_SIGNS = "".join(VULGAR)
_SLASHED = r"[0-9]{1,3}[/⁄][0-9]{1,4}(?![0-9/⁄])"
SCIENTIFIC = (
    rf"(?:{NUMBER}(?:[eE][-+−]?[0-9]{{1,3}}(?!\w)|\s?[×x·]\s?10(?:\^[-−]?[0-9]{{1,3}}|⁻?[⁰¹²³⁴-⁹]{{1,3}})))"
)
QUANTITY = rf"(?:{SCIENTIFIC}|{_SLASHED}|{NUMBER}(?:\s?[{_SIGNS}]|[ -]{_SLASHED})?+|[{_SIGNS}])"
"""``5``, ``1,234.5``, ``½``, ``3½``, ``1 1/2``, ``3/4``, ``3e8``"""
AMOUNT = rf"{SIGN}{QUANTITY}(?:{DASH}{QUANTITY})?+"
"""A quantity with its sign, or a range of two: ``-5``, ``3–4``"""

_AMOUNT = re.compile(rf"(?P<sign>[-−+±]?)(?P<low>{QUANTITY})(?:{DASH}(?P<high>{QUANTITY}))?+")
_SCIENTIFIC = re.compile(
    rf"(?P<coefficient>{NUMBER})(?:[eE]|\s?[×x·]\s?10\^?)(?P<exponent>[-+−⁻]?[0-9⁰¹²³⁴-⁹]+)"
)
_MIXED = re.compile(r"(?P<whole>[0-9.,]*?)[ -]?(?P<upper>[0-9]{1,3})[/⁄](?P<lower>[0-9]{1,4})")
_ARTICLE = re.compile(r"(?:^|[\s(“\"'])(?:an?|another|every|each)\s(?:[a-z-]{1,15}\s)?$", re.IGNORECASE)
_NOUN = re.compile(r"[\s-](?P<noun>[A-Za-z][a-z-]+)")
_NO_NOUNS = words_of(
    "a about above across after ago an and apart are as at away because before behind below between but by can "
    "deep depending during each every extra for from had has he high if in into is it just less long longer more "
    "of off on or out over per she since so tall than that the then they thick through till to under until up via "
    "was we were when where which while who wide will with within without you"
)


@dataclass(frozen=True, slots=True)
class Amount:
    words: str
    is_one: bool
    """Whether a unit after it is in the singular: 1, and parts of one."""


def read_amount(written: str, figures: Figures) -> Amount:
    """An `AMOUNT` in words. Raises `Unreadable`."""
    match = _AMOUNT.fullmatch(written)
    if match is None:
        raise Unreadable
    low = _quantity(match["low"], figures)
    sign = figures.sign(match["sign"])
    if not match["high"]:
        return Amount(sign + low.words, low.is_one)
    return Amount(f"{sign}{low.words} to {_quantity(match['high'], figures).words}", is_one=False)


def _quantity(written: str, figures: Figures) -> Amount:
    if match := _SCIENTIFIC.fullmatch(written):
        return Amount(figures.scientific(match["coefficient"], match["exponent"]), is_one=False)
    plain = "".join(f" {VULGAR[sign]}" if sign in VULGAR else sign for sign in written)
    if "/" not in plain and "⁄" not in plain:
        return Amount(figures.number(written), is_one=written == "1")
    match = _MIXED.fullmatch(plain.strip().replace("  ", " "))
    if match is None:
        raise Unreadable
    if match["whole"]:
        return Amount(figures.mixed(match["whole"], match["upper"], match["lower"]), is_one=False)
    return Amount(
        figures.fraction(match["upper"], match["lower"]), int(match["upper"]) <= int(match["lower"])
    )


def is_attributive(match: re.Match[str]) -> bool:
    """Whether the amount stands in front of a noun, in the singular then: "a 10 km run"."""
    noun = _NOUN.match(after(match))
    return bool(noun and noun["noun"] not in _NO_NOUNS and _ARTICLE.search(before(match)))
