"""Days, months and days of the week."""

from __future__ import annotations

import re
from calendar import monthrange

from mixdown_text.rules.figures import Unreadable
from mixdown_text.rules.rule import PatternRule, after, before

_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = {name[:3]: name for name in _NAMES} | {name: name for name in _NAMES} | {"Sept": "September"}
_WEEKDAYS = {name[:3]: name for name in _DAYS} | {
    "Tues": "Tuesday", "Thur": "Thursday", "Thurs": "Thursday", "Weds": "Wednesday",
}  # fmt: skip


def _one_of(names: dict[str, str]) -> str:
    """Longest first, capitalised or in capitals: "may" and "sun" are other words."""
    written = sorted({*names, *map(str.upper, names)}, key=len, reverse=True)
    return f"(?:{'|'.join(written)})"


MONTH = rf"{_one_of(_MONTHS)}(?![A-Za-z])\.?"
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])"
_YEAR = r"[12][0-9]{3}(?![\w:/%]|[.,][0-9]|-[0-9])"
_SUFFIX = r"(?:st|nd|rd|th)?"
_DAY_FIRST = frozenset({"GB", "AU", "NZ", "IE", "IN", "ZA"})
_DETERMINED = re.compile(
    r"\b(?:the|an?|this|that|next|last|every|each|his|her|my|our|your|their|its)\s$", re.IGNORECASE
)

