"""The files that the service keeps and may hand out; outputs, voices and stems are views of this table.

Every function takes a connection, so that a caller may join several in one transaction (`State.begin`).
A file whose time is over is not found; `expired` lists it for whoever removes it from the storage.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Select, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.state.ids import is_id, new_id
from mixdown_api.state.paging import Page, newest
from mixdown_api.state.tables import files


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A stored file. ``key`` is its place in the storage; ``signature`` the file-level one (equal signature,
    equal bytes); times are seconds since the epoch."""

    kind: str
    key: str
    media_type: str
    size: int
    sha256: str
    signature: str | None = None
    duration_ms: int | None = None
    expires_at: float | None = None
    metadata: Mapping[str, JsonValue] = field(default_factory=dict)
    owner: str | None = None
    project: str | None = None
    id: str = field(default_factory=new_id)
    created_at: float = field(default_factory=time.time)


async def add(connection: AsyncConnection, file: File) -> File:
    await connection.execute(insert(files), asdict(file))
    return file


async def get(connection: AsyncConnection, id_: str) -> File | None:
    if not is_id(id_):
        return None
    return await _first(connection, select(files).where(files.c.id == id_, _alive()))


async def of_signature(
    connection: AsyncConnection, signature: str, *, kind: str | None = None, limit: int = 20
) -> Sequence[File]:
    """The files of this signature, the newest first."""
    found = select(files).where(files.c.signature == signature, _alive(), *_of(kind=kind))
    newest_first = found.order_by(files.c.created_at.desc(), files.c.id.desc()).limit(limit)
    return [File(**row) for row in (await connection.execute(newest_first)).mappings()]


async def page(
    connection: AsyncConnection,
    *,
    kind: str | None = None,
    owner: str | None = None,
    project: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[File]:
    """Newest first. Raises `Problem` ``invalid``: ``bad_limit``, ``bad_cursor``."""
    found = select(files).where(_alive(), *_of(kind=kind, owner=owner, project=project))
    return await newest(connection, files, found, lambda row: File(**row), limit, cursor)


async def expired(connection: AsyncConnection, limit: int = 100) -> Sequence[File]:
    """Files whose time is over, the longest dead first."""
    found = select(files).where(files.c.expires_at <= time.time()).order_by(files.c.expires_at).limit(limit)
    return [File(**row) for row in (await connection.execute(found)).mappings()]


async def remove(connection: AsyncConnection, id_: str) -> bool:
    """Forget the file. False if it was unknown."""
    return is_id(id_) and (await connection.execute(delete(files).where(files.c.id == id_))).rowcount > 0


def _alive() -> ColumnElement[bool]:
    return or_(files.c.expires_at.is_(None), files.c.expires_at > time.time())


def _of(**members: str | None) -> list[ColumnElement[bool]]:
    return [files.c[name] == value for name, value in members.items() if value is not None]


async def _first(connection: AsyncConnection, query: Select[Any]) -> File | None:
    row = (await connection.execute(query)).mappings().first()
    return File(**row) if row else None
