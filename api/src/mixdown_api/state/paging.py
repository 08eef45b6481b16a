"""Lists in pages, newest first, that stay right while rows come and go: a page begins behind a row, not at a number."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, Table, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.state.ids import is_id
from mixdown_kernel import invalid

T = TypeVar("T")
MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``next`` is the cursor of the page that follows; None at the end."""

    items: Sequence[T]
    next: str | None


async def newest(
    connection: AsyncConnection,
    table: Table,
    query: Select[Any],
    make: Callable[[Mapping[str, Any]], T],
    limit: int,
    cursor: str | None,
) -> Page[T]:
    """One page of ``query`` over ``table`` by ``created_at`` and ``id``.

    Raises `Problem` ``invalid``: ``bad_limit``, ``bad_cursor``.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise invalid(
            "bad_limit", f"A page holds 1 to {MAX_PAGE} items.", field="limit", allowed=[1, MAX_PAGE]
        )
    place = tuple_(table.c.created_at, table.c.id)
    if cursor is not None:
        query = query.where(place < tuple_(*_decode(cursor)))
    query = query.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(limit + 1)
    rows = (await connection.execute(query)).mappings().all()
    shown = rows[:limit]
    following = _encode(shown[-1]["created_at"], shown[-1]["id"]) if len(rows) > limit else None
    return Page([make(dict(row)) for row in shown], following)


def _encode(created_at: float, id_: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([created_at, id_]).encode()).decode()


def _decode(cursor: str) -> tuple[float, str]:
    try:
        created_at, id_ = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if isinstance(created_at, float) and isinstance(id_, str) and is_id(id_):
            return created_at, id_
    except (ValueError, TypeError, binascii.Error):
        pass
    raise invalid(
        "bad_cursor",
        "This cursor is not one that a list has given.",
        field="cursor",
        hint="Take `next` from the page before, or leave it out for the first page.",
    )
