"""Opens the database whose URL it is given, together with others, and adds ten files."""

import asyncio
import sys

from sqlalchemy import text

from mixdown_api.state import State, files


async def main() -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    state = await State.open(sys.argv[1])
    async with state.reading() as connection:
        versions = len((await connection.execute(text("SELECT * FROM alembic_version"))).all())
    for number in range(10):
        async with state.begin() as connection:
            await files.add(
                connection,
                files.File(kind="output", key=f"{number}", media_type="x/y", size=1, sha256="0" * 64),
            )
    print(f"{versions} version, 10 files added")
    await state.aclose()


asyncio.run(main())
