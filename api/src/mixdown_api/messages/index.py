"""The index of stems: one row for each label and contract signature, beside the file that it names.

Source of the members: contracts/hybrid-audio.md, "Contract signature". Every function takes a connection, so that a
caller may join several in one transaction. A stem whose time is over is not found.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.state.tables import files, stems

MOST_ENTRIES = 100
"""Of one label: it is kept once for each voice and way of speaking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row; times are seconds since the epoch."""

    label: str
    signature: str
    category: str
    path: str
    text: str
    file_id: str
    voice_id: str
    model_id: str | None
    backend: str
    backend_version: str | None
    cartesia_version: str | None
    audio_format: str
    encoding: str
    container: str
    sample_rate: int
    generation_config: Mapping[str, JsonValue] | None
    duration_ms: int
    size: int
    created_at: float
    last_used: float
    use_count: int
    expires_at: float | None

    def shown(self) -> dict[str, Any]:
        """As the contract lists it."""
        members = asdict(self)
        members["contract_signature"] = members.pop("signature")
        return members


async def find(connection: AsyncConnection, label: str, signature: str) -> Entry | None:
    return await _first(connection, _alive().where(stems.c.label == label, stems.c.signature == signature))


async def newest(connection: AsyncConnection, label: str) -> Entry | None:
    """The label's entry: of several voices', the one that was made last."""
    return await _first(connection, _alive().where(stems.c.label == label).order_by(*_NEWEST))


async def of_label(connection: AsyncConnection, label: str) -> Sequence[Entry]:
    """The label's entries, the newest first; `MOST_ENTRIES` at most."""
    found = _alive().where(stems.c.label == label).order_by(*_NEWEST).limit(MOST_ENTRIES)
    return [Entry(**row) for row in (await connection.execute(found)).mappings()]


async def of_signature(connection: AsyncConnection, signature: str) -> Entry | None:
    """Any entry that says the same in the same way, whatever its label."""
    return await _first(connection, _alive().where(stems.c.signature == signature).order_by(*_NEWEST))


async def page(connection: AsyncConnection, after: tuple[str, str] | None, limit: int) -> Sequence[Entry]:
    """Entries by label and signature, behind ``after``."""
    found = _alive().order_by(stems.c.label, stems.c.signature).limit(limit)
    if after is not None:
        found = found.where(tuple_(stems.c.label, stems.c.signature) > tuple_(*after))
    return [Entry(**row) for row in (await connection.execute(found)).mappings()]


async def labels_page(connection: AsyncConnection, after: str | None, limit: int) -> Sequence[Entry]:
    """The newest entry of each label, in the order of labels, behind ``after``."""
    labels = select(stems.c.label).where(_living()).distinct().order_by(stems.c.label).limit(limit)
    if after is not None:
        labels = labels.where(stems.c.label > after)
    found = _alive().where(stems.c.label.in_(labels)).order_by(stems.c.label, stems.c.created_at)
    newest = {row["label"]: Entry(**row) for row in (await connection.execute(found)).mappings()}
    return list(newest.values())


async def figures(connection: AsyncConnection) -> Mapping[str, Any]:
    """``count``, ``bytes``, ``duration_ms`` and ``uses`` of all."""
    counted = select(
        func.count().label("count"),
        func.coalesce(func.sum(stems.c.size), 0).label("bytes"),
        func.coalesce(func.sum(stems.c.duration_ms), 0).label("duration_ms"),
        func.coalesce(func.sum(stems.c.use_count), 0).label("uses"),
    ).where(_living())
    return {name: int(value) for name, value in (await connection.execute(counted)).mappings().one().items()}


async def add(connection: AsyncConnection, entry: Entry) -> None:
    """Put if absent: another process may have rendered the same meanwhile. Rows whose time is over go."""
    await connection.execute(delete(stems).where(stems.c.expires_at <= time.time()))
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(dialect.insert(stems).values(asdict(entry)).on_conflict_do_nothing())


async def used(connection: AsyncConnection, keys: Collection[tuple[str, str]]) -> None:
    """Count one use of each (label, signature)."""
    counting = update(stems).values(last_used=time.time(), use_count=stems.c.use_count + 1)
    for label, signature in sorted(set(keys)):  # one order for all: PostgreSQL's row locks cannot cross
        await connection.execute(counting.where(and_(stems.c.label == label, stems.c.signature == signature)))


async def remove(connection: AsyncConnection, label: str) -> Sequence[Entry]:
    """Forget every entry that sounds like one of the label, whatever its own label; those that are gone."""
    signatures = set(
        (await connection.execute(select(stems.c.signature).where(stems.c.label == label))).scalars()
    )
    same = stems.c.signature.in_(signatures)
    gone = [Entry(**row) for row in (await connection.execute(select(stems).where(same))).mappings()]
    await connection.execute(delete(stems).where(same))
    return gone


async def forget(connection: AsyncConnection, file_id: str) -> None:
    """Every entry of a file whose bytes are gone, and its row."""
    await connection.execute(delete(stems).where(stems.c.file_id == file_id))
    await connection.execute(delete(files).where(files.c.id == file_id))


_NEWEST = (stems.c.created_at.desc(), stems.c.signature)


def _living() -> ColumnElement[bool]:
    return or_(stems.c.expires_at.is_(None), stems.c.expires_at > time.time())


def _alive() -> Select[Any]:
    return select(stems).where(_living())


async def _first(connection: AsyncConnection, query: Select[Any]) -> Entry | None:
    row = (await connection.execute(query.limit(1))).mappings().first()
    return Entry(**row) if row else None
