"""Nobody can hear where a cycle closes, at the corners of what can be asked; one that was merely cut is heard."""

import pytest
from meters.seams import seam

from mixdown_ambient.cycles import TAKES, WHOLE
from mixdown_ambient.kind import Scene
from mixdown_ambient.kinds import KINDS
from mixdown_ambient.source import loop

CORNERS = [(0.0, 0.0, 1.0), (1.0, 1.0, 0.0)]
"""Intensity, distance and brightness. (`python -m benchmarks.ambience seams` goes through all corners.)"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_no_seam(kind: str, seed: int) -> None:
    cycle = (WHOLE, *TAKES)[(seed + len(kind)) % 4]
    found = seam(loop(KINDS[kind], Scene(*CORNERS[seed]), seed, cycle), 48_000)
    assert found.ok, found.figures


@pytest.mark.parametrize("kind", ["rain", "cafe", "white_noise", "fireplace"])
def test_a_loop_that_is_merely_cut_fails(kind: str) -> None:
    """The control: the same sound from its highest point to its lowest ten seconds on. Noise hides many a cut, but
    not that one."""
    whole = loop(KINDS[kind], Scene(0.3, 0.1, 0.5), 0, TAKES[0])
    high = int(whole[: 10 * 48_000, 0].argmax())
    low = int(whole[high + 5 * 48_000 : high + 10 * 48_000, 0].argmin()) + high + 5 * 48_000
    assert not seam(whole[high : low + 1], 48_000).ok
