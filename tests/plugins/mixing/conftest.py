"""Both mixing backends, opened as the kernel opens them."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import mixdown_mixing
from mixdown_kernel import Context, MixingBackend


@pytest.fixture(params=["numpy", "numba"])
async def mixing(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MixingBackend]:
    offered = {backend.name: backend for backend in mixdown_mixing.mixing_backends()}
    if request.param not in offered:
        pytest.skip("the extra `fast` is not installed")
    backend = offered[request.param]
    async with backend.open(backend.settings(), alone(tmp_path)) as opened:
        yield opened


def alone(folder: Path) -> Context:
    """Surroundings in which asking for anything else is an error."""

    async def no_backend(role: str) -> Any:
        raise LookupError(role)

    def no_source(spec: Any) -> AsyncIterator[Any]:
        raise LookupError(spec)

    return Context(folder, folder, 1, logging.getLogger("test"), no_backend, no_source)
