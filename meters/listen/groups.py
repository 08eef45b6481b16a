"""What there is to listen to: cases by group, each measured on its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from meters.listen import ambience, mixes, music, own_voice, presets, timings, voices
from meters.listen.case import Case
from meters.listen.figures import Item
from meters.listen.studio import Studio


@dataclass(frozen=True)
class Group:
    """``cases(studio, quick)``: quick ones are some of all, measured alike. ``summary`` adds items about the whole."""

    name: str
    title: str
    about: str
    cases: Callable[[Studio, bool], Awaitable[list[Case]]]
    summary: Callable[[Sequence[Item]], list[Item]] = lambda _items: []


GROUPS = (
    Group("voices", "Voices", voices.ABOUT, voices.cases),
    Group(own_voice.GROUP, "A voice of our own", own_voice.ABOUT, own_voice.cases),
    Group("timings", "Word timings", timings.ABOUT, timings.cases),
    Group("music", "Music", music.ABOUT, music.cases, music.summary),
    Group("ambience", "Ambience", ambience.ABOUT, ambience.cases),
    Group("mixes", "Mixes", mixes.ABOUT, mixes.cases),
    Group("presets", "Presets", presets.ABOUT, presets.cases),
)
