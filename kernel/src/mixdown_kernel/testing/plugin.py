"""Fixtures for plugin authors, for those who ask for them::

    # conftest.py
    pytest_plugins = ["mixdown_kernel.testing.plugin"]

There is no ``pytest11`` entry point: installing the kernel changes nobody's test run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mixdown_kernel.backends import Backend, Context
from mixdown_kernel.testing import opening

if TYPE_CHECKING:
    from mixdown_kernel.kernel import Kernel

MakeKernel = Callable[..., "Kernel"]
OpenBackend = Callable[..., Awaitable[Any]]


@pytest.fixture
def make_kernel(tmp_path: Path) -> MakeKernel:
    """``make_kernel(config, plugins=[…])``: a kernel with its data under ``tmp_path`` that looks for no
    installed plugins (pass ``discover=True`` for them). Enter it yourself, in the task that uses it::

        async with make_kernel({"backends": {"synthesis": ["beep"]}}, plugins=[Beep()]) as kernel: ...
    """
    from mixdown_kernel.kernel import Kernel

    def make(config: Mapping[str, Any] | None = None, **options: Any) -> Kernel:
        return Kernel({"data_dir": tmp_path / "var", **(config or {})}, **{"discover": False, **options})

    return make


@pytest.fixture
async def open_backend(tmp_path: Path) -> AsyncIterator[OpenBackend]:
    """``await open_backend(backend, section={…})``: the open backend, closed after the test."""
    async with AsyncExitStack() as stack:

        async def open_(
            backend: Backend[Any], section: Mapping[str, Any] | None = None, **options: Any
        ) -> Any:
            folder = tmp_path / backend.name
            manager = opening.opened(backend, section, **{"folder": folder, **options})
            return await stack.enter_async_context(opening.in_own_task(manager))

        yield open_


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A context with folders of its own, as `Backend.open` receives it."""
    return opening.context(tmp_path)
