"""Signs with a name."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule
from mixdown_text.rules.unit_names import PER_NAMES

_NAMES = {
    "&": "and", "§": "section", "§§": "sections", "©": "copyright", "~": "about", "≈": "about", "@": "at", "№": "number", "¶": "paragraph",
    "+": "plus", "#": "number",
}  # fmt: skip
_PERIOD = "day|week|month|year|hour|minute|second|person|hr|yr|wk|min|sec|night|unit|user"


class Symbols(PatternRule):
    """``R&D`` R and D · ``#5`` number five · ``§ 12`` section twelve · ``50+`` fifty plus · ``C++`` C plus plus · ``C#`` C sharp ·
    ``~20`` about twenty · ``planes/day`` planes per day · ``and/or`` and or · ``>5`` greater than five"""

    name = "symbols"
    trigger = re.compile("[&§©~≈@№¶+#/<>]")
    pattern = re.compile(
        r"(?<![\w#])(?P<number>#|№)\s?(?=[0-9])|(?<!\w)(?P<language>C\+\+|[CF]#)(?!\w)|(?<=[0-9kKM])"
        r"(?P<plus>\+)(?![\w+])"
        r"|(?P<section>§§?)\s?(?=[0-9])|(?P<copy>©)|(?<![\w~])(?P<about>[~≈])\s?(?=[0-9$€£])|(?<=\s)"
        r"(?P<at>@)(?=\s)"
        r"|(?<=\w)&(?=\w)(?!\w{1,8};)|(?<=[\w.)]\s)&(?=\s)|(?<=\s)(?P<with>\+)(?=\s[A-Za-z])"
        rf"|(?<=[A-Za-z])/(?P<per>{_PERIOD})(?!\w)|(?<=[\w°%)])(?P<slash>/)(?=[\w(])|(?<=\w\s)(?P<apart>/)"
        rf"(?=\s\w)"
        r"|(?<=[A-Za-z])(?P<key>\+)(?![+-])|(?P<heart><3)(?=[\s.,!?]*$)|(?<![\w<>=/-])(?P<than>[<>])\s?"
        r"(?=[$€£]?[0-9.])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        sign = match[0].strip()
        if match["per"]:
            return f" per {PER_NAMES[match['per']]}"
        if match["slash"] or match["apart"]:
            return " "
        if match["heart"]:
            return "heart"
        if match["than"]:
            return "greater than " if sign == ">" else "less than "
        if match["language"]:
            return f"{sign[0]} sharp" if sign.endswith("#") else f"{sign[0]} plus plus"
        return f"{_NAMES[sign]} " if match["number"] or match["section"] or match["about"] else _NAMES[sign]
