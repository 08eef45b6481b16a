"""Which Piper voices stand for OpenAI's names, where they are there: the first of each list that is installed.

Chosen by gender and character from the model cards of rhasspy/piper-voices. A name that finds none of its voices means
the default voice, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

PREFERRED = ("en_US-lessac", "en_US-ryan", "en_US-amy", "en_US", "en_GB", "en")
"""Beginnings of names of good default voices, best first."""
QUALITIES = ("high", "medium", "low", "x_low")
OPENAI: Mapping[str, tuple[str, ...]] = {
    "alloy": ("en_US-lessac", "en_US-ljspeech"),
    "ash": ("en_US-john", "en_US-bryce", "en_US-hfc_male"),
    "ballad": ("en_GB-alan", "en_GB-northern_english_male"),
    "coral": ("en_US-hfc_female", "en_US-kristin"),
    "echo": ("en_US-ryan", "en_US-norman"),
    "fable": ("en_GB-cori", "en_GB-jenny_dioco", "en_GB-alba"),
    "onyx": ("en_US-joe", "en_US-kusal"),
    "nova": ("en_US-amy",),
    "sage": ("en_US-kathleen", "en_US-ljspeech"),
    "shimmer": ("en_GB-southern_english_female", "en_US-kristin"),
    "verse": ("en_US-danny", "en_US-reza_ibrahim"),
    "marin": ("en_US-sam", "en_US-ljspeech"),
    "cedar": ("en_US-norman", "en_US-arctic"),
}
FEMALE = frozenset(
    [
        "lessac",
        "amy",
        "hfc_female",
        "kristin",
        "kathleen",
        "ljspeech",
        "jenny_dioco",
        "cori",
        "alba",
        "southern_english_female",
    ]
)
MALE = frozenset(
    [
        "ryan",
        "john",
        "bryce",
        "hfc_male",
        "alan",
        "northern_english_male",
        "norman",
        "joe",
        "kusal",
        "danny",
        "reza_ibrahim",
    ]
)


def rank(name: str) -> tuple[int, int, str]:
    """Sorts the best default voice first."""
    place = next((i for i, start in enumerate(PREFERRED) if name.startswith(start)), len(PREFERRED))
    quality = name.rpartition("-")[2]
    return place, QUALITIES.index(quality) if quality in QUALITIES else len(QUALITIES), name


def aliases(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """OpenAI's names for each voice that stands for one."""
    ranked = sorted(names, key=rank)
    found: dict[str, tuple[str, ...]] = {}
    for alias, starts in OPENAI.items():
        voice = next((n for start in starts for n in ranked if n.startswith(f"{start}-") or n == start), None)
        if voice is not None:
            found[voice] = (*found.get(voice, ()), alias)
    return found
