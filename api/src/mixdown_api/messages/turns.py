"""Single turns: the least used item of a dataset, taken in one transaction at a time.

Order: the fewest turns first, and among equals the earliest in the file. No clock breaks ties: those of several
machines differ. So after any number of turns no two enabled items differ by more than one.
Every function takes the connection of a transaction in which the dataset is `locked`, unless it only reads.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    TextClause,
    UpdateBase,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.messages.datasets import Dataset
from mixdown_api.messages.intake import digest_of
from mixdown_api.state import State
from mixdown_api.state.tables import datasets, items
from mixdown_kernel import Kind, Problem

_SHOWN = (items.c.id, items.c.text, items.c.use_count, items.c.last_used)
_IN_ORDER = select(*_SHOWN).where(items.c.enabled).order_by(items.c.use_count, items.c.id)
_OF_DATASET = _IN_ORDER.where(items.c.dataset_id == bindparam("dataset"))
_FIRST_OF_NAME = (
    _IN_ORDER.where(
        items.c.dataset_id
        == select(datasets.c.id).where(datasets.c.name == bindparam("name")).scalar_subquery()
    )
    .with_only_columns(items.c.id)
    .limit(1)
    .scalar_subquery()
)
_TAKE_ON_SQLITE = (
    update(items)
    .where(items.c.id == _FIRST_OF_NAME)
    .values(use_count=items.c.use_count + 1, last_used=bindparam("now"))
    .returning(*_SHOWN)
)
_TAKE_ON_POSTGRESQL = text("SELECT id, text, use_count, last_used FROM take_turn(:name, :now)")
"""A function of the migrations: it locks, and then chooses."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An item and how often it had its turn; ``last_used`` is None for one that was never used."""

    id: int
    text: str
    use_count: int
    last_used: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """How far the rotation of a dataset is. ``used`` and ``unused`` count all of ``total``, disabled ones too;
    ``least`` and ``most`` are turns of the enabled ones."""

    total: int
    enabled: int
    used: int
    least: int
    most: int

    @property
    def disabled(self) -> int:
        return self.total - self.enabled

    @property
    def unused(self) -> int:
        return self.total - self.used

    @property
    def coverage(self) -> float:
        """The share of all items that had a turn, alone or in a pair."""
        return self.used / self.total if self.total else 0.0


async def take(connection: AsyncConnection, dataset: Dataset, now: float) -> Turn:
    """The next item, its turn counted. Raises `Problem` ``conflict``/``nothing_enabled``."""
    values = {"name": dataset.name, "now": now}
    row = (await connection.execute(_taking(connection.dialect.name), values)).first()
    if row is None:
        raise nothing_enabled(dataset)
    return Turn(*row)


async def take_at_once(state: State, name: str, now: float) -> Turn | None:
    """As `take`, by a dataset's plain name, and a transaction of its own. None where there is nothing to take."""
    rows = await state.at_once(_taking(state.engine.dialect.name), {"name": name, "now": now})
    return Turn(*rows[0]) if rows else None


def _taking(dialect: str) -> UpdateBase | TextClause:
    return _TAKE_ON_POSTGRESQL if dialect == "postgresql" else _TAKE_ON_SQLITE


async def preview(connection: AsyncConnection, dataset: Dataset, limit: int) -> Sequence[Turn]:
    """The next items as `take` would give them, the same ones again where there are fewer; only reads."""
    rows = (await connection.execute(_OF_DATASET.limit(limit), {"dataset": dataset.id})).all()
    coming = [(row.use_count, row.id, Turn(*row)) for row in rows]
    shown: list[Turn] = []
    while coming and len(shown) < limit:
        uses, id_, turn = coming[0]
        heapq.heapreplace(coming, (uses + 1, id_, turn))
        shown.append(turn)
    return shown


async def give_back(
    connection: AsyncConnection,
    id_: int,
    taken_at: float,
    before: float | None,
    count: Column[int] = items.c.use_count,
) -> None:
    """Undo a turn: the item comes before those that were used as often. ``before`` is when it had been used before
    ``taken_at``, which holds again if nobody used it since."""
    ours = items.c.id == id_
    await connection.execute(update(items).where(ours, count > 0).values({count: count - 1}))
    unused_since = items.c.last_used == taken_at
    await connection.execute(update(items).where(ours, unused_since).values(last_used=before))


async def switch(
    connection: AsyncConnection, dataset: Dataset, texts: Collection[str], enabled: bool
) -> tuple[int, list[str]]:
    """Enable or disable items; how many, and which texts the dataset does not have."""
    digests = {digest_of(text, dataset.role): text for text in texts}
    ours = items.c.dataset_id == dataset.id
    found = select(items.c.digest).where(ours, items.c.digest.in_(digests))
    present = set((await connection.execute(found)).scalars())
    chosen = ours & items.c.digest.in_(present) & (items.c.enabled != enabled)
    values: dict[str, object] = {"enabled": enabled}
    if enabled:
        values |= await _caught_up(connection, ours)
    changed = await connection.execute(update(items).where(chosen).values(values))
    return changed.rowcount, [text for digest, text in digests.items() if digest not in present]


async def _caught_up(connection: AsyncConnection, ours: ColumnElement[bool]) -> dict[str, ColumnElement[int]]:
    """What was disabled for long does not come many times in a row: it begins where the least used ones are."""
    counts = (items.c.use_count, items.c.pair_count)
    least = select(*(func.min(count).filter(items.c.enabled) for count in counts), *map(func.max, counts))
    *fewest, uses, pairs = (await connection.execute(least.where(ours))).one()
    return {
        count.name: case((count < floor, floor), else_=count)
        for count, enabled, all_ in zip(counts, fewest, (uses, pairs), strict=True)
        for floor in [all_ if enabled is None else enabled]
        if floor is not None
    }


async def figures(connection: AsyncConnection, dataset: Dataset) -> Figures:
    counted = select(
        func.count(),
        func.count().filter(items.c.enabled),
        func.count(items.c.last_used),
        func.coalesce(func.min(items.c.use_count).filter(items.c.enabled), 0),
        func.coalesce(func.max(items.c.use_count).filter(items.c.enabled), 0),
    ).where(items.c.dataset_id == dataset.id)
    return Figures(*(await connection.execute(counted)).one())


def nothing_enabled(dataset: Dataset) -> Problem:
    return Problem(
        Kind.CONFLICT,
        "nothing_enabled",
        f"Every item of {dataset.name} is disabled.",
        field="dataset",
        hint="Enable some (POST /rotation/enable), or upload others.",
    )
