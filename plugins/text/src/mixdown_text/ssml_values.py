"""Values of SSML attributes (W3C SSML 1.1), in our units."""

from __future__ import annotations

import re
from math import log2

from mixdown_text.elements import MAX_PAUSE_MS

_TIME = re.compile(r"\+?([0-9]{0,9}\.?[0-9]{1,9})(ms|s)")
_SIGNED = re.compile(r"([+-]?)([0-9]{0,9}\.?[0-9]{1,9})(%|st|dB|)")

BREAK_MS = {"none": 0, "x-weak": 100, "weak": 200, "medium": 400, "strong": 700, "x-strong": 1000}
RATE = {"default": 1.0, "x-slow": 0.5, "slow": 0.75, "medium": 1.0, "fast": 1.25, "x-fast": 1.75}
PITCH = {"default": 0.0, "x-low": -6.0, "low": -3.0, "medium": 0.0, "high": 3.0, "x-high": 6.0}
VOLUME = {
    "default": 1.0,
    "silent": 0.0,
    "x-soft": 0.35,
    "soft": 0.6,
    "medium": 1.0,
    "loud": 1.4,
    "x-loud": 2.0,
}
EMPHASIS = {
    "none": (1.0, 0.0, 1.0),
    "reduced": (1.05, 0.0, 0.85),
    "moderate": (0.95, 0.5, 1.12),
    "strong": (0.9, 1.0, 1.25),
}
"""Rate, pitch in semitones and volume of each level."""


def time_ms(value: str) -> int | None:
    """``1.5s`` or ``500ms`` up to a minute; None for anything else."""
    match = _TIME.fullmatch(value)
    ms = round(float(match[1]) * (1000 if match[2] == "s" else 1)) if match else -1
    return ms if 0 <= ms <= MAX_PAUSE_MS else None


def rate_factor(value: str) -> float | None:
    """A word, ``120%`` (of the normal rate), ``+20%`` (more than it) or ``1.2``."""
    if value in RATE:
        return RATE[value]
    match = _SIGNED.fullmatch(value)
    if match is None or match[3] not in ("%", ""):
        return None
    return _factor(match)


def pitch_semitones(value: str) -> float | None:
    """A word, ``+2st`` or ``+10%``. Hertz are refused: a voice's own pitch is not known here."""
    if value in PITCH:
        return PITCH[value]
    match = _SIGNED.fullmatch(value)
    if match is None or not match[1] or match[3] not in ("%", "st"):
        return None
    if match[3] == "st":
        return float(match[1] + match[2])
    factor = _factor(match)
    return 12 * log2(factor) if factor > 0 else None


def volume_factor(value: str) -> float | None:
    """A word, ``-6dB``, ``+10%`` or 0 to 100 (SSML 1.0; 100 is the normal volume)."""
    if value in VOLUME:
        return VOLUME[value]
    match = _SIGNED.fullmatch(value)
    if match is None or match[3] == "st":
        return None
    if match[3] == "dB":
        decibels = float(match[1] + match[2])
        return 10 ** (decibels / 20) if decibels <= 100 else None
    if match[3] == "%":
        return _factor(match)
    return float(match[2]) / 100 if not match[1] and float(match[2]) <= 100 else None


def _factor(match: re.Match[str]) -> float:
    number = float(match[1] + match[2]) / (100 if match[3] == "%" else 1)
    return 1 + number if match[1] else number
