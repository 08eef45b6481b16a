"""Whatever ends a put early, no reader ever sees a part of it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

import pytest

from mixdown_kernel import Kind, Problem, StorageBackend

Open = Callable[[], AbstractAsyncContextManager[StorageBackend]]
WRITER = Path(__file__).with_name("writer_process.py")


@contextmanager
def writer(*arguments: str | Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """A writing process, killed at the end; its input and output."""
    with subprocess.Popen(
        [sys.executable, WRITER, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as child:
        assert child.stdin
        assert child.stdout
        try:
            yield child.stdin, child.stdout
        finally:
            child.kill()


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_a_cancelled_put_leaves_nothing(storage: StorageBackend, root: Path) -> None:
    written = asyncio.Event()
    closed = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        try:
            yield os.urandom(2_000_000)
            written.set()
            await asyncio.Event().wait()
        finally:
            closed.set()

    putting = asyncio.create_task(storage.put("a", slow(), media_type="x/y"))
    await written.wait()
    assert len(files(root)) == 1, "a temporary file is being written"
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert closed.is_set()
    assert files(root) == []


async def test_cancelled_at_any_step_a_put_leaves_all_or_nothing(storage: StorageBackend, root: Path) -> None:
    async def content() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 300_000

    for steps in range(25):
        putting = asyncio.create_task(storage.put(f"n{steps}", content(), media_type="x/y"))
        for _ in range(steps):
            await asyncio.sleep(0)
        putting.cancel()
        putting.cancel()
        await asyncio.wait([putting])
        stored = await storage.stat(f"n{steps}")
        assert stored is None or stored.size == 900_000
    assert not list((root / "incoming").iterdir())


async def test_a_failing_source_leaves_nothing_and_is_not_mistaken_for_the_disk(
    storage: StorageBackend, root: Path
) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        raise ConnectionResetError("the provider hung up")

    with pytest.raises(ConnectionResetError):
        await storage.put("a", failing(), media_type="x/y")
    assert files(root) == []


async def test_slow_chunks_hold_nobody_up(storage: StorageBackend) -> None:
    """Far more unfinished puts than threads, and a whole one passes them all."""
    go = asyncio.Event()

    async def waiting() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        await go.wait()
        yield b"y"

    async def quick() -> AsyncIterator[bytes]:
        yield b"z"

    slow = [asyncio.create_task(storage.put(f"slow/{n}", waiting(), media_type="x/y")) for n in range(40)]
    assert (await storage.put("quick", quick(), media_type="x/y")).size == 1
    assert [stored.key async for stored in storage.list()] == ["quick"]
    go.set()
    assert {stored.size for stored in await asyncio.gather(*slow)} == {300_001}


async def test_a_reader_that_leaves_early_closes_its_file(storage: StorageBackend) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000

    await storage.put("a", content(), media_type="x/y")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        reading = storage.get("a")
        await anext(reading)
        await reading.aclose()  # type: ignore[attr-defined]
    assert len(os.listdir("/proc/self/fd")) == before


async def test_killed_writers_leave_whole_objects_only(open_storage: Open, root: Path) -> None:
    """A child stores, replaces and deletes without pause; ten times it is killed in the middle of it."""
    for round_ in range(10):
        with writer("loop", root) as (_, output):
            for _ in range(100 + 7 * round_):
                assert output.readline(), "the writer goes on until it is killed"
    async with open_storage() as storage:
        assert not list((root / "incoming").iterdir()), "what was left is swept"
        checked = 0
        async for stored in storage.list():
            content = b"".join([block async for block in storage.get(stored.key)])
            assert sha256(content).hexdigest() == stored.etag == stored.metadata["etag"]
            assert len(content) == stored.size
            checked += 1
        assert checked
        on_disk = [path for path in files(root) if path.parent.name == "k"]
        assert len(on_disk) == checked, "no file lies there that is not a whole object"


async def test_a_killed_writers_file_is_swept_and_a_living_ones_is_not(
    open_storage: Open, root: Path
) -> None:
    with writer("stall", root) as (control, output):
        assert output.readline() == "stalled\n"
        async with open_storage():
            assert len(list((root / "incoming").iterdir())) == 1, "its writer lives"
        control.write("go on\n")
        assert output.readline() == "stored\n"
        assert output.readline() == "stalled\n"
    assert len(list((root / "incoming").iterdir())) == 1
    async with open_storage() as storage:
        assert not list((root / "incoming").iterdir())
        assert [stored.key async for stored in storage.list()] == ["first"]


async def test_of_several_processes_one_stores_if_absent(open_storage: Open, root: Path) -> None:
    with writer("absent", root) as one, writer("absent", root) as two, writer("absent", root) as three:
        writers = [one, two, three]
        for _, output in writers:
            assert output.readline() == "ready\n"
        for control, _ in writers:
            control.write("go\n")
        answers = [output.read().split() for _, output in writers]
    assert len(answers[0]) == 50
    assert answers[0] == answers[1] == answers[2]
    async with open_storage() as storage:
        assert [stored.etag async for stored in storage.list()] == answers[0]


def test_a_full_disk_is_reported_and_leaves_nothing(tmp_path: Path) -> None:
    mount = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" "$3" full "$1"'
    child = subprocess.run(
        ["unshare", "-m", "sh", "-c", mount, "sh", tmp_path, sys.executable, WRITER],
        capture_output=True,
        text=True,
        check=False,
    )
    if "mount:" in child.stderr or "unshare:" in child.stderr:
        pytest.skip("a small file system may not be mounted here")
    assert child.returncode == 0, child.stderr
    assert child.stdout.split("\n") == [
        "unavailable storage_full",
        "['small']",
        "0 temporary",
        "small whole",
        "",
    ]


async def test_other_failures_of_the_disk_are_unavailable_without_a_path(
    storage: StorageBackend, root: Path
) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"x"

    (root / "incoming").rmdir()
    with pytest.raises(Problem) as error:
        await storage.put("a", content(), media_type="x/y")
    assert (error.value.kind, error.value.code) == (Kind.UNAVAILABLE, "storage_failed")
    assert str(root) not in error.value.message
    assert await storage.stat("a") is None
