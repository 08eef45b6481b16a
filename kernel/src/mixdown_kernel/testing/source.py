"""What every source role owes: the suites of synthesis, music, ambience and clips build on this one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any, ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Samples
from mixdown_kernel.backends import Backend
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.requests import SourceRequest
from mixdown_kernel.testing import fresh
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.rendering import Rendered, collect, stream

HUNG_AFTER = 30.0
"""Seconds until a call that should return at once counts as hung; nothing is judged by how fast it is."""


class SourceContract(BackendContract):
    """Base of the suites for sources.

    ``specifications`` is the fixture with the requests that these tests render. They take any that the backend
    allows; the suites of the roles have defaults that suit most.

    Attributes:
        parameters: members of ``parameters`` that the default specifications send along.
    """

    parameters: ClassVar[dict[str, Any]] = {}

    @pytest.fixture
    async def specifications(self, opened: Any) -> Sequence[SourceRequest]:
        raise NotImplementedError

    async def test_it_yields_sound_that_the_road_can_use(
        self, opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        """float32 of shape (frames, channels), finite, audible, within full scale, at one sane rate throughout."""
        for request in specifications:
            render = await collect(opened, request)
            assert render.chunks, f"no chunk for {request}"
            assert 0.001 < render.peak <= 1.0, f"peak {render.peak} for {request}"
            shapes = {(chunk.audio.rate, chunk.audio.channels) for chunk in render.chunks}
            assert len(shapes) == 1, f"(rate, channels) changed on the way: {shapes}"

    async def test_a_chunk_stays_as_it_was_yielded(
        self, opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        """Blocks are passed by reference: a buffer that is used again would change what somebody still holds."""
        chunks, seen = [], []
        async with aclosing(stream(opened, specifications[0])) as running:
            async for chunk in running:
                chunks.append(chunk)
                seen.append(_hash(chunk.audio.samples))
        assert [_hash(chunk.audio.samples) for chunk in chunks] == seen

    async def test_equal_requests_give_equal_sound(
        self, backend: Backend[Any], opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        only_if_deterministic(backend)
        for request in specifications[:2]:
            assert_equal(await collect(opened, request), await collect(opened, request))

    async def test_renders_at_the_same_time_do_not_disturb_each_other(
        self, backend: Backend[Any], opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        requests = [*specifications[:2], specifications[0]]
        renders = await asyncio.gather(*(collect(opened, request) for request in requests))
        assert all(render.chunks for render in renders)
        if backend.deterministic:
            for request, render in zip(requests, renders, strict=True):
                assert_equal(render, await collect(opened, request))

    async def test_a_fresh_process_gives_equal_sound(
        self,
        backend: Backend[Any],
        opened: Any,
        specifications: Sequence[SourceRequest],
        subject: fresh.Subject,
    ) -> None:
        """Every specification travels as JSON and comes back bit for bit: cache, resumption and executors rest
        on it. Usual culprits: an unseeded generator, hash(), the clock, the thread count, state of an earlier
        render."""
        only_if_deterministic(backend)
        here = [(await collect(opened, request)).digest() for request in specifications]
        assert await fresh.digests(subject, specifications) == here

    async def test_the_seed_counts_exactly_where_the_descriptor_says_so(
        self, backend: Backend[Any], opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        only_if_deterministic(backend)
        request = specifications[0]
        other = request.model_copy(update={"seed": request.seed + 1})
        same = (await collect(opened, request)).digest() == (await collect(opened, other)).digest()
        assert same is not backend.seeded, f"seeded={backend.seeded}, but equal sound is {same}"

    async def test_unknown_parameters_are_refused(
        self, opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        request = specifications[0]
        strange = {**request.parameters, "no_such_parameter_": 1}
        problem = await refusal(opened, request.model_copy(update={"parameters": strange}))
        assert problem.kind is Kind.INVALID

    async def test_closing_early_stops_the_work_and_the_next_render_is_whole(
        self, backend: Backend[Any], opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        request = specifications[0]
        before = await collect(opened, request)
        for _ in range(3):
            running = stream(opened, request)
            await anext(running)
            async with asyncio.timeout(HUNG_AFTER):
                await running.aclose()
        if backend.deterministic:
            assert_equal(await collect(opened, request), before)

    async def test_an_iterator_that_was_never_started_can_be_closed(
        self, opened: Any, specifications: Sequence[SourceRequest]
    ) -> None:
        async with asyncio.timeout(HUNG_AFTER):
            await stream(opened, specifications[0]).aclose()

    @pytest.mark.parametrize("turns", [1, 3, 10])
    async def test_a_cancelled_render_ends_and_the_next_one_is_whole(
        self, backend: Backend[Any], opened: Any, specifications: Sequence[SourceRequest], turns: int
    ) -> None:
        """Cancellation reaches the backend wherever it waits, and it may not swallow it."""
        request = specifications[0]
        task = asyncio.create_task(collect(opened, request))
        for _ in range(turns):
            await asyncio.sleep(0)
        finished = task.done()
        task.cancel()
        async with asyncio.timeout(HUNG_AFTER):
            await asyncio.wait([task])
        assert finished or task.cancelled() or task.exception() is None, task.exception()
        after = await collect(opened, request)
        assert after.chunks
        if backend.deterministic:
            assert_equal(after, await collect(opened, request))


def only_if_deterministic(backend: Backend[Any]) -> None:
    if not backend.deterministic:
        pytest.skip(f"{backend.name} does not claim to be deterministic")


def assert_equal(left: Rendered, right: Rendered) -> None:
    assert left.digest() == right.digest()


async def refusal(source: Any, request: SourceRequest) -> Problem:
    """The `Problem` that ``request`` meets; any other outcome fails the test."""
    problem, render = None, None
    try:
        render = await collect(source, request)
    except Problem as error:
        problem = error
    assert problem, f"{request!r} was rendered ({render and render.audio.frames} frames); expected a Problem"
    return problem


def refused_by_choice(problem: Problem, field: str) -> None:
    """An unknown name of something: the caller learns which member was wrong."""
    assert problem.kind in {Kind.INVALID, Kind.NOT_FOUND}, problem
    assert problem.field is None or problem.field.split(".")[-1] == field, problem


def _hash(samples: Samples) -> str:
    return hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
