"""Digits and letters that name something and count nothing."""

from __future__ import annotations

import re

from mixdown_text.rules.figures import plural
from mixdown_text.rules.rule import DIGIT, PatternRule, before

_ADDRESS = (
    r"(?P<address>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::(?P<port>[0-9]{1,5})|/(?P<mask>[0-9]{1,2}))?)(?!\.?[0-9])"
)
_VERSION = (
    r"(?P<version>[vV][0-9]{1,6}(?:\.[0-9]{1,6}){0,5}|[0-9]{1,6}(?:\.[0-9]{1,6}){2,5})(?P<x>\.x)?(?!\.?[0-9])"
)
_SERIAL = r"(?P<serial>0[0-9]{1,17})(?![.,:/]?[0-9])"
_GROUPS = r"(?P<groups>[0-9]{1,10}(?:-[0-9]{1,10}){2,8}(?:-[0-9Xx])?|[0-9]{5}-[0-9]{4}|[0-9]{4}(?: [0-9]{4}){3})(?![-–.,:/]?[0-9])"
_SPACED = r"(?P<spaced>[1-9][0-9]{0,2}(?:(?: [0-9]{3}){2,5}|(?:[\u00a0\u202f\u2009][0-9]{3}){1,5}|(?:\.[0-9]{3}){2,5}|(?:['’][0-9]{3}){1,5}))(?![-.,:/ ]?[0-9])"
_LIST = r"(?P<list>[0-9]{1,4}(?:,[0-9]{1,2}){2,20}|[0-9]{1,4}(?:/[0-9]{1,4}){2,9})(?![.,:/-]?[0-9])"
_DECIMALS = (
    r"(?P<named>(?<=[Vv]ersion\s)[0-9]{1,4}\.[0-9]{1,4}|(?<=[Pp]ython\s)[0-9]\.[0-9]{1,2})(?!\.?[0-9])"
)


_NAME_AHEAD = re.compile(r"(?<!\w)[A-Z]\w{1,20}[- ]$")


