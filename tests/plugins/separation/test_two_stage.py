"""The embedded method: stretches that cannot be told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mixdown_separation
from mixdown_kernel import Audio, Backend
from mixdown_kernel.testing import SeparationContract
from mixdown_kernel.testing.plugin import OpenBackend
from mixdown_kernel.testing.rendering import Rendered, collect
from mixdown_kernel.testing.separation import kept
from mixdown_kernel.testing.signals import noise
from mixdown_separation import embedded
from mixdown_separation.two_stage import GRID

RATE = 48_000
BACKEND = mixdown_separation.separation_backends()[0]


class TestTwoStage(SeparationContract):
    @pytest.fixture
    def backend(self) -> Backend[Any]:
        return BACKEND


async def separate(open_backend: OpenBackend, folder: Path, mixture: Audio) -> Rendered:
    opened = await open_backend(BACKEND, folder=folder)
    return await collect(opened, await kept(mixture, folder))


def song(seconds: float, rate: int = RATE) -> Audio:
    """A bass line, chords to the side, strikes and a gliding voice."""
    time = np.arange(round(seconds * rate)) / rate
    bass = 0.3 * np.sin(2 * np.pi * 65 * time)
    chord = sum(0.08 * np.sin(2 * np.pi * hertz * time) for hertz in (262, 330, 392))
    glide = 0.15 * np.sin(2 * np.pi * np.cumsum(500 + 120 * np.sin(2 * np.pi * 3 * time)) / rate)
    strikes = noise(len(time))[:, 0] * np.exp(-(time % 0.5) / 0.02)
    sides = [bass + glide + strikes + share * chord for share in (1.4, 0.2)]
    return Audio(np.stack(sides, axis=1).astype(np.float32), rate)


@pytest.mark.parametrize("frames", [GRID * 40, GRID * 100])
async def test_where_stretches_meet_cannot_be_told(
    open_backend: OpenBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    """A stretch hears as much around itself as decides about it: any size gives the same sound, but for the last bits
    of the network's sums."""
    mixture = song(6)
    whole = await separate(open_backend, tmp_path / "whole", mixture)
    assert len(whole.chunks) == 1
    monkeypatch.setattr(embedded, "FRAMES", frames)
    pieces = await separate(open_backend, tmp_path / "pieces", mixture)
    assert len(pieces.chunks) > 1
    for name, stem in whole.stems.items():
        assert np.abs(pieces.stems[name].samples - stem.samples).max() < 1e-4, name