_DATED = re.compile(
    r"\b(?:[Oo]n|[Bb]y|[Uu]ntil|[Tt]hru|[Tt]hrough|[Ss]ince|[Bb]efore|[Aa]fter|[Dd]ue|[Ss]tarting|[Ee]nding"
    r"|[Bb]orn|[Dd]ated?:?|"
    r"(?:Mon|Tue|Tues|Wed|Weds|Thu|Thur|Thurs|Fri|Sat|Sun)[a-z]{0,6}\.?,?)\s$"
)
_OF_SOMETHING = re.compile(r"\s(?:of|cups?|inch|mile|the)\b")


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has it."""
    return 1 <= month <= 12 and 1 <= day <= monthrange(year or 2000, month)[1]


def _month(written: str) -> str:
    return _MONTHS[written.rstrip(".").capitalize()]


class _Dates(PatternRule):
    name = "dates"

    def _date(self, day: str, month: str, year: str | None) -> str:
        number = self.figures.ordinal(day.lstrip("0"))
        spoken = f"the {number} of {month}" if self.region in _DAY_FIRST else f"{month} {number}"
        return f"{spoken}, {self.figures.year(year)}" if year else spoken


class NumericDates(_Dates):
    """``2026-11-20``, ``11/20/2026``, ``20.11.2026`` November twentieth, twenty twenty-six; in en-GB the twentieth of
    November"""

    pattern = re.compile(
        r"(?<![\w/])(?<![0-9][.,-])(?:(?P<year>[12][0-9]{3})(?P<mark>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
        rf"(?P<day>{_DAY})(?:[T ](?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::[0-5][0-9]"
        rf"(?:\.[0-9]{{1,9}})?)?"
        r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?+"
        r"|(?P<first>[0-3]?[0-9])(?P<sign>[-/.])(?P<second>[0-3]?[0-9])(?P=sign)"
        r"(?P<last>[12][0-9]{3}|(?<=/)[0-9]{2}))(?![\w/]|[-.:,][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["year"]:
            month, day, year = match["month"], match["day"], match["year"]
        else:
            month, day, year = match["first"], match["second"], match["last"]
            if (self.region in _DAY_FIRST or match["sign"] == ".") != (int(month) > 12 or int(day) > 12):
                month, day = day, month
            if int(month) > 12:
                month, day = day, month
            year = year if len(year) == 4 else ("19" if int(year) > 50 else "20") + year
        if not is_day(int(year), int(month), int(day)):
            return None
        return self._date(day, _NAMES[int(month) - 1], year) + self._time(match)

    def _time(self, match: re.Match[str]) -> str:
        if not match["hour"]:
            return ""
        clock = (
            self.figures.pairs(match["hour"].lstrip("0") + match["minute"]) if match["hour"] != "00" else ""
        )
        if match["minute"] == "00" and match["hour"] != "00":
            clock = f"{self.figures.number(match['hour'])} hundred"
        clock = clock or f"zero {self.figures.number(match['minute'])}"
        return f", {clock}{self._zone(match['zone'])}"

    def _zone(self, zone: str | None) -> str:
        if not zone:
            return ""
        if zone == "Z":
            return " U T C"
        hours, minutes = self.figures.number(zone[1:3]), zone[-2:]
        rest = "" if minutes == "00" else f" {self.figures.number(minutes)}"
        return f" U T C {self.figures.sign(zone[0])}{hours}{rest}"


class ShortDates(_Dates):
    """``on 3/14`` on March fourteenth · ``12/24–1/2`` December twenty-fourth to January second: elsewhere a fraction"""

    pattern = re.compile(
        rf"(?<![\w.,/$€£-])(?P<first>1[0-2]|0?[1-9]|[0-3]?[0-9])/(?P<second>{_DAY})(?:\s?[-–—]\s?"
        rf"(?P<third>[0-3]?[0-9])/"
        rf"(?P<fourth>{_DAY}))?+(?![\w/]|[.,:-][0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        days = [(match["first"], match["second"])]
        if match["third"]:
            days.append((match["third"], match["fourth"]))
        is_named = _DATED.search(before(match)) and not _OF_SOMETHING.match(after(match))
        is_fraction = all(int(upper) < int(lower) and int(lower) <= 16 for upper, lower in days)
        if not is_named and (is_fraction or len(days) == 1):
            return None
        return " to ".join(self._short(*day) for day in days)

    def _short(self, month: str, day: str) -> str:
        if self.region in _DAY_FIRST:
            month, day = day, month
        if not 1 <= int(month) <= 12 or not 1 <= int(day) <= 31:
            raise Unreadable
        return self._date(day, _NAMES[int(month) - 1], None)


class MonthFirst(_Dates):
    """``Nov. 20th, 2026`` November twentieth, twenty twenty-six · ``May 5–7`` May fifth to seventh · ``Nov 2026``"""

    pattern = re.compile(
        rf"(?<![\w.])(?P<month>{MONTH})(?:\s(?P<day>{_DAY}){_SUFFIX}(?![\w:%]|[.,/][0-9])"
        rf"(?:\s?[-–—]\s?(?P<until>{_DAY}){_SUFFIX}(?![\w:%]|[.,/-][0-9]))?+"
        rf"(?:,?\s(?P<year>{_YEAR}))?+|,?\s(?P<alone>{_YEAR}))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        month = _month(match["month"])
        if match["alone"]:
            return f"{month} {self.figures.year(match['alone'])}"
        spoken = f"{month} {self.figures.ordinal(match['day'].lstrip('0'))}"
        if match["until"]:
            spoken += f" to {self.figures.ordinal(match['until'].lstrip('0'))}"
        return f"{spoken}, {self.figures.year(match['year'])}" if match["year"] else spoken


class DayFirst(_Dates):
    """``20 November 2026`` the twentieth of November, twenty twenty-six · ``the 20th of Nov.`` the twentieth of November"""

    pattern = re.compile(
        rf"(?<![\w.,:/$€£-])(?P<day>{_DAY}){_SUFFIX}(?:\s?[-–—]\s?(?P<until>{_DAY}){_SUFFIX})?+[\s-](?:of\s)?"
        rf"(?P<month>{MONTH})(?:,?[\s-](?P<year>{_YEAR}))?+(?!\s[0-9])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        spoken = self.figures.ordinal(match["day"].lstrip("0"))
        if match["until"]:
            spoken += f" to {self.figures.ordinal(match['until'].lstrip('0'))}"
        if not _DETERMINED.search(before(match)):
            spoken = f"the {spoken}"
        spoken += f" of {_month(match['month'])}"
        if match["year"]:
            return f"{spoken}, {self.figures.year(match['year'])}"
        return f"{spoken}." if match["month"].endswith(".") and not after(match).strip() else spoken


class MonthsAndDays(_Dates):
    """``Mon–Fri`` Monday to Friday · ``Jan-Mar`` January to March · ``Tue, Nov 20`` Tuesday · ``Jan.`` January"""

    trigger = re.compile("[A-Z]")
    pattern = re.compile(
        rf"(?<=[0-9hdt])(?P<to>\s?[-–—]\s?)(?={MONTH}\s[0-9])|(?<![\w.])(?:(?P<day>{_one_of(_WEEKDAYS)})\.?(?P<rest>\s?[-–—]\s?"
        rf"(?P<last_day>{_one_of(_WEEKDAYS)})(?!\w)"
        rf"|(?=[,.]?\s(?:[0-9]|{MONTH}\s[0-9]))|(?=[,:]\s[0-9])|(?<=\.)(?=\s[a-z]))"
        rf"|(?P<month>{_one_of(_MONTHS)})\.?\s?[-–—]\s?(?P<last_month>{_one_of(_MONTHS)})(?!\w)"
        rf"|(?P<short>(?:Jan|Feb|Apr|Aug|Sept?|Oct|Nov|Dec)\.)(?=\s[a-z(]|,|\s*$)|(?<=[a-z]\s)(?P<final>(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)\.)(?=\s*$))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["to"]:
            return " to "
        if match["final"]:
            return f"{_WEEKDAYS[match['final'].rstrip('.')]}."
        if match["short"]:
            return _month(match["short"]) + ("" if after(match).strip() else ".")
        if match["month"]:
            return f"{_month(match['month'])} to {_month(match['last_month'])}"
        day = _WEEKDAYS[match["day"].capitalize()]
        return f"{day} to {_WEEKDAYS[match['last_day'].capitalize()]}" if match["last_day"] else day
