"""Times of day."""

from __future__ import annotations

import re

from mixdown_text.rules.figures import Unreadable
from mixdown_text.rules.rule import PatternRule, after

_CLOCK = r"(?:2[0-4]|[01]?[0-9])(?::[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,3})?)?+(?![0-9:])|\.[0-5][0-9](?=\s?[ap]\.?m))?+"
_HALF = r"(?:\s?[ap](?:\.m(?=\.)|m)(?!\w))?+"
_TIME = re.compile(
    r"(?P<hour>[0-9]{1,2})(?:[:.](?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<part>[0-9]{1,3}))?)?)?"
    r"(?:\s?(?P<half>[ap])\.?m)?",
    re.IGNORECASE,
)
_O_CLOCK = re.compile(r"\s?o['’]clock", re.IGNORECASE)


class Times(PatternRule):
    """``10:30`` ten thirty · ``10:05`` ten oh five · ``9:00`` nine o'clock · ``14:00`` fourteen hundred · ``10am`` ten a.m. ·
    ``9am–5pm`` nine a.m. to five p.m.

    A written "a.m." stays as it is, since its last point may end the sentence.
    """

    name = "times"
    pattern = re.compile(
        rf"(?<![\w:.,/$€£])(?<![0-9][-–])(?P<from>{_CLOCK}{_HALF})(?:\.?\s?[-–—]\s?"
        rf"(?P<to>{_CLOCK}{_HALF}))?+(?![\w%]|[.,/-][0-9])"
        r"|(?<![\w:.,/$€£-])(?P<military>(?:[01][0-9]|2[0-3])[0-5][0-9])(?=\s?(?:hours|hrs)\b)",
        re.IGNORECASE,
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["military"]:
            return self._military(match["military"])
        ends = [time for time in (match["from"], match["to"]) if time]
        if not any(re.search(r"[:m]", time, re.IGNORECASE) for time in ends):
            return None
        if (
            match["to"]
            and ":" in match["from"]
            and ":" not in match["to"]
            and not re.search("m", match["to"], re.I)
        ):
            return None
        return " to ".join(self._time(match, time, is_last=time is ends[-1]) for time in ends)

    def _time(self, match: re.Match[str], written: str, *, is_last: bool) -> str:
        time = _TIME.fullmatch(written)
        if time is None:
            raise Unreadable
        hour, minute, second, half = time["hour"], time["minute"], time["second"], time["half"]
        is_bare = is_last and _O_CLOCK.match(after(match)) is not None
        words = [self.figures.number(hour), None if is_bare else self._minute(hour, minute, half)]
        if hour in ("00", "24") and minute == "00" and not half and not second:
            words = ["midnight"]
        if second and (second != "00" or time["part"]):
            part = f" point {self.figures.spelt(time['part'])}" if time["part"] else ""
            words += [
                "and",
                f"{self.figures.number(second)}{part}",
                "second" if second == "01" and not part else "seconds",
            ]
        if half:
            # The match leaves the last point of "a.m." standing; "am" without points gets one of its own.
            point = "" if is_last and after(match).startswith(".") else "."
            words.append(f"{half.lower()}.m{point}")
        return " ".join(filter(None, words))

    def _minute(self, hour: str, minute: str | None, half: str | None) -> str | None:
        if minute is None:
            return None
        if minute == "00":
            if half:
                return None
            return "o'clock" if 1 <= int(hour) <= 12 else "hundred"
        words = self.figures.number(minute)
        return f"oh {words}" if minute.startswith("0") else words

    def _military(self, written: str) -> str:
        hour, minute = written[:2], written[2:]
        hours = (
            f"zero {self.figures.number(hour)}"
            if hour.startswith("0") and hour != "00"
            else self.figures.number(hour)
        )
        return f"{hours} {'hundred' if minute == '00' else self.figures.number(minute)}"
