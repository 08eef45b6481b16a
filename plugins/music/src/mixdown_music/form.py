"""Form: which sections a piece of so many bars has, in what order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    theme: str
    """Sections with equal letters share their theme."""
    bars: int
    energy: float
    rise: float = 0.08
    """By how much the energy grows from its first bar to its last."""


@dataclass(frozen=True, slots=True)
class Form:
    """Sections that open and close a piece, and those between, which come round for as long as it takes."""

    opening: tuple[Section, ...]
    body: tuple[Section, ...]
    closing: tuple[Section, ...]

    @property
    def shortest(self) -> int:
        """Bars of a piece without its body."""
        return sum(section.bars for section in (*self.opening, *self.closing))

    def halved(self) -> Form:
        """The same in half the time."""

        def half(part: tuple[Section, ...]) -> tuple[Section, ...]:
            return tuple(replace(section, bars=max(section.bars // 2, 1)) for section in part)

        return Form(half(self.opening), half(self.body), half(self.closing))


def sections(forms: tuple[Form, ...], bars: int) -> Iterator[Section]:
    """Sections that last ``bars`` bars together, in the first of the forms that has room; a piece too short for any
    is one idea, with an introduction if it can."""
    form = next((form for form in forms if form.shortest <= bars), None)
    if form is None:
        yield from _one_idea(bars)
        return
    yield from form.opening
    room = bars - form.shortest
    for section in cycle(form.body):
        # Whole groups of four bars where there are any; what is left over makes the ending longer.
        length = min(section.bars, room - room % 4)
        if length < min(section.bars, 4):
            break
        yield replace(section, bars=length)
        room -= length
    yield from form.closing[:-1]
    yield replace(form.closing[-1], bars=form.closing[-1].bars + room)


def _one_idea(bars: int) -> Iterator[Section]:
    intro = 2 + bars % 2 if bars >= 6 else 0
    if intro:
        yield Section("intro", "A", intro, 0.38)
    if bars > intro:
        yield Section("verse", "A", bars - intro, 0.6)