class Codes(PatternRule):
    """``192.168.0.1`` one nine two dot one six eight … · ``v2.0`` v two point zero · ``1.2.3`` one point two point three ·
    ``007`` zero zero seven · ``978-3-16-148410-0`` digit by digit ·
    ``1 000 000`` one million · ``1,2,3`` one, two, three"""

    name = "codes"
    pattern = re.compile(
        rf"(?<![\w.,:/+])(?<![\w][-(])(?:{_SPACED}|{_LIST}|{_GROUPS}|{_ADDRESS}|{_VERSION}|{_DECIMALS}"
        rf"|{_SERIAL})(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["spaced"]:
            return self.figures.number(re.sub("[^0-9]", "", match["spaced"]))
        if match["list"]:
            return ", ".join(map(self._part, re.findall("[0-9]+", match["list"])))
        if match["groups"]:
            return self._groups(re.findall(r"[0-9]+|[Xx]", match["groups"]))
        if match["address"]:
            return self._address(match)
        if match["version"] or match["named"]:
            written = match["version"] or match["named"]
            letter = "v " if written[0] in "vV" else ""
            parts = re.findall("[0-9]+", written) + (["x"] if match["x"] else [])
            return letter + " point ".join("X" if part == "x" else self._part(part) for part in parts)
        return self.figures.spelt(match["serial"])

    def _part(self, digits: str) -> str:
        return (
            self.figures.spelt(digits)
            if digits.startswith("0") and digits != "0"
            else self.figures.number(digits)
        )

    def _groups(self, groups: list[str]) -> str:
        if all(len(group) <= 2 and not group.startswith("0") for group in groups):
            return " ".join(map(self.figures.number, groups))
        return ", ".join(group.upper() if group in "Xx" else self.figures.spelt(group) for group in groups)

    def _address(self, match: re.Match[str]) -> str:
        numbers = re.split("[:/]", match["address"])[0].split(".")
        words = " dot ".join(map(self.figures.spelt, numbers))
        if match["port"]:
            return f"{words} colon {self.figures.spelt(match['port'])}"
        return f"{words} slash {self.figures.number(match['mask'])}" if match["mask"] else words


class Designations(PatternRule):
    """``Flight 447`` Flight four forty-seven · ``Room 101`` Room one oh one · ``Boeing 747`` · ``F-150`` F-one fifty"""

    name = "codes"
    pattern = re.compile(
        r"(?P<noun>(?<!\w)(?:[Rr]oute|[Ff]light|Boeing|Airbus|[Ss]uite|[Rr]oom|[Hh]ighway|Interstate|[Bb]us"
        r"|Apt\.?|Unit))"
        r"(?P<gap>\s)(?P<number>[1-9][0-9]{2,3})(?![\w%]|[.,:/-][0-9])|(?<=\b[A-Z]-)(?P<model>[1-9][0-9]{2})"
        r"(?![\w%]|[.,:/-][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["model"]:
            return self.figures.pairs(match["model"])
        return f"{match['noun']}{match['gap']}{self.figures.pairs(match['number'])}"


class Models(PatternRule):
    """``F-16s`` F-sixteens · ``747s`` seven forty-sevens: several of one model, which are no seconds ·
    ``1080p`` ten eighty p · ``Llama-3-8B`` three eight B · ``INV-2024-0031`` twenty twenty-four, zero zero three one ·
    ``FY2024/25``"""

    name = "codes"
    trigger = DIGIT
    pattern = re.compile(
        r"(?:(?<=\b[A-Z]-)|(?<=\b[A-Z]{2}-))(?P<number>[1-9][0-9]{0,2})s(?!\w)"
        r"|(?<![\w.,:/$€£-])(?P<airliner>7[0-9]7)(?:-(?P<version>[1-9]00))?s(?!\w)"
        r"|(?<![\w.,:/$€£-])(?P<lines>[1-9][0-9]{2,3})p(?!\w)"
        r"|(?<![\w.,])(?P<generation>[0-9](?:\.[0-9]{1,2})?)-(?P<size>[0-9]{1,4}(?:\.[0-9])?)(?P<letter>[BM])(?!\w)"
        r"|(?<=[A-Z]{2}-)(?P<serial>[0-9]{1,8}(?:-[0-9]{1,8}){0,3})(?![\w-]|[.,:/][0-9])"
        r"|(?<!\w)FY\s?(?P<fiscal>20[0-9]{2})[/–-](?P<fiscal_end>[0-9]{2})(?!\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["lines"]:
            return None if "£" in before(match) else f"{self.figures.pairs(match['lines'])} p"
        if match["generation"]:
            return self._size(match)
        if match["serial"]:
            return self._serial(match["serial"].split("-"))
        if match["fiscal"]:
            first, last = match["fiscal"], match["fiscal"][:2] + match["fiscal_end"]
            return f"F Y {self.figures.year(first)} to {self.figures.year(last)}" if first < last else None
        version = f" {self.figures.pairs(match['version'])}" if match["version"] else ""
        return plural(self.figures.pairs(match["number"] or match["airliner"]) + version)

    def _size(self, match: re.Match[str]) -> str | None:
        """Behind a name it is a model; elsewhere a range: ``3-4B``."""
        if not _NAME_AHEAD.search(before(match)):
            return None
        numbers = (self.figures.number(match[part]) for part in ("generation", "size"))
        return " ".join([*numbers, match["letter"]])

    def _serial(self, groups: list[str]) -> str | None:
        if not any(len(group) > 1 and group.startswith("0") for group in groups):
            return None
        return ", ".join(
            self.figures.year(group)
            if len(group) == 4 and group[:2] in ("19", "20")
            else self.figures.spelt(group)
            for group in groups
        )


class Alphanumerics(PatternRule):
    """``B2B`` B two B · ``H2O`` H two O · ``mp3`` M P three · ``4K`` four K · ``A380`` A three eighty · ``FY2026``"""

    name = "codes"
    pattern = re.compile(
        r"(?<![\w.,@#$€£])(?P<code>(?=[0-9]{0,11}[A-Z])(?=[A-Z]{0,11}[0-9])[A-Z0-9]{2,12}|mp[34]|x86|h26[45]"
        r"|i[3579])(?P<plural>s?)"
        r"(?!\w|[.@/]\w)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        pieces = re.findall(r"[0-9]+|[A-Z]+", match["code"].upper())
        is_long = len(match["code"]) > 6 and len(pieces) > 2
        words = [self._piece(piece, is_long=is_long) for piece in pieces]
        plural = "'s" if match["plural"] and pieces[-1].isalpha() else match["plural"]
        return " ".join(words) + plural

    def _piece(self, piece: str, *, is_long: bool) -> str:
        if piece.isalpha():
            is_word = len(piece) > 3 and re.search("[AEIOU]", piece)
            return piece if is_word else " ".join(piece)
        if not is_long and len(piece) == 4 and piece[:2] in ("19", "20"):
            return self.figures.year(piece)
        if is_long or len(piece) > 3:
            return self.figures.spelt(piece)
        return self.figures.pairs(piece)
