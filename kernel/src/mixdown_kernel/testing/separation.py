"""The contract of the role ``separation``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from mixdown_kernel.assets import Assets
from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import Separator
from mixdown_kernel.problems import Kind
from mixdown_kernel.requests import SeparationRequest
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.signals import noise
from mixdown_kernel.testing.source import SourceContract, refusal

SUM_ERROR = 3e-8
"""Half a step of float32 at full scale: the stems' own rounding and no more."""
LONGEST_BLOCK_SECONDS = 30


class SeparationContract(SourceContract):
    """Subclass with a fixture ``backend``.

    Attributes:
        seconds: length of the mixtures that the suite takes apart.
    """

    role: ClassVar[str] = "separation"
    seconds: ClassVar[float] = 2.5

    @pytest.fixture
    def mixture(self) -> Audio:
        """A hum, a tick four times a second, and noise on both sides."""
        rate = 44_100
        samples = 0.1 * noise(round(self.seconds * rate), channels=2)
        time = np.arange(len(samples)) / rate
        samples += (0.2 * np.sin(2 * np.pi * 110 * time)).astype(np.float32)[:, None]
        samples[:: rate // 4] += 0.4
        return Audio(samples, rate)

    @pytest.fixture
    async def specifications(self, mixture: Audio, tmp_path: Path) -> Sequence[SeparationRequest]:
        return (await kept(mixture, tmp_path),)

    def test_stems_are_named_apart_and_something_holds_the_rest(self, opened: Separator) -> None:
        names = list(opened.stems())
        assert "other" in names
        assert len(set(names)) == len(names) >= 2

    async def test_the_mixture_passes_as_it_is_with_every_stem_beside_it(
        self, opened: Separator, mixture: Audio, tmp_path: Path
    ) -> None:
        render = await collect(opened, await kept(mixture, tmp_path))
        assert render.audio.rate == mixture.rate
        assert np.array_equal(render.audio.samples, mixture.samples)
        for chunk in render.chunks:
            assert set(chunk.stems) == set(opened.stems())
            assert {stem.samples.shape for stem in chunk.stems.values()} == {chunk.audio.samples.shape}
            assert chunk.audio.frames <= LONGEST_BLOCK_SECONDS * chunk.audio.rate

    @pytest.mark.parametrize(
        ("frames", "rate", "channels"),
        [(1, 44_100, 2), (1000, 48_000, 1), (66_151, 48_000, 2), (20_001, 16_000, 1), (96_001, 96_000, 2)],
    )
    async def test_stems_sum_to_mixtures_of_any_length_rate_and_channels(
        self, opened: Separator, tmp_path: Path, frames: int, rate: int, channels: int
    ) -> None:
        mixture = Audio(0.3 * noise(frames, channels=channels), rate)
        render = await collect(opened, await kept(mixture, tmp_path))
        total = np.sum([stem.samples for stem in render.stems.values()], axis=0, dtype=np.float64)
        assert total.shape == mixture.samples.shape
        assert np.abs(total - mixture.samples).max() <= SUM_ERROR

    async def test_silence_comes_apart_into_silence(self, opened: Separator, tmp_path: Path) -> None:
        render = await collect(opened, await kept(Audio.silence(30_000, 44_100, 2), tmp_path))
        assert all(np.abs(stem.samples).max() < 1e-6 for stem in render.stems.values())

    async def test_an_unknown_asset_is_not_found(self, opened: Separator) -> None:
        problem = await refusal(opened, SeparationRequest(asset=f"asset:{'0' * 64}"))
        assert problem.kind is Kind.NOT_FOUND


async def kept(mixture: Audio, folder: Path) -> SeparationRequest:
    """A request for a mixture that lies in the folder of assets."""

    async def blocks() -> AsyncIterator[Audio]:
        for start in range(0, mixture.frames, 30_000):
            yield Audio(mixture.samples[start : start + 30_000], mixture.rate)

    return SeparationRequest(asset=await Assets(folder / "assets").add(blocks()))
