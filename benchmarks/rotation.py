"""Fair turns under load: 8 processes claim 2,000 each from one dataset, on SQLite and PostgreSQL, killed and not.

Run: ``python -m benchmarks rotation``. Claims a second of ``Rotation.next`` beside those of the bare statement on the
bare driver (PostgreSQL without fsync: no disk is measured); then once more while processes are killed at random moments, and what became of every claim.
``python -m benchmarks.rotation URL`` measures another (empty) database, ``… URL 8 50 5`` fewer claims and five kills.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import func, select

from mixdown_api.messages.datasets import Datasets
from mixdown_api.messages.rotation import Rotation
from mixdown_api.state import State
from mixdown_api.state.database import BUSY_TIMEOUT_S
from mixdown_api.state.tables import items

PROCESSES, CLAIMS, KILLS = 8, 2_000, 24
ITEMS = 50
fork = multiprocessing.get_context("fork")

Claim = Callable[[], Awaitable[str]]
RAW_SQLITE = """
UPDATE items SET use_count = use_count + 1, last_used = ?
WHERE id = (SELECT id FROM items WHERE dataset_id = ? AND enabled = 1 ORDER BY use_count, id LIMIT 1)
RETURNING text
"""
RAW_POSTGRES = "SELECT text FROM take_turn($1, $2)"


@dataclass(frozen=True)
class Outcome:
    """``acknowledged`` claims came back to a process, ``counted`` are in the database. A killed process can have had
    one on its way. ``worst`` is the largest spread that was seen at any moment."""

    asked: int
    seconds: float
    acknowledged: int
    counted: int
    killed: int
    worst: int

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds

    @property
    def is_right(self) -> bool:
        on_their_way = self.counted - self.acknowledged
        return self.acknowledged == self.asked and 0 <= on_their_way <= self.killed and self.worst <= 1


# ---------------------------------------------------------------- one process


def claim_all(url: str, raw: bool, number: int, log: Path, together: Barrier | None = None) -> None:
    """Until ``number`` claims are in the log: whoever comes after a killed process goes on with its log."""
    had = log.read_bytes().count(b"\n") if log.exists() else 0
    acknowledge = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def work(claim: Claim) -> None:
        if together:
            together.wait()
        for _ in range(number - had):
            os.write(acknowledge, (await claim()).encode() + b"\n")

    asyncio.run(_raw(url, work) if raw else _rotation(url, work))


async def _rotation(url: str, work: Callable[[Claim], Awaitable[None]]) -> None:
    state = await State.open(url)
    rotation = Rotation(state)
    await work(lambda: rotation.next("names"))
    await state.aclose()


async def _raw(url: str, work: Callable[[Claim], Awaitable[None]]) -> None:
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=BUSY_TIMEOUT_S, isolation_level=None)
        file.execute("PRAGMA synchronous = NORMAL")
        id_ = file.execute("SELECT id FROM datasets").fetchone()[0]

        async def claim() -> str:
            return str(file.execute(RAW_SQLITE, (time.time(), id_)).fetchone()[0])

        await work(claim)
        file.close()
        return
    import asyncpg  # type: ignore[import-untyped]

    server = await asyncpg.connect(url)

    async def take() -> str:
        return str(await server.fetchval(RAW_POSTGRES, "common_names", time.time()))

    await work(take)
    await server.close()


# ---------------------------------------------------------------- many


def run(url: str, processes: int, claims: int, kills: int, *, raw: bool = False) -> Outcome:
    """Fork the processes, kill some of them, and count. Nothing else may use the database, nor this process have
    threads."""
    asyncio.run(_prepare(url))
    with tempfile.TemporaryDirectory() as folder:
        logs = [Path(folder) / str(number) for number in range(processes)]
        with _watched(url) as spreads:
            if kills:
                began = time.perf_counter()
                killed = _claim_and_kill(url, claims, kills, logs)
            else:
                began = _claim_together(url, claims, raw, logs)
                killed = 0
            seconds = time.perf_counter() - began
        acknowledged = sum(log.read_bytes().count(b"\n") for log in logs)
    counts = asyncio.run(_counts(url))
    spreads.append(max(counts) - min(counts))
    return Outcome(processes * claims, seconds, acknowledged, sum(counts), killed, max(spreads))


def _claim_together(url: str, claims: int, raw: bool, logs: list[Path]) -> float:
    """When all were connected, and the first claimed."""
    together = fork.Barrier(len(logs) + 1)
    children = [fork.Process(target=claim_all, args=(url, raw, claims, log, together)) for log in logs]
    for child in children:
        child.start()
    together.wait()
    began = time.perf_counter()
    for child in children:
        child.join()
    return began


def _claim_and_kill(url: str, claims: int, kills: int, logs: list[Path]) -> int:
    def start(log: Path) -> BaseProcess:
        child = fork.Process(target=claim_all, args=(url, False, claims, log))
        child.start()
        return child

    chance = random.Random(7)
    running = {log: start(log) for log in logs}
    killed = 0
    while killed < kills and any(child.is_alive() for child in running.values()):
        time.sleep(chance.uniform(0.02, 0.2))
        log = chance.choice([log for log, child in running.items() if child.is_alive()] or logs)
        child = running[log]
        if child.pid is not None and child.is_alive():
            os.kill(child.pid, signal.SIGKILL)
            child.join()
            killed += child.exitcode == -signal.SIGKILL
            running[log] = start(log)
    for child in running.values():
        child.join()
    return killed


@contextmanager
def _watched(url: str) -> Iterator[list[int]]:
    """The spread in snapshots, taken by a process of its own."""
    receiving, sending = fork.Pipe(duplex=False)
    watcher = fork.Process(target=lambda: asyncio.run(_watch(url, sending.send)))
    watcher.start()
    spreads: list[int] = []
    try:
        yield spreads
    finally:
        watcher.terminate()
        watcher.join()
        sending.close()
        with suppress(EOFError):
            while receiving.poll():
                spreads.append(receiving.recv())


async def _watch(url: str, tell: Callable[[int], None]) -> None:
    state = await State.open(url)
    between = select(func.max(items.c.use_count) - func.min(items.c.use_count))
    worst = -1
    while True:
        async with state.reading() as connection:
            spread = await connection.scalar(between) or 0
        if spread > worst:
            worst = spread
            tell(spread)
        await asyncio.sleep(0.02)


async def _prepare(url: str) -> None:
    state = await State.open(url)
    file = BytesIO(json.dumps([f"Name{number}" for number in range(ITEMS)]).encode())
    await Datasets(state).upload(file, "json", "names")
    async with state.begin() as connection:
        await connection.execute(items.update().values(use_count=0))
    await state.aclose()


async def _counts(url: str) -> list[int]:
    state = await State.open(url)
    async with state.reading() as connection:
        counts = list((await connection.execute(select(items.c.use_count))).scalars())
    await state.aclose()
    return counts


# ---------------------------------------------------------------- the table


def databases() -> Iterator[tuple[str, str]]:
    """Names and URLs, each as long as it is the current one."""
    from tests.api.postgres import installed, running

    with tempfile.TemporaryDirectory() as folder:
        yield "SQLite", f"sqlite:///{folder}/mixdown.db"
    if (programs := installed()) is None:
        print("PostgreSQL   not installed (Debian: apt-get install postgresql)")
        return
    with running(programs) as socket:
        yield "PostgreSQL", f"postgresql://postgres@/postgres?host={socket}"


def main() -> None:
    print(f"{PROCESSES} processes × {CLAIMS} claims of {ITEMS} items")
    print(f"{'':12}{'claims/s':>10}{'bare':>10}{'ratio':>8}   with {KILLS} kills")
    for name, url in databases():
        ours = run(url, PROCESSES, CLAIMS, 0)
        bare = run(url, PROCESSES, CLAIMS, 0, raw=True)
        hurt = run(url, PROCESSES, CLAIMS, KILLS)
        print(
            f"{name:12}{ours.rate:10.0f}{bare.rate:10.0f}{ours.rate / bare.rate:8.2f}   {told(hurt)}",
            flush=True,
        )
        assert ours.is_right, ours
        assert hurt.is_right, hurt


def told(outcome: Outcome) -> str:
    return (
        f"{outcome.killed} killed, {outcome.acknowledged} acknowledged, {outcome.counted} counted, "
        f"largest spread {outcome.worst}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        url, *sizes = sys.argv[1:]
        processes, claims, kills = [int(size) for size in sizes] or (PROCESSES, CLAIMS, KILLS)
        outcome = run(url, processes, claims, kills)
        print(json.dumps(asdict(outcome)))
        sys.exit(not outcome.is_right)
    else:
        main()
