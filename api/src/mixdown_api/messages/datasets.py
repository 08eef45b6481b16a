"""Datasets: the names, developers, scripts and other texts that the rotation goes through.

A dataset appears, or changes, in one transaction: what is read from a file is written beside it first, under no name.
Items that a new file still has keep their turns, and whether they are enabled.
"""

from __future__ import annotations

import asyncio
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import Select, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.messages.intake import CATEGORIES, FileType, Intake, Item, Report, Role
from mixdown_api.state import State
from mixdown_api.state.tables import datasets, items
from mixdown_api.state.whole import whole
from mixdown_kernel import Kind, Problem, invalid

CORE: Mapping[str, Role] = {"common_names": "names", "developer_names": "developers", "scripts": "scripts"}
"""Datasets that always exist; each begins with a starter list of ours."""
OF_ROLE = {role: name for name, role in CORE.items()}
BATCH = 5_000
"""Rows of one transaction: others who write wait for no more."""
ABANDONED = 3600.0
"""Seconds without a sign after which an upload is taken for dead."""
_DATASET = select(datasets.c.id, datasets.c.name, datasets.c.role).where(datasets.c.name == bindparam("name"))
_NAME = re.compile(r"[^\W_][\w-]{0,59}")


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as it is listed; ``sample`` are its first items."""

    id: int
    name: str
    role: Role
    count: int = 0
    sample: Sequence[str] = ()

    @property
    def filename(self) -> str:
        """What clients of the contract call it."""
        return f"{self.name}.json"


class Datasets:
    """The door to the datasets. One file is read at a time."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._turn = asyncio.Semaphore(1)

    async def seed(self) -> None:
        """Make the core datasets that are not there yet; any number of processes may do so at once."""
        there = select(datasets.c.name).where(datasets.c.name.in_(CORE))
        async with self._state.reading() as connection:
            existing = set((await connection.execute(there)).scalars())
        for name in CORE.keys() - existing:
            starter = BytesIO(resources("mixdown_api.messages").joinpath(f"data/{name}.json").read_bytes())
            await self._store(Intake(starter, "json", CORE[name]), name, CORE[name], replace=False)

    async def preview(
        self, file: BinaryIO, type_: FileType, role: Role = "custom", column: str | None = None
    ) -> Report:
        """What `upload` would take from a file. Raises `Problem` as `Intake` does."""
        intake = Intake(file, type_, role, column)
        async with self._turn:
            async for _ in _batches(intake):
                pass
        return intake.report

    async def upload(
        self,
        file: BinaryIO,
        type_: FileType,
        role: Role,
        target: str | None = None,
        column: str | None = None,
    ) -> tuple[Dataset, Report]:
        """Make a dataset of a file, or put the file in the place of the dataset that has its name.

        Args:
            target: the name; None means the core dataset of the role.

        Raises `Problem`: as `Intake` does; ``invalid``/``invalid_target_name``, ``missing_target_name``;
        ``conflict``/``dataset_role_conflict``.
        """
        name = _target(role, target)
        intake = Intake(file, type_, role, column)
        async with self._turn:
            await self._sweep()
            id_ = await self._store(intake, name, role, replace=True)
        report = intake.report
        return Dataset(id_, name, role, report.count, report.sample), report

    async def list(self, sample: int = 10) -> Sequence[Dataset]:
        """All of them by name."""
        counted = (
            select(datasets.c.id, datasets.c.name, datasets.c.role, func.count(items.c.id).label("count"))
            .outerjoin(items, items.c.dataset_id == datasets.c.id)
            .where(datasets.c.name.is_not(None))
            .group_by(datasets.c.id)
            .order_by(datasets.c.name)
        )
        async with self._state.reading() as connection:
            rows = (await connection.execute(counted)).mappings().all()
            return [Dataset(**row, sample=await _beginning(connection, row["id"], sample)) for row in rows]

    async def known(self, name: str) -> Dataset:
        """By its name, its file name, or the role that it is the core dataset of, without count and sample.

        Raises `Problem` ``not_found``/``unknown_dataset``.
        """
        async with self._state.reading() as connection:
            return await known(connection, name)

    async def texts(self, name: str) -> AsyncIterator[str]:
        """Every text of a dataset, in the order of the file. Raises `Problem` ``not_found``/``unknown_dataset``."""
        dataset = await self.known(name)
        after = 0
        while page := await self._page(dataset, after):
            for _, text in page:
                yield text
            after = page[-1][0]

    async def _page(self, dataset: Dataset, after: int) -> Sequence[tuple[int, str]]:
        query = select(items.c.id, items.c.text).where(items.c.dataset_id == dataset.id, items.c.id > after)
        async with self._state.reading() as connection:
            rows = await connection.execute(query.order_by(items.c.id).limit(BATCH))
            return [(id_, text) for id_, text in rows]

    async def delete(self, name: str) -> Dataset:
        """Raises `Problem`: ``not_found``/``unknown_dataset``; ``forbidden``/``core_dataset``."""
        async with self._state.begin() as connection:
            dataset = await known(connection, name)
            if dataset.name in CORE:
                message = f"{dataset.filename} is a core dataset and cannot be deleted."
                hint = "Upload another file in its place, or disable its items."
                raise Problem(Kind.FORBIDDEN, "core_dataset", message, field="filename", hint=hint)
            await connection.execute(update(datasets).where(datasets.c.id == dataset.id).values(name=None))
        await self._purge(dataset.id)
        return dataset

    async def _store(self, intake: Intake, name: str, role: Role, *, replace: bool) -> int:
        now = time.time()
        async with self._state.begin() as connection:
            made = insert(datasets).values(role=role, created_at=now, updated_at=now).returning(datasets.c.id)
            staged: int = (await connection.execute(made)).scalar_one()
        try:
            async for batch in _batches(intake):
                await whole(self._stage(staged, batch))
            return await self._publish(staged, name, role, replace)
        except BaseException:
            await self._purge(staged)
            raise

    async def _stage(self, staged: int, batch: Iterable[Item]) -> None:
        """To be done whole: asyncpg never comes back from many rows that are cancelled while it sends them (its
        issue 1265)."""
        rows = [{"dataset_id": staged, "text": item.text, "digest": item.digest} for item in batch]
        async with self._state.begin() as connection:
            await connection.execute(insert(items), rows)
            await connection.execute(
                update(datasets).where(datasets.c.id == staged).values(updated_at=time.time())
            )

    async def _publish(self, staged: int, name: str, role: Role, replace: bool) -> int:
        try:
            async with self._state.begin() as connection:
                live = await locked(connection, name)
                if live is None:
                    await _name(connection, staged, name)
                    return staged
                if replace:
                    await _merge(connection, live, staged, role)
        except IntegrityError:
            # Another process has just made a dataset of this name: the next attempt finds it.
            return await self._publish(staged, name, role, replace)
        await self._purge(staged)
        return live.id

    async def _purge(self, id_: int) -> None:
        """Remove a dataset that nobody sees. One that has a name, published at the very moment of a cancellation,
        stays; what is interrupted is left to `_sweep`."""
        unseen = and_(datasets.c.id == id_, datasets.c.name.is_(None))
        async with self._state.begin() as connection:
            dead = await connection.execute(update(datasets).where(unseen).values(updated_at=0.0))
        if not dead.rowcount:
            return
        some = select(items.c.id).where(items.c.dataset_id == id_).limit(BATCH).scalar_subquery()
        removed = 1
        while removed:
            async with self._state.begin() as connection:
                removed = (await connection.execute(delete(items).where(items.c.id.in_(some)))).rowcount
        async with self._state.begin() as connection:
            await connection.execute(delete(datasets).where(datasets.c.id == id_))

    async def _sweep(self) -> None:
        """Remove what uploads left that were killed."""
        dead = select(datasets.c.id).where(
            datasets.c.name.is_(None), datasets.c.updated_at < time.time() - ABANDONED
        )
        async with self._state.reading() as connection:
            found = (await connection.execute(dead)).scalars().all()
        for id_ in found:
            await self._purge(id_)


