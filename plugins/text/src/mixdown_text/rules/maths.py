"""Sums, comparisons and powers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mixdown_text.mapped import Edit
from mixdown_text.rules.amounts import SCIENTIFIC, read_amount
from mixdown_text.rules.figures import RAISED
from mixdown_text.rules.rule import NUMBER, STANDS_ALONE, PatternRule, Reading, Rule

_OPERATORS = {
    "+": "plus", "-": "minus", "−": "minus", "–": "minus", "×": "times", "x": "times", "*": "times", "·": "times", "÷": "divided by",
    "/": "over", "=": "equals", "≈": "approximately", "≠": "not equal to", "<": "less than", ">": "greater than",
    "≤": "less than or equal to", "≥": "greater than or equal to", "±": "plus or minus", "^": "to the power of",
    "==": "equals", "!=": "not equal to", "<=": "less than or equal to", ">=": "greater than or equal to", "→": "to",
    "∈": "in", "∝": "proportional to", "≡": "equivalent to", ":=": "becomes",
}  # fmt: skip
_TERM = rf"(?:[-−]?{NUMBER}|[A-Za-z](?![A-Za-z])|[A-Za-z]{{1,12}}(?=\s?[=<>≤≥≈≠]))"


class Equations(Rule):
    """``2 + 2 = 4`` two plus two equals four · ``x ≥ 5`` x greater than or equal to five · ``p < 0.05``

    Only the signs are read here, each by itself; the numbers are left to `numbers`.
    """

    name = "math"
    trigger = re.compile(r"[=+×÷<>≤≥≈≠±^→∈∝≡·*]")
    _sign = re.compile(
        r"(?<=[\w)\]%²³⁰-⁹!°\"'’.])(?P<space>\s?)(?P<sign>:=|==|!=|<=|>=|[=+×÷≤≥≈≠±^→∈∝≡·*<>])(?P<after>\s?)"
        r"(?=[\w(\[√∞πΔ$€£.−+¬-])"
    )

    def readings(self, sentence: str) -> Iterator[Reading]:
        for match in self._sign.finditer(sentence):
            if self._is_operator(match):
                yield (Edit(*match.span("sign"), _OPERATORS[match["sign"]]),)

    def _is_operator(self, match: re.Match[str]) -> bool:
        sign, spaces = match["sign"], (match["space"], match["after"])
        left, right = match.string[match.start() - 1], match.string[match.end()]
        if sign in "≤≥≈≠±÷∈∝≡→" or sign in ("==", "!=", "<=", ">=", ":="):
            return True
        if sign == "×":
            return left.isalnum() and (right.isalnum() or right in "(√")
        numeric = self._is_term(match.string, match.start(), match.end())
        if sign in "<>":
            return numeric and spaces == (" ", " ")
        if sign == "=":
            return spaces == (" ", " ") or numeric
        if sign == "+":
            return (spaces == (" ", " ") or numeric) and spaces != (" ", "")
        return numeric and (sign != "^" or spaces == ("", ""))

    def _is_term(self, sentence: str, left: int, right: int) -> bool:
        """Whether a number or a variable of one letter stands on either side."""
        ahead = re.search(r"(?:(?<!\w)[A-Za-z]|[0-9)²³⁰-⁹%])$", sentence[max(0, left - 20) : left])
        behind = re.match(
            r"[-−]?(?:[A-Za-z](?![A-Za-z])|[0-9.(√π]|[A-Za-z][²³])", sentence[right : right + 20]
        )
        return bool(ahead and behind)


class Differences(PatternRule):
    """``7 - 3 = 4`` seven minus three equals four: a dash or a slash is a sign where an equals sign is near."""

    name = "math"
    trigger = re.compile("[=≈]")
    pattern = re.compile(
        rf"(?<![\w.,/-])(?P<left>{NUMBER}|[a-z])(?P<sign>\s[-−–/x*]\s|[−/*]|(?<=[a-z0-9])[-])"
        rf"(?P<right>{NUMBER}|[a-z](?![a-z]))"
        r"(?=\s?[=≈]|\s?[-−–+×x*/]\s?[0-9a-z]{1,12}\s?[=≈])"
    )

    def read(self, match: re.Match[str]) -> str | None:
        sign = match["sign"].strip()
        return f"{self._term(match['left'])} {_OPERATORS[sign].replace('over', 'divided by')} {self._term(match['right'])}"

    def _term(self, written: str) -> str:
        return written if written.isalpha() else self.figures.number(written)


class Powers(PatternRule):
    """``10⁶`` ten to the power of six · ``x²`` x squared · ``3e8`` three times ten to the power of eight · ``√9``"""

    name = "math"
    trigger = re.compile(r"[⁰¹²³⁴-⁹√∞]|[0-9][eE][-+0-9]|10\^|[0-9][a-z](?![a-z])")
    pattern = re.compile(
        rf"{STANDS_ALONE}(?P<scientific>{SCIENTIFIC})(?!\w)"
        rf"|(?<![\w.])(?P<base>{NUMBER}|[A-Za-z]{{1,2}})(?P<power>⁻?[⁰¹²³⁴-⁹]{{1,3}})(?![⁰¹²³⁴-⁹])"
        r"|(?<![\w.,])(?![0-9]{4}s[-–])(?P<times>[0-9]{1,6})(?P<variable>[a-z])(?=\s?[-+−=^*]\s?[\w(]|\))|(?<=[=+−(]\s)"
        r"(?P<more>[0-9]{1,6})(?P<last>[a-z])(?![\w'])"
        rf"|√\s?(?P<root>{NUMBER}|[A-Za-z](?![A-Za-z]))|(?P<infinity>∞)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["infinity"]:
            return "infinity"
        if match["root"]:
            return f"the square root of {self._base(match['root'])}"
        if match["times"] or match["more"]:
            return (
                f"{self.figures.number(match['times'] or match['more'])} {match['variable'] or match['last']}"
            )
        if match["base"]:
            return f"{self._base(match['base'])} {self._power(match['power'].translate(RAISED))}"
        return read_amount(match["scientific"], self.figures).words

    def _base(self, written: str) -> str:
        return written if written.isalpha() else self.figures.number(written)

    def _power(self, exponent: str) -> str:
        if exponent in ("2", "3"):
            return "squared" if exponent == "2" else "cubed"
        sign = "-" if exponent.startswith("-") else ""
        return f"to the power of {self.figures.signed(sign, exponent.lstrip('-'))}"
