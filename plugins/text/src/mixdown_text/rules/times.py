"""Times of day."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import Rule


class Times(Rule):
    """``10:30`` ten thirty · ``10:05`` ten oh five · ``9:00`` nine o'clock · ``14:00`` fourteen hundred · ``10am`` ten a.m.

    A written "a.m." stays as it is, since its last point may end the sentence.
    """

    name = "times"
    pattern = re.compile(
        r"(?<![\w:.,/])(?P<hour>2[0-3]|[01]?[0-9])"
        r"(?::(?P<minute>[0-5][0-9])(?::(?P<second>[0-5][0-9]))?+(?![0-9:]|\.[0-9]))?+"
        r"(?P<half>\s?(?P<letter>[ap])(?:\.m(?=\.)|m)(?!\w))?+(?!\w)",
        re.IGNORECASE,
    )

    def read(self, match: re.Match[str]) -> str | None:
        hour, minute, second, half = match["hour"], match["minute"], match["second"], match["half"]
        if minute is None and half is None:
            return None
        words = [self.number(hour), self._minute(int(hour), minute, half)]
        if second and second != "00":
            words += ["and", self.number(second), "second" if int(second) == 1 else "seconds"]
        if half:
            # The match leaves the last point of "a.m." standing; "am" without points gets one of its own.
            point = "" if match.string[match.end() :].startswith(".") else "."
            words.append(f"{match['letter'].lower()}.m{point}")
        return " ".join(filter(None, words))

    def _minute(self, hour: int, minute: str | None, half: str | None) -> str | None:
        if minute is None:
            return None
        if minute == "00":
            if half:
                return None
            return "o'clock" if 1 <= hour <= 12 else "hundred"
        words = self.number(minute)
        return f"oh {words}" if minute.startswith("0") else words
