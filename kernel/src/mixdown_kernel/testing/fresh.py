"""The same work in a process that shares nothing but the code, as a restarted server or an executor would do it.

The descriptor travels pickled, that is by the names of its module, its ``open`` and its settings. One that was
defined inside a function cannot travel; such a test is skipped with that reason.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel.backends import Backend
from mixdown_kernel.requests import SourceRequest
from mixdown_kernel.testing.opening import opened
from mixdown_kernel.testing.rendering import collect

NOT_IMPORTABLE = 3


@dataclass(frozen=True)
class Subject:
    """A backend and how to open it, in a form that another process understands."""

    backend: Backend[Any]
    folder: Path
    section: Mapping[str, Any] = field(default_factory=dict)
    neighbours: Mapping[str, Backend[Any]] = field(default_factory=dict)

    def open(self) -> Any:
        # One thread where the test's own process has two: equal bits must not hang on that.
        return opened(self.backend, self.section, folder=self.folder, threads=1, neighbours=self.neighbours)


async def digests(subject: Subject, requests: Sequence[SourceRequest]) -> list[dict[str, Any]]:
    """`Rendered.digest` of each request, rendered in a fresh process from its JSON."""
    specifications = [(type(request), request.model_dump_json()) for request in requests]
    async with running(_render_all, subject, specifications) as child:
        out, error = await child.communicate()
    require_success(child, error)
    answer: list[dict[str, Any]] = json.loads(out)
    return answer


async def _render_all(subject: Subject, specifications: list[tuple[type[SourceRequest], str]]) -> None:
    async with subject.open() as source:
        renders = [await collect(source, kind.model_validate_json(text)) for kind, text in specifications]
    print(json.dumps([render.digest() for render in renders]))


@asynccontextmanager
async def running(work: Any, *arguments: Any) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child that awaits ``work(*arguments)``, a coroutine function of an importable module; killed at the end.

    Its standard output is ``work``'s own to use.
    """
    try:
        message = pickle.dumps((work, arguments))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        pytest.skip(f"the backend cannot be named in another process: {error}")
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from {__name__} import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert child.stdin is not None
    try:
        child.stdin.write(len(message).to_bytes(8, "big") + message)
        await child.stdin.drain()
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def main() -> None:
    """The child's side."""
    stdin = sys.stdin.buffer
    message = stdin.read(int.from_bytes(stdin.read(8), "big"))
    try:
        work, arguments = pickle.loads(message)  # noqa: S301 - our parent wrote it
    except (ImportError, AttributeError) as error:
        print(error, file=sys.stderr)
        sys.exit(NOT_IMPORTABLE)
    asyncio.run(work(*arguments))


def require_success(child: asyncio.subprocess.Process, error: bytes) -> None:
    """Fail with the child's own words, or skip where it could not even import the backend."""
    text = error.decode(errors="replace").strip()
    if child.returncode == NOT_IMPORTABLE:
        pytest.skip(f"the backend cannot be imported in another process: {text}")
    assert child.returncode == 0, f"the fresh process failed:\n{text}"
