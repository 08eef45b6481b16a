"""Form: which sections a piece of so many bars has, in what order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    theme: str
    """Sections with equal letters share their theme."""
    bars: int
    energy: float


_BODY = (
    Section("verse", "A", 8, 0.55),
    Section("chorus", "B", 8, 0.75),
    Section("verse", "A", 8, 0.62),
    Section("bridge", "C", 4, 0.4),
    Section("chorus", "B", 8, 0.82),
)


def sections(bars: int) -> Iterator[Section]:
    """Sections that last ``bars`` bars together: an intro and an outro where there is room, the body between,
    round and round for as long as it takes."""
    intro = 4 if bars >= 20 else 2 if bars >= 8 else 0
    outro = 4 if bars >= 28 else 0
    if intro:
        yield Section("intro", "A", intro, 0.3)
    remaining = bars - intro - outro
    for section in cycle(_BODY):
        if remaining <= 0:
            break
        length = section.bars
        if remaining - length < 4:  # a stub of a section is worse than a longer or shorter one
            length = remaining if remaining < 12 else remaining - 4
        yield Section(section.name, section.theme, length, section.energy)
        remaining -= length
    if outro:
        yield Section("outro", "A", outro, 0.38)
