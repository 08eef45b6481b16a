"""Every kind of ambience: how many times faster than it plays it is made, and how long the first use of a bed takes.

python benchmarks/ambience.py [kind …]; the layers of a bed are made in two threads, as the road makes them. With
``seams`` for a kind, every corner of the parameters, every length and some seeds go through the gate instead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from statistics import median

from meters.seams import seam

from mixdown_ambient.cycles import TAKES, WHOLE
from mixdown_ambient.kind import Kind, Scene
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import loop

_RUNS = 3
_SEEDS = 4


def main(names: list[str] | None = None) -> None:
    if names == ["seams"]:
        seams()
        return
    print("one cycle of 30 s: x real time at intensities of 0, 50 and 100 % (processor time);")
    print("a bed of three cycles, 88.4 s together: seconds on one core, and until it is there (two threads)")
    for name in names or KINDS:
        speeds = [30 / _seconds(time.process_time, _cycle(KINDS[name], level)) for level in (0.0, 0.5, 1.0)]
        work = _bed(KINDS[name])
        spent, waited = _seconds(time.process_time, work), _seconds(time.perf_counter, work)
        print(
            f"{name:12} {speeds[0]:6.0f} {speeds[1]:6.0f} {speeds[2]:6.0f}   bed {spent:5.2f} s, there in {waited:5.2f} s"
        )


def seams() -> None:
    """How many pass, and the worst share of what may be at a seam."""
    for name, kind in KINDS.items():
        corners = product((0.0, 1.0), (0.0, 1.0), (0.0, 1.0))
        found = [
            seam(loop(kind, Scene(*corner), seed * 8 + number, cycle), 48_000)
            for number, corner in enumerate(corners)
            for seed, cycle in zip(range(_SEEDS), (WHOLE, *TAKES), strict=True)
        ]
        print(
            f"{name:12} {sum(one.ok for one in found)}/{len(found)}, worst {max(one.worst for one in found):.2f}"
        )


def _seconds(clock: Callable[[], float], work: Callable[[], object]) -> float:
    spent = []
    for _ in range(_RUNS):
        start = clock()
        work()
        spent.append(clock() - start)
    return median(spent)


def _cycle(kind: Kind, intensity: float) -> Callable[[], object]:
    return lambda: loop(kind, Scene(intensity, kind.distance, kind.brightness), 0)


def _bed(kind: Kind) -> Callable[[], object]:
    scene = Scene(0.5, kind.distance, kind.brightness)

    def work() -> None:
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(lambda cycle: loop(kind, scene, 0, cycle), TAKES))

    return work


if __name__ == "__main__":
    main(sys.argv[1:])