async def find(connection: AsyncConnection, name: str) -> Dataset | None:
    """By its name, its file name, or the role that it is the core dataset of."""
    return await _first_of(connection, name, _DATASET)


async def locked(connection: AsyncConnection, name: str) -> Dataset | None:
    """As `find`, in a writing transaction that no other one of this dataset runs beside.

    The lock has to come in an earlier statement than what is read under it: PostgreSQL gives each statement a
    snapshot of its own. SQLite's writing transactions are alone anyway.
    """
    return await _first_of(connection, name, _DATASET.with_for_update(key_share=True))


async def _first_of(connection: AsyncConnection, name: str, query: Select[Any]) -> Dataset | None:
    plain = plain_name(name)
    if not is_name(plain):
        return None
    row = (await connection.execute(query, {"name": plain})).mappings().first()
    return Dataset(**row) if row else None


async def known(connection: AsyncConnection, name: str) -> Dataset:
    """As `find`. Raises `Problem` ``not_found``/``unknown_dataset``."""
    return await or_unknown(connection, name, await find(connection, name))


async def or_unknown(connection: AsyncConnection, name: str, found: Dataset | None) -> Dataset:
    """What was found. Raises `Problem` ``not_found``/``unknown_dataset``, with the names there are, for nothing."""
    if found is not None:
        return found
    names = select(datasets.c.name).where(datasets.c.name.is_not(None)).order_by(datasets.c.name).limit(50)
    raise Problem(
        Kind.NOT_FOUND,
        "unknown_dataset",
        f"There is no dataset {name[:80]!r}.",
        field="dataset",
        allowed=[*OF_ROLE, *(await connection.execute(names)).scalars()],
    )


