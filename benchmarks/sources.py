"""How many times faster than it plays every genre is made, on one core.

python benchmarks/sources.py [seconds of music]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median

from mixdown_kernel import MusicRequest
from mixdown_music.composer import compose
from mixdown_music.genres import GENRES
from mixdown_music.renderer import render

_RUNS = 3


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    print(f"music, {seconds:.0f} s, nothing kept from before; times real time (processor time)")
    for name in GENRES:
        mix, apart = (_speed(seconds, _music(name, seconds, stems=stems)) for stems in (False, True))
        print(f"  {name:12s} {mix:6.0f}   with stems {apart:6.0f}")


def _speed(seconds: float, work: Callable[[], None]) -> float:
    """Times real time, the median of a few runs."""
    spent = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return seconds / median(spent)


def _music(genre: str, seconds: float, *, stems: bool = False) -> Callable[[], None]:
    score = compose(MusicRequest(genre=genre, seed=1, duration_ms=round(seconds * 1000)))

    def work() -> None:
        for _ in render(score, stems=stems):
            pass

    return work


if __name__ == "__main__":
    main()
