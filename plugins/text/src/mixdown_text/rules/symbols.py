"""Signs with a name."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule

_NAMES = {
    "&": "and", "§": "section", "§§": "sections", "©": "copyright", "~": "about", "≈": "about", "@": "at", "№": "number", "¶": "paragraph",
    "+": "plus", "#": "number",
}  # fmt: skip


class Symbols(PatternRule):
    """``R&D`` R and D · ``#5`` number five · ``§ 12`` section twelve · ``50+`` fifty plus · ``C++`` C plus plus · ``C#`` C sharp ·
    ``~20`` about twenty"""

    name = "symbols"
    trigger = re.compile("[&§©~≈@№¶+#]")
    pattern = re.compile(
        r"(?<![\w#])(?P<number>#|№)\s?(?=[0-9])|(?<!\w)(?P<language>C\+\+|[CF]#)(?!\w)|(?<=[0-9kKM])(?P<plus>\+)(?![\w+])"
        r"|(?P<section>§§?)\s?(?=[0-9])|(?P<copy>©)|(?<![\w~])(?P<about>[~≈])\s?(?=[0-9$€£])|(?<=\s)(?P<at>@)(?=\s)"
        r"|(?<=\w)&(?=\w)(?!\w{1,8};)|(?<=[\w.)]\s)&(?=\s)|(?<=\s)(?P<with>\+)(?=\s[A-Za-z])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        sign = match[0].strip()
        if match["language"]:
            return f"{sign[0]} sharp" if sign.endswith("#") else f"{sign[0]} plus plus"
        return f"{_NAMES[sign]} " if match["number"] or match["section"] or match["about"] else _NAMES[sign]
