"""``opening_process.py URL N``: forks N processes that open the database at once and add ten files each."""

import asyncio
import multiprocessing
import sys
from multiprocessing.synchronize import Barrier

from sqlalchemy import text

from mixdown_api.state import State, files


async def open_and_add(url: str) -> str:
    state = await State.open(url)
    async with state.reading() as connection:
        versions = len((await connection.execute(text("SELECT * FROM alembic_version"))).all())
    for number in range(10):
        async with state.begin() as connection:
            await files.add(
                connection,
                files.File(kind="output", key=f"{number}", media_type="x/y", size=1, sha256="0" * 64),
            )
    await state.aclose()
    return f"{versions} version, 10 files added"


def run(url: str, together: Barrier) -> None:
    together.wait()
    print(asyncio.run(open_and_add(url)), flush=True)


if __name__ == "__main__":
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(int(sys.argv[2]))
    children = [fork.Process(target=run, args=(sys.argv[1], together)) for _ in range(together.parties)]
    for child in children:
        child.start()
    for child in children:
        child.join()
