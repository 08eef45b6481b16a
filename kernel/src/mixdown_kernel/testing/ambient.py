"""The contract of the role ``ambient``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import gcd, lcm
from typing import Any, ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Samples
from mixdown_kernel.contracts import AmbientSource, ChecksRequests, Layered
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.requests import AmbientRequest
from mixdown_kernel.testing.rendering import Rendered, collect
from mixdown_kernel.testing.signals import rms_db, seam_faults
from mixdown_kernel.testing.source import SourceContract, refusal, refused_by_choice

COMMON_SECONDS = 0.1
"""Cycles whose lengths have a larger common measure fall into step too often."""
NEVER_SECONDS = 12 * 3600
"""As long as the longest scene: until then the cycles of a bed may not all begin again together."""


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

    @pytest.mark.parametrize("member", ["distance", "brightness"])
    async def test_distance_and_brightness_are_honoured_or_refused(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest], member: str
    ) -> None:
        """A source that does not know them says ``unsupported`` instead of sounding as if nothing had been asked."""
        for request in specifications[:2]:
            ends = [request.model_copy(update={member: value}) for value in (0.0, 1.0)]
            problem = None
            try:
                low, high = [await collect(opened, end) for end in ends]
            except Problem as error:
                problem = error
            if problem:
                assert problem.kind is Kind.UNSUPPORTED, problem
                assert problem.field is None or problem.field.split(".")[-1] == member, problem
            else:
                assert low.digest() != high.digest(), f"{member} of {request.kind} changes nothing"

    # ---------------------------------------------------------------- beds of several cycles

    async def test_the_cycles_of_a_bed_are_sound_by_themselves(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest]
    ) -> None:
        for request in specifications[:2]:
            for number, render in enumerate(await _layered(opened, request)):
                assert 0.001 < render.peak <= 1.0, f"peak {render.peak} of cycle {number} of {request}"
                faults = seam_faults(render.audio.samples, render.audio.rate)
                assert not faults, f"cycle {number} of {request}: {'; '.join(faults)}"

    async def test_the_cycles_of_a_bed_do_not_meet_again(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest]
    ) -> None:
        for request in specifications[:2]:
            renders = await _layered(opened, request)
            (rate,) = {render.audio.rate for render in renders}
            frames = [render.audio.frames for render in renders]
            assert all(gcd(one, other) <= COMMON_SECONDS * rate for one, other in combinations(frames, 2)), (
                frames
            )
            assert lcm(*frames) > NEVER_SECONDS * rate, (
                f"{frames} all begin again after {lcm(*frames) / rate:.0f} s"
            )

    async def test_the_cycles_of_a_bed_sum_to_its_loudness(
        self, opened: AmbientSource, specifications: Sequence[AmbientRequest]
    ) -> None:
        """Within 3 dB of the one cycle that is complete by itself: whoever changes from one to the other keeps
        the volume."""
        for request in specifications[:2]:
            renders = await _layered(opened, request)
            longest = max(render.audio.frames for render in renders)
            total = np.sum([_repeated(render.audio.samples, longest) for render in renders], axis=0)
            whole = (await collect(opened, request)).audio.samples
            assert abs(rms_db(total) - rms_db(whole)) < 3, (rms_db(total), rms_db(whole))


async def _layered(source: AmbientSource, request: AmbientRequest) -> list[Rendered]:
    """The cycles of a bed, each rendered from its JSON, as an executor would get it."""
    cycles = list(source.cycles(request)) if isinstance(source, Layered) else []
    if len(cycles) < 2:
        pytest.skip("its bed is one cycle")
    travelled = [AmbientRequest.model_validate_json(cycle.model_dump_json()) for cycle in cycles]
    assert travelled == cycles, "a cycle is an ambient request that survives JSON"
    for cycle in travelled:
        if isinstance(source, ChecksRequests):
            source.check(cycle)
    return [await collect(source, cycle) for cycle in travelled]


def _repeated(samples: Samples, frames: int) -> Samples:
    return np.tile(samples, (-(-frames // len(samples)), 1))[:frames]
