"""The contract of the role ``ambient``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from mixdown_kernel.contracts import AmbientSource
from mixdown_kernel.requests import AmbientRequest
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.signals import seam_faults
from mixdown_kernel.testing.source import SourceContract, refusal, refused_by_choice


class AmbientContract(SourceContract):
    """Subclass with a fixture ``backend``."""

    role: ClassVar[str] = "ambient"

    def request(self, kind: str, **members: Any) -> AmbientRequest:
        return AmbientRequest(kind=kind, **{"seed": 7, "parameters": self.parameters, **members})

    @pytest.fixture
    async def specifications(self, opened: AmbientSource) -> Sequence[AmbientRequest]:
        """One of each kind."""
        return tuple(self.request(kind) for kind in opened.kinds())

    async def test_kinds_are_named_apart(self, opened: AmbientSource) -> None:
        kinds = list(opened.kinds())
        assert kinds
        assert len(set(kinds)) == len(kinds)

    async def test_an_unknown_kind_is_refused(self, opened: AmbientSource) -> None:
        refused_by_choice(await refusal(opened, self.request("no such kind")), "kind")

    async def test_the_end_of_a_cycle_continues_into_its_beginning(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest]
    ) -> None:
        for request in specifications:
            audio = (await collect(opened, request)).audio
            faults = seam_faults(audio.samples, audio.rate)
            assert not faults, f"{request.kind}: {'; '.join(faults)}"

    @pytest.mark.parametrize("intensity", [0.0, 1.0])
    async def test_intensity_runs_from_nought_to_one(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest], intensity: float
    ) -> None:
        for request in specifications:
            render = await collect(opened, request.model_copy(update={"intensity": intensity}))
            assert render.audio.frames
            assert intensity == 0 or render.peak > 0.001
