"""The rules of normalisation, in the order in which they may claim a run of text."""

from __future__ import annotations

from mixdown_text.rules.abbreviations import Abbreviations
from mixdown_text.rules.acronyms import Acronyms
from mixdown_text.rules.addresses import HouseNumbers, Streets, ZipCodes
from mixdown_text.rules.codes import Alphanumerics, Codes, Designations, Models
from mixdown_text.rules.currency import Currency, Losses
from mixdown_text.rules.dates import DayFirst, MonthFirst, MonthsAndDays, NumericDates, ShortDates
from mixdown_text.rules.emoji_names import Emoji
from mixdown_text.rules.fractions import Fractions
from mixdown_text.rules.handles import Handles
from mixdown_text.rules.lengths import Dimensions, FeetAndInches
from mixdown_text.rules.magnitudes import Magnitudes
from mixdown_text.rules.maths import Differences, Equations, Powers
from mixdown_text.rules.ordinals import Ordinals
from mixdown_text.rules.percent import Percent
from mixdown_text.rules.phones import Phones
from mixdown_text.rules.plain_numbers import Cardinals, Numbers, Suffixes
from mixdown_text.rules.ranges import Ranges, Ratios
from mixdown_text.rules.roman import Rulers, Sections
from mixdown_text.rules.rule import Reading, Rule
from mixdown_text.rules.symbols import Symbols
from mixdown_text.rules.times import Times
from mixdown_text.rules.units import Coordinates, Durations, Units
from mixdown_text.rules.urls import Emails, Paths, Urls
from mixdown_text.rules.years import Decades, OtherYears, Years

ENGLISH: tuple[type[Rule], ...] = (
    # What is no prose.
    Emails, Urls, Paths, Handles, Emoji,
    # What has a form of its own.
    NumericDates, ShortDates, DayFirst, MonthFirst, MonthsAndDays, Decades, Models, Phones, ZipCodes, HouseNumbers, Streets,
    # A number and its unit.
    Losses, Currency, Percent, Times, Coordinates, Dimensions, FeetAndInches, Differences, Durations, Units, Powers, Equations,
    # Numbers and numerals.
    Codes, Designations, Ordinals, Magnitudes, Fractions, Years, Ranges, Ratios, Rulers, Sections,
    # Words, signs, and what is left.
    Abbreviations, Alphanumerics, Acronyms, Symbols, Suffixes, Numbers,
)  # fmt: skip
OTHER_LANGUAGES: tuple[type[Rule], ...] = (Emoji, OtherYears, Cardinals)

SWITCHES: tuple[str, ...] = tuple(dict.fromkeys(rule.name for rule in (*ENGLISH, *OTHER_LANGUAGES)))

__all__ = ["ENGLISH", "OTHER_LANGUAGES", "SWITCHES", "Reading", "Rule"]
