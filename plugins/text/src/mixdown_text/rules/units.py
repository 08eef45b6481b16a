"""Measures: an amount and its unit."""

from __future__ import annotations

import re

from mixdown_text.rules.amounts import AMOUNT, is_attributive, read_amount
from mixdown_text.rules.rule import PLACE, STANDS_ALONE, PatternRule, after, before, ends_sentence, words_of
from mixdown_text.rules.unit_names import PER, PER_NAMES, POWERS, UNITS

_UNIT = "|".join(map(re.escape, sorted(UNITS, key=len, reverse=True)))
_HEMISPHERES = {"N": "north", "S": "south", "E": "east", "W": "west"}
_DECADE = re.compile(r"\b(?:the|early|mid|late|his|her|their|my|your|our|in)[\s-]$", re.IGNORECASE)
_MODEL = re.compile(r"[A-Za-z0-9][-–]$")
"""What stands in front of a model's number (``F-16s``) or of a second decade (``1920s-30s``)."""
_COUNTED = re.compile(
    r"\s(?:people|users|views|subscribers|followers|downloads|customers|jobs|copies|records|households|units|sales|viewers|"
    r"readers|voters|homes|cars|shares|players|visitors|streams|members|tonnes|tons|barrels|dollars|euros|pounds)\b"
)


_BUSINESS = re.compile(
    r"\s(?:deal|contract|bid|fine|loan|budget|investment|fund|lawsuit|mortgage|salary|takeover|settlement|grant|prize)s?\b"
)
_PLURAL = re.compile(r"\s(?P<noun>[a-z]{2,}s)\b")
_LONG_THINGS = words_of(
    "as across always besides has is its less perhaps plus this thus towards versus was waves walls fences poles ropes lengths "
    "cables strips sections intervals drops jumps seas swells tiles planks boards panels rods trees sticks pieces gaps doors "
    "ceilings tall"
)
"""Words that do not count, and things whose size is given in meters."""
_POUNDS = re.compile(r"\s?[0-9]{1,2}\s?lbs?\b")


class Units(PatternRule):
    """``60 km/h`` sixty kilometers per hour · ``−5 °C`` minus five degrees Celsius · ``3½ lb`` three and a half pounds ·
    ``20 m²`` twenty square meters · ``a 5-km run`` a five kilometer run"""

    name = "units"
    trigger = re.compile("[0-9½¼¾⅓⅔⅛]")
    pattern = re.compile(
        rf"{STANDS_ALONE}(?<!\$)(?P<amount>{AMOUNT})(?P<size>\s(?:thousand|million|billion|trillion))?+"
        rf"(?P<gap>[\s-]?)(?:(?P<unit>{_UNIT})(?P<power>[²³]|(?<=m)[23](?![0-9]))?+"
        rf"(?:\s?/\s?(?P<per>{PER})(?:/(?P<again>{PER}))?+)?+|(?P<letter>[FC]))(?P<dot>\.(?=\s[a-z0-9(]"
        rf"|[,;:)]))?+(?![\w&]|\.[A-Za-z0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        unit = match["unit"] or f"°{match['letter']}"
        if not self._is_unit(match, unit):
            return None
        amount = read_amount(match["amount"], self.figures)
        one, many = UNITS[unit]
        is_singular = (
            (amount.is_one and not match["size"]) or is_attributive(match) or self._is_hyphenated(match)
        )
        name = one if is_singular else many
        if match["power"]:
            name = f"{POWERS[match['power']]} {name}"
        per = "".join(f" per {PER_NAMES[each]}" for each in (match["per"], match["again"]) if each)
        stop = "." if unit == "in." and ends_sentence(match) else ""
        return f"{amount.words}{match['size'] or ''} {name}{per}{stop}"

    def _is_hyphenated(self, match: re.Match[str]) -> bool:
        return match["gap"] == "-"

    def _is_unit(self, match: re.Match[str], unit: str) -> bool:
        """Short symbols are also other things: ``5 C``, ``the 90s``, ``5m users``, ``A4 pt``."""
        if match["letter"]:
            return (
                not match["gap"] and len(match["amount"].lstrip("-−")) > 1 and not PLACE.search(before(match))
            )
        if unit == "°":
            return not match["gap"]
        if unit == "s" and not match["gap"]:
            is_decade = match["amount"].endswith("0") and _DECADE.search(before(match))
            return not is_decade and len(match["amount"]) != 4 and not _MODEL.search(before(match))
        if unit == "m" and not match["gap"]:
            return not (_COUNTED.match(after(match)) or self._is_million(match))
        if unit == "st":
            # "21st" is an ordinal, "13st" and "11st 4lb" are not.
            is_ordinal = match["amount"].endswith("1") and not match["amount"].endswith("11")
            return bool(_POUNDS.match(after(match))) or not (match["gap"] or is_ordinal)
        if unit == "K":
            return match["gap"] == " "
        if match["gap"] == "-":
            return len(unit) > 1 or bool(re.match(r"\s[a-z]", after(match)))
        return True

    def _is_million(self, match: re.Match[str]) -> bool:
        """``1.5m tickets``, ``a 2m deal``: nobody measures things that are counted, nor business."""
        if _BUSINESS.match(after(match)):
            return True
        noun = _PLURAL.match(after(match))
        return bool("." in match["amount"] and noun and noun["noun"] not in _LONG_THINGS)


class Durations(PatternRule):
    """``1h 20m`` one hour twenty minutes · ``2m 30s`` two minutes thirty seconds"""

    name = "units"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?:(?P<hours>[0-9]{{1,4}})\s?hr?s?\.?\s?(?P<minutes>[0-5]?[0-9])\s?m(?:ins?)?(?:\s?"
        rf"(?P<seconds>[0-5]?[0-9])\s?s)?+"
        rf"|(?P<few>[0-9]{{1,3}})\s?m\s?(?P<rest>[0-5]?[0-9])\s?s)(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        parts = (
            (match["hours"], "hour"),
            (match["minutes"] or match["few"], "minute"),
            (match["seconds"] or match["rest"], "second"),
        )
        said = ((self.figures.number(digits), name) for digits, name in parts if digits)
        return " ".join(f"{words} {name}{'' if words == 'one' else 's'}" for words, name in said)


class Coordinates(PatternRule):
    """``40°26′46″ N`` forty degrees twenty-six minutes forty-six seconds north"""

    name = "units"
    trigger = re.compile("°")
    pattern = re.compile(
        r"(?<![\w.])(?P<degrees>[0-9]{1,3}(?:\.[0-9]{1,8})?)\s?°\s?(?:(?P<minutes>[0-5]?[0-9]"
        r"(?:\.[0-9]{1,6})?)\s?['′’]\s?"
        r"(?:(?P<seconds>[0-5]?[0-9](?:\.[0-9]{1,6})?)\s?(?:[\"″”]|'')\s?)?)?(?P<point>[NSEW])?(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if not match["minutes"] and not match["point"]:
            return None
        parts = [
            f"{self.figures.number(match[part])} {part if match[part] != '1' else part[:-1]}"
            for part in ("degrees", "minutes", "seconds")
            if match[part]
        ]
        return " ".join([*parts, *filter(None, [_HEMISPHERES.get(match["point"] or "")])])
