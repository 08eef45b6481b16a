"""The rules of normalisation, in the order in which they may claim a run of text."""

from __future__ import annotations

from mixdown_text.rules.codes import Codes
from mixdown_text.rules.currency import Currency
from mixdown_text.rules.ordinals import Ordinals
from mixdown_text.rules.percent import Percent
from mixdown_text.rules.plain_numbers import Cardinals, Numbers
from mixdown_text.rules.rule import Rule
from mixdown_text.rules.times import Times
from mixdown_text.rules.years import Years

ENGLISH: tuple[type[Rule], ...] = (Currency, Percent, Times, Ordinals, Codes, Years, Numbers)
OTHER_LANGUAGES: tuple[type[Rule], ...] = (Cardinals,)

SWITCHES: tuple[str, ...] = tuple(dict.fromkeys(rule.name for rule in (*ENGLISH, *OTHER_LANGUAGES)))

__all__ = ["ENGLISH", "OTHER_LANGUAGES", "SWITCHES", "Rule"]
