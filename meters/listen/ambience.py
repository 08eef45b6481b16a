"""Every kind of ambience: one cycle through the seam gate, three minutes of it searched for repetition."""

from __future__ import annotations

from functools import partial

import numpy as np

from meters.clicks import clicks
from meters.levels import levels
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.studio import Studio
from meters.repeats import LIMIT, repetition
from meters.seams import seam

ABOUT = (
    "The seam is that of one cycle, closed on itself; clicks are looked for in the bed as it is heard, "
    "cycles joined; three minutes of it are searched for what comes back."
)
INTENSITIES = ((0.2, "light"), (0.5, "middling"), (0.9, "heavy"))
SECONDS = 180.0
_HEARD_S = 20.0


async def cases(studio: Studio, quick: bool) -> list[Case]:
    kinds = studio.kernel.backend("ambient").kinds()
    return [
        Case(f"{kind}, {word}", 8, partial(_measure, studio, kind, intensity, word))
        for kind in kinds
        for intensity, word in (INTENSITIES[1:2] if quick else INTENSITIES)
    ]


async def _measure(studio: Studio, kind: str, intensity: float, word: str) -> Item:
    cycle = await studio.cycle(kind, intensity)
    closed = await studio.measure(seam, cycle.samples, cycle.rate)
    bed = await studio.bed(kind, SECONDS, intensity)
    again = await studio.measure(repetition, bed.samples, bed.rate)
    level = await studio.measure(levels, cycle.samples, cycle.rate)
    joined = np.concatenate([cycle.samples, cycle.samples[: cycle.rate]])
    found = await studio.measure(clicks, joined, cycle.rate)
    worst = max(
        closed.figures, key=lambda name: closed.figures[name].found / max(closed.figures[name].most, 1e-12)
    )
    return Item(
        "ambience",
        f"{kind}, {word}",
        f"intensity {intensity}, a cycle of {cycle.frames / cycle.rate:.0f} s; at the seam most noticed: {worst}",
        (
            Reading("seam", closed.worst, high=1),
            Reading(
                "repeat", again.similarity, high=LIMIT, shown=f"{again.similarity:.2f} at {again.lag_s:.0f} s"
            ),
            Reading("clicks", len(found), high=0),
            Reading("lufs", level.lufs, low=-26, high=-15),
            Reading("dbtp", level.dbtp, high=-1),
        ),
        Sound(
            bed.samples[: round(_HEARD_S * bed.rate)], bed.rate, [click.frame / cycle.rate for click in found]
        ),
    )
