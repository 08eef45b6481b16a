"""A writer to be killed: ``writer_process.py loop|stall|absent|full ROOT``; see test_interruption.py."""

import asyncio
import logging
import os
import random
import sys
from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import count
from pathlib import Path

from mixdown_kernel import Problem
from mixdown_storage_local.store import LocalStorage


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]


async def announced(data: bytes) -> AsyncIterator[bytes]:
    """Every piece is a line of output, so that a kill some lines later comes at any stage of a put."""
    async for piece in pieces(data):
        print("piece", flush=True)
        yield piece


async def loop(storage: LocalStorage) -> None:
    for number in count():
        data = random.randbytes(random.randrange(400_000))
        key = f"k/{random.randrange(30)}"
        metadata = {"etag": sha256(data).hexdigest()}
        await storage.put(
            key, announced(data), media_type="x/y", metadata=metadata, if_absent=number % 2 == 0
        )
        if number % 5 == 0:
            await storage.delete(f"k/{random.randrange(30)}")
        print("stored", flush=True)


async def stall(storage: LocalStorage) -> None:
    async def waiting() -> AsyncIterator[bytes]:
        yield b"x" * 300_000
        print("stalled", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        yield b"y"

    for key in ["first", "second"]:
        await storage.put(key, waiting(), media_type="x/y")
        print("stored", flush=True)


async def absent(storage: LocalStorage) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(50):
        stored = await storage.put(f"{number:02}", pieces(os.urandom(10)), media_type="x/y", if_absent=True)
        print(stored.etag)


async def full(storage: LocalStorage) -> None:
    await storage.put("small", pieces(b"x" * 500_000), media_type="x/y")
    for key in ["large", "small"]:
        try:
            await storage.put(key, pieces(b"y" * 5_000_000), media_type="x/y")
        except Problem as problem:
            last = problem
    print(last.kind, last.code)
    print([stored.key async for stored in storage.list()])
    print(len(list((Path(sys.argv[2]) / "incoming").iterdir())), "temporary")
    content = b"".join([block async for block in storage.get("small")])
    print("small", "whole" if content == b"x" * 500_000 else "damaged")


async def main() -> None:
    async with LocalStorage.opened(Path(sys.argv[2]), logging.getLogger("writer")) as storage:
        await {"loop": loop, "stall": stall, "absent": absent, "full": full}[sys.argv[1]](storage)


asyncio.run(main())
