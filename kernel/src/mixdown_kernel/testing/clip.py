"""The contract of the role ``clip``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from mixdown_kernel.assets import Assets
from mixdown_kernel.audio import Audio
from mixdown_kernel.contracts import ClipSource
from mixdown_kernel.problems import Kind
from mixdown_kernel.requests import ClipRequest
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.signals import noise
from mixdown_kernel.testing.source import SourceContract, refusal


class ClipContract(SourceContract):
    """Subclass with a fixture ``backend``."""

    role: ClassVar[str] = "clip"

    @pytest.fixture
    def clip(self) -> Audio:
        """What was decoded: 2.5 s of stereo."""
        return Audio(noise(110_250, channels=2), 44_100)

    @pytest.fixture
    async def asset(self, clip: Audio, tmp_path: Path) -> str:
        """The clip's name in the folder of assets."""

        async def blocks() -> AsyncIterator[Audio]:
            for start in range(0, clip.frames, 30_000):
                yield Audio(clip.samples[start : start + 30_000], clip.rate)

        return await Assets(tmp_path / "assets").add(blocks())

    @pytest.fixture
    async def specifications(self, asset: str) -> Sequence[ClipRequest]:
        return (ClipRequest(asset=asset),)

    async def test_a_clip_is_played_as_it_was_decoded(
        self, opened: ClipSource, asset: str, clip: Audio
    ) -> None:
        audio = (await collect(opened, ClipRequest(asset=asset))).audio
        assert audio.rate == clip.rate
        assert np.array_equal(audio.samples, clip.samples)

    async def test_an_unknown_asset_is_not_found(self, opened: ClipSource) -> None:
        problem = await refusal(opened, ClipRequest(asset=f"asset:{'0' * 64}"))
        assert problem.kind is Kind.NOT_FOUND
