"""Answers that are made while they are sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from mixdown_api.edge import stream
from mixdown_kernel import Problem, invalid


async def test_headers_may_depend_on_what_was_begun():
    begun: dict[str, str] = {}

    async def chunks() -> AsyncGenerator[bytes, None]:
        begun["x-speaker"] = "anna"
        yield b"sound"

    answer = await stream(chunks(), media_type="audio/wav", headers=lambda: begun)
    assert answer.headers["x-speaker"] == "anna"
    assert [chunk async for chunk in answer.body_iterator] == [b"sound"]


@pytest.mark.parametrize("where", ["chunks", "headers"])
async def test_what_fails_before_the_answer_closes_what_was_begun(where):
    closed = []

    async def chunks() -> AsyncGenerator[bytes, None]:
        try:
            if where == "chunks":
                raise invalid("wrong", "wrong")
            yield b"sound"
        finally:
            closed.append(True)

    def headers() -> dict[str, str]:
        raise invalid("wrong", "wrong")

    with pytest.raises(Problem):
        await stream(chunks(), media_type="audio/wav", headers=headers)
    assert closed == [True]
