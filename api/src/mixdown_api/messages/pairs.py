"""Pairs: each name with each developer before any pair comes again.

Two rotations side by side never meet all pairs where their sizes share a factor. Here a pair is chosen: the name with
the fewest turns in pairs; for it, the developer that it met least often, among these the one with the fewest turns,
among these the next in the circle after the last one dealt. With sets that do not change this walks the diagonals of
the table: it covers names × developers in as many turns, and at each moment no two names and no two developers
differ by more than one turn. Where the sets change it goes on from what has been dealt, and still covers everything.

Turns in pairs are counted apart from single ones: a caller who takes names alone in between, and always gets every
second one, must not keep those from being paired.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.messages import turns
from mixdown_api.messages.datasets import OF_ROLE, Dataset, locked, or_unknown
from mixdown_api.messages.turns import nothing_enabled
from mixdown_api.state.tables import datasets, items, pairs

NAMES, DEVELOPERS = OF_ROLE["names"], OF_ROLE["developers"]
"""The pair rotation is that of the two core datasets."""

_NAME = (
    select(items.c.id, items.c.text, items.c.last_used)
    .where(items.c.dataset_id == bindparam("names"), items.c.enabled)
    .order_by(items.c.pair_count, items.c.id)
    .limit(1)
)
_DEVELOPER = (
    select(items.c.id, items.c.text, items.c.last_used)
    .outerjoin(pairs, and_(pairs.c.name_id == bindparam("name"), pairs.c.developer_id == items.c.id))
    .where(items.c.dataset_id == bindparam("developers"), items.c.enabled)
    .order_by(
        func.coalesce(pairs.c.use_count, 0),
        items.c.pair_count,
        items.c.id <= bindparam("last"),
        items.c.id,
    )
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Half:
    """One of a pair. ``before`` is when it had been used last."""

    id: int
    text: str
    before: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    name: Half
    developer: Half


@dataclass(frozen=True, slots=True)
class PairFigures:
    """``total`` is enabled names × enabled developers, ``covered`` how many of these pairs have been dealt,
    ``dealt`` how often any was."""

    total: int
    covered: int
    dealt: int

    @property
    def coverage(self) -> float:
        return self.covered / self.total if self.total else 0.0


async def lock_both(connection: AsyncConnection) -> tuple[Dataset, Dataset]:
    """In this order always: two that lock in different orders wait for each other."""
    names, developers = await locked(connection, NAMES), await locked(connection, DEVELOPERS)
    return await or_unknown(connection, NAMES, names), await or_unknown(connection, DEVELOPERS, developers)


async def take(connection: AsyncConnection, names: Dataset, developers: Dataset, now: float) -> Pair:
    """The next pair, its turn counted. Both datasets must be locked by `lock_both` in this transaction.

    Raises `Problem` ``conflict``/``nothing_enabled``.
    """
    name = (await connection.execute(_NAME, {"names": names.id})).first()
    if name is None:
        raise nothing_enabled(names)
    last = await connection.scalar(select(datasets.c.last_paired).where(datasets.c.id == developers.id))
    of_name = {"name": name.id, "developers": developers.id, "last": last or 0}
    developer = (await connection.execute(_DEVELOPER, of_name)).first()
    if developer is None:
        raise nothing_enabled(developers)
    await _count(connection, name.id, developer.id, now)
    await connection.execute(
        update(datasets).where(datasets.c.id == developers.id).values(last_paired=developer.id)
    )
    return Pair(Half(*name), Half(*developer))


async def _count(connection: AsyncConnection, name: int, developer: int, now: float) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    adding = dialect.insert(pairs).values(name_id=name, developer_id=developer, use_count=1, last_used=now)
    await connection.execute(
        adding.on_conflict_do_update(
            index_elements=["name_id", "developer_id"],
            set_={"use_count": pairs.c.use_count + 1, "last_used": now},
        )
    )
    await connection.execute(
        update(items)
        .where(items.c.id.in_([name, developer]))
        .values(pair_count=items.c.pair_count + 1, last_used=now)
    )


async def give_back(connection: AsyncConnection, pair: Pair, taken_at: float) -> None:
    """Undo a turn: this pair is one that has not been dealt, and its name comes next."""
    this = and_(pairs.c.name_id == pair.name.id, pairs.c.developer_id == pair.developer.id)
    await connection.execute(update(pairs).where(this).values(use_count=pairs.c.use_count - 1))
    await connection.execute(delete(pairs).where(this, pairs.c.use_count <= 0))
    for half in (pair.name, pair.developer):
        await turns.give_back(connection, half.id, taken_at, half.before, items.c.pair_count)


async def figures(connection: AsyncConnection) -> PairFigures:
    name, developer = items.alias("name"), items.alias("developer")
    dealt = (
        select(
            func.count().filter(and_(name.c.enabled, developer.c.enabled)),
            func.coalesce(func.sum(pairs.c.use_count), 0),
        )
        .select_from(pairs)
        .join(name, name.c.id == pairs.c.name_id)
        .join(developer, developer.c.id == pairs.c.developer_id)
    )
    covered, times = (await connection.execute(dealt)).one()
    total = await _enabled(connection, NAMES) * await _enabled(connection, DEVELOPERS)
    return PairFigures(total, covered, int(times))


async def _enabled(connection: AsyncConnection, dataset: str) -> int:
    counted = select(func.count()).select_from(items.join(datasets))
    return await connection.scalar(counted.where(datasets.c.name == dataset, items.c.enabled)) or 0
