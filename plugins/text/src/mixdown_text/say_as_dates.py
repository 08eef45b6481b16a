"""``<say-as interpret-as="date" format="dmy">``: dates whose order the author names, as a rule of English reads them."""

from __future__ import annotations

import re
from calendar import month_name

from mixdown_text.numbers import NumberReader
from mixdown_text.rules.dates import is_day

FORMATS = {
    "mdy": "mdy", "dmy": "dmy", "ymd": "ymd", "md": "md", "dm": "dm", "ym": "ym", "my": "my", "d": "d", "m": "m",
    "y": "y", "yyyymmdd": "ymd", "ddmmyyyy": "dmy", "mmddyyyy": "mdy",
}  # fmt: skip
"""The names that engines know, and the order of year, month and day in each."""
_PARTS = re.compile(r"[0-9]+")


def written_date(text: str, format_: str, numbers: NumberReader) -> str | None:
    """A date such as "2026-11-20", "November 20" or "November 2026"; None for what is no such date."""
    order = FORMATS[format_]
    values = _PARTS.findall(text)
    if len(values) == 1 and len(order) > 1:
        values = _cut(values[0], order)
    if len(values) != len(order) or len("".join(values)) > 8:
        return None
    found = dict(zip(order, values, strict=True))
    if not is_day(int(found.get("y", "2000")), int(found.get("m", "1")), int(found.get("d", "1"))):
        return None
    return _phrase(found, numbers)


def _cut(run: str, order: str) -> list[str]:
    """The numbers of a date without any mark between them: ``20261120``."""
    year = len(run) - 2 * (len(order) - 1) if "y" in order else 2
    widths = [year if part == "y" else 2 for part in order]
    if sum(widths) != len(run) or year not in (2, 4):
        return []
    starts = [sum(widths[:index]) for index in range(len(widths))]
    return [run[start : start + width] for start, width in zip(starts, widths, strict=True)]


def _phrase(found: dict[str, str], numbers: NumberReader) -> str | None:
    year, day = found.get("y", ""), found.get("d", "")
    month = month_name[int(found["m"])] if "m" in found else ""
    if len(year) == 2:
        year = f"{'19' if int(year) > 50 else '20'}{year}"
    if year and month and day:
        return f"{year}-{int(found['m']):02}-{int(day):02}"
    if month:
        return f"{month} {int(day) if day else year}".strip()
    return numbers.ordinal(day) if day else numbers.year(year)
