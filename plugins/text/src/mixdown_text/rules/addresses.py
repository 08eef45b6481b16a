"""Streets, house numbers and ZIP codes."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule, after, before, ends_sentence

_STREETS = {
    "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive", "Ln": "Lane", "Ct": "Court",
    "Pl": "Place", "Pkwy": "Parkway", "Hwy": "Highway", "Sq": "Square", "Ter": "Terrace", "Cir": "Circle",
}  # fmt: skip
_POINTS = {
    "N": "North", "S": "South", "E": "East", "W": "West", "NW": "Northwest", "NE": "Northeast", "SW": "Southwest",
    "SE": "Southeast",
}  # fmt: skip
_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "D C",
}  # fmt: skip
_SUFFIX = "|".join((*_STREETS, *_STREETS.values(), "Way", "Row", "Broadway", "Crescent", "Close"))
_POINT = r"(?:[NSEW]|[NS][EW])\.?"
_NAMES = r"(?:[A-Z][a-z]{1,20}|[0-9]{1,3}(?:st|nd|rd|th))"
_STREET = (
    rf"(?:{_POINT}\s|(?:North|South|East|West)\s)?{_NAMES}(?:\s[A-Z][a-z]{{1,20}}){{0,2}}?\s(?:{_SUFFIX})\b"
)


class HouseNumbers(PatternRule):
    """``1600 Pennsylvania Ave`` sixteen hundred Pennsylvania Avenue · ``221B Baker Street`` two twenty-one B"""

    name = "addresses"
    pattern = re.compile(
        rf"(?<![\w.,:/$€£#-])(?P<number>[1-9][0-9]{{0,4}})(?P<letter>[A-Z]?)(?=\s{_STREET}|\sBroadway\b)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        number, letter = self.figures.pairs(match["number"]), match["letter"]
        return f"{number} {letter}" if letter else number


class Streets(PatternRule):
    """``Main St.`` Main Street · ``5th Ave NW`` Fifth Avenue Northwest"""

    name = "addresses"
    trigger = re.compile(r"[A-Z]")
    pattern = re.compile(
        rf"(?<=[\w])\s(?P<street>{'|'.join(_STREETS)})\b(?P<dot>\.?)(?:\s(?P<point>{_POINT})(?!\w))?+"
        rf"|(?<![\w.])(?P<before>{_POINT})(?=\s{_NAMES}(?:\s[A-Z][a-z]{{1,20}})?\s(?:{_SUFFIX})\b)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["before"]:
            return (
                _POINTS[match["before"].rstrip(".")]
                if re.search(r"[0-9]\s$", before(match)) or after(match)[1:2].isdigit()
                else None
            )
        name = re.search(rf"(?P<name>{_NAMES})$", before(match))
        if name is None or (match["street"] in ("St", "Dr") and not self._is_street(match, name)):
            return None
        spoken = f" {_STREETS[match['street']]}"
        point = match["point"] or ""
        if point:
            spoken += f" {_POINTS[point.rstrip('.')]}"
        dotted = (point or match["dot"]).endswith(".")
        return f"{spoken}." if dotted and ends_sentence(match) else spoken

    def _is_street(self, match: re.Match[str], name: re.Match[str]) -> bool:
        """ "St. Paul" and "Dr. Smith" are people; what begins a sentence in front of them is no street's name."""
        if not re.match(r"\s[A-Z][a-z]", after(match)):
            return True
        return bool(
            re.search(r"[0-9][A-Z]?\s(?:[A-Z][a-z]*\.?\s){0,2}$|[a-z0-9,]\s$", before(match)[: -len(name[0])])
        )


class ZipCodes(PatternRule):
    """``IL 62704`` Illinois six two seven zero four"""

    name = "addresses"
    pattern = re.compile(
        rf"(?<!\w)(?P<state>{'|'.join(_STATES)})\s(?P<zip>[0-9]{{5}})(?P<more>-[0-9]{{4}})?+(?![\w-])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        words = f"{_STATES[match['state']]} {self.figures.spelt(match['zip'])}"
        return f"{words}, {self.figures.spelt(match['more'])}" if match["more"] else words