def is_name(plain: str) -> bool:
    """Whether a dataset can be called so; what cannot may hold what no database takes."""
    return _NAME.fullmatch(plain) is not None


def plain_name(name: str) -> str:
    """``names`` and ``common_names.json`` are ``common_names``."""
    plain = "_".join(unicodedata.normalize("NFC", name).lower().split()).removesuffix(".json")
    return OF_ROLE.get(plain, plain)  # type: ignore[call-overload, no-any-return]


def _target(role: Role, target: str | None) -> str:
    name = plain_name(target) if target and target.strip() else OF_ROLE.get(role)
    if name is None:
        message = "A custom dataset needs a name."
        raise invalid("missing_target_name", message, field="target_name")
    if not is_name(name):
        raise invalid(
            "invalid_target_name",
            "A dataset's name has 1 to 60 letters, digits, `_` and `-`, and begins with a letter or digit.",
            field="target_name",
        )
    if CORE.get(name, role) != role:
        _conflict(name, CORE[name], role)
    return name


def _conflict(name: str, has: str, asked: str) -> None:
    raise Problem(
        Kind.CONFLICT,
        "dataset_role_conflict",
        f"The dataset {name} holds {has}, not {asked}.",
        field="dataset_role",
        allowed=[has],
        hint=f"Send `dataset_role` {has} to put the file in its place, or another `target_name`.",
    )


async def _batches(intake: Intake) -> AsyncIterator[Sequence[Item]]:
    """Read in a thread: a large file takes seconds."""
    reading = iter(intake)

    def batch(reading: Iterator[Item]) -> Sequence[Item]:
        return list(islice(reading, BATCH))

    while found := await asyncio.to_thread(batch, reading):
        yield found


async def _beginning(connection: AsyncConnection, id_: int, limit: int) -> Sequence[str]:
    query = select(items.c.text).where(items.c.dataset_id == id_).order_by(items.c.id).limit(limit)
    return (await connection.execute(query)).scalars().all()


async def _name(connection: AsyncConnection, id_: int, name: str) -> None:
    now = time.time()
    await connection.execute(update(datasets).where(datasets.c.id == id_).values(name=name, updated_at=now))


async def _merge(connection: AsyncConnection, live: Dataset, staged: int, role: Role) -> None:
    """Put the staged items in the place of the live ones; those that are equal stay as they are.

    New items begin where the least used ones are: neither do they wait for a round, nor come many times in a row.
    """
    if live.role != role:
        _conflict(live.name, live.role, role)
    of_live, of_staged = items.c.dataset_id == live.id, items.c.dataset_id == staged
    fresh = select(items.c.digest).where(of_staged)
    await connection.execute(delete(items).where(of_live, items.c.digest.not_in(fresh)))
    kept = select(items.c.digest).where(of_live)
    await connection.execute(delete(items).where(of_staged, items.c.digest.in_(kept)))
    least = select(func.min(items.c.use_count), func.min(items.c.pair_count)).where(of_live, items.c.enabled)
    uses, pairs = (await connection.execute(least)).one()
    moved: dict[str, Any] = {"dataset_id": live.id, "use_count": uses or 0, "pair_count": pairs or 0}
    await connection.execute(update(items).where(of_staged).values(moved))
    await _name(connection, live.id, live.name)


__all__ = ["CATEGORIES", "CORE", "OF_ROLE", "Dataset", "Datasets", "find", "known", "locked", "or_unknown"]
