"""Feet and inches, and what measures so much by so much."""

from __future__ import annotations

import re

from mixdown_text.rules.amounts import QUANTITY, is_attributive, read_amount
from mixdown_text.rules.rule import STANDS_ALONE, PatternRule, after, before, ends_sentence
from mixdown_text.rules.unit_names import UNITS

_FOOT = r"['′’]"
_INCH = r"(?:[\"″”]|''|’’)"
_LENGTH = "|".join(re.escape(unit) for unit in ("cm", "mm", "km", "m", "ft", "in.", "in", "yd", "px", "mi"))


class FeetAndInches(PatternRule):
    """``6'2"`` six feet two inches · ``a 12" pizza`` a twelve inch pizza · ``5′`` five feet"""

    name = "lengths"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?<!['‘$€£])(?:(?P<feet>[0-9]{{1,3}})(?:{_FOOT}\s?-?|\s?ft\.?\s)(?P<inches>1[01]"
        rf"|[0-9])"
        rf"(?P<half>\s?½)?(?:{_INCH}|\s?in(?:\.|\b)|(?!\w|[.,:][0-9]))"
        rf"|(?P<only_feet>[0-9]{{1,3}}){_FOOT}(?![\w'])|(?P<only_inches>{QUANTITY}){_INCH})(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["feet"]:
            singular = is_attributive(match)
            feet = f"{self.figures.number(match['feet'])} {'foot' if singular or match['feet'] == '1' else 'feet'}"
            inches = (
                self.figures.mixed(match["inches"], "1", "2")
                if match["half"]
                else self.figures.number(match["inches"])
            )
            name = "inch" if inches == "one" else "inches"
            return f"{feet} {inches}" if singular else f"{feet} {inches} {name}"
        if self._is_quote(match):
            return None
        if match["only_feet"]:
            words, one, many = self.figures.number(match["only_feet"]), "foot", "feet"
            return f"{words} {one if words == 'one' or is_attributive(match) else many}"
        amount = read_amount(match["only_inches"], self.figures)
        return f"{amount.words} {'inch' if amount.is_one or is_attributive(match) else 'inches'}"

    def _is_quote(self, match: re.Match[str]) -> bool:
        """Whether the sign closes a quotation that was opened before."""
        sign = match[0][-1]
        ahead = match.string[max(0, match.start() - 400) : match.start()]
        if sign in "’'":
            return bool(re.search(r"(?:^|[\s(])['‘]\w", ahead)) or bool(re.match(r"\s[0-9]", after(match)))
        opened = ahead.count("“") if sign == "”" else len(re.findall(rf"(?<![0-9]){sign}", ahead))
        return opened % 2 == 1


class Dimensions(PatternRule):
    """``3×4`` three by four · ``1920x1080`` nineteen twenty by ten eighty · ``5 x 3 cm`` · ``3x faster`` three times faster"""

    name = "dimensions"
    pattern = re.compile(
        rf"{STANDS_ALONE}(?<![$€£])(?P<first>{QUANTITY})(?P<mark>\s?(?:cm|mm|m|ft|in\.?|{_FOOT}|{_INCH})?)"
        rf"(?P<times>\s?[x×]\s?)"
        rf"(?P<second>{QUANTITY})(?P<third>\s?[x×]\s?{QUANTITY})?"
        rf"(?:(?P<foot>{_FOOT}|{_INCH})|(?P<gap>[\s-]?)(?P<unit>{_LENGTH})(?!\w)\.?)?+(?![\w^⁰¹²³⁴-⁹])"
        rf"(?!\s?[=×+])"
        rf"|{STANDS_ALONE}(?P<packs>[0-9]{{1,3}})\s[x×]\s(?=[0-9.]{{1,6}}\s?(?:ml|mL|cl|l|L|g|kg|mg|oz|lb|k?W|[GTM]B)\b)"
        rf"|{STANDS_ALONE}(?P<factor>[0-9]+(?:\.[0-9]+)?(?:[-–][0-9]+)?)\s?[x×](?=[\s.,;:!?)]|$)"
        rf"(?!\s?[=0-9+÷^−]|\s[-−–/]\s[0-9a-z])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["packs"]:
            return f"{self.figures.number(match['packs'])} times "
        if match["factor"]:
            return f"{read_amount(match['factor'], self.figures).words} times"
        if re.search(r"[=+÷×]\s?$", before(match)):
            return None
        third = match["third"].strip(" x×") if match["third"] else None
        sides = [side for side in (match["first"], match["second"], third) if side]
        words = " by ".join(map(self._side, sides))
        unit = (match["unit"] or "").rstrip(".")
        if match["foot"]:
            unit = "ft" if match["foot"] in "'′’" else "in"
        if not unit:
            return words
        one, many = UNITS.get(unit) or UNITS["in."]
        stop = "." if match[0].endswith(".") and ends_sentence(match) else ""
        return f"{words} {one if is_attributive(match) else many}{stop}"

    def _side(self, written: str) -> str:
        if len(written) == 4 and written.isdigit() and not written.endswith("00"):
            return self.figures.pairs(written)
        return read_amount(written, self.figures).words
