"""Claims: turns that can be given back, and that a caller who was killed finds again under its own key.

Every function takes the connection of a transaction in which the datasets are locked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import JsonValue
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.messages.pairs import Half, Pair
from mixdown_api.state.tables import claims, datasets, items
from mixdown_kernel import Kind, Problem, invalid

REMEMBERED = 30 * 86_400.0
"""Seconds after which a claim can no longer be given back, and its key is free."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A turn under a key. ``is_new`` says that this very call took it, and no earlier one by the same key."""

    id: str
    dataset: str
    item: Half
    claimed_at: float
    is_new: bool = field(default=False, compare=False)

    def told(self) -> dict[str, JsonValue]:
        """For the audit trail."""
        return {"claim": self.id, "dataset": self.dataset, "item": self.item.text}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairClaim(Claim):
    """A pair's turn: ``item`` is the name, ``partner`` the developer."""

    partner: Half

    @property
    def pair(self) -> Pair:
        return Pair(self.item, self.partner)

    def told(self) -> dict[str, JsonValue]:
        return {"claim": self.id, "name": self.item.text, "developer": self.partner.text}


AnyClaim = TypeVar("AnyClaim", bound=Claim)


def check_key(key: str) -> str:
    """Raises `Problem` ``invalid``/``invalid_key``."""
    if not _KEY.fullmatch(key):
        message = "A claim's key is 1 to 200 printable ASCII characters without spaces."
        raise invalid("invalid_key", message, field="key")
    return key


async def get(connection: AsyncConnection, id_: str) -> Claim | None:
    if not _KEY.fullmatch(id_):
        return None
    item, partner = items.alias("item"), items.alias("partner")
    query = (
        select(claims, item.c.text, partner.c.text.label("partner_text"), datasets.c.name)
        .join(item, item.c.id == claims.c.item_id)
        .join(datasets, datasets.c.id == item.c.dataset_id)
        .outerjoin(partner, partner.c.id == claims.c.partner_id)
        .where(claims.c.id == id_)
    )
    row = (await connection.execute(query)).mappings().first()
    return _claim(row) if row else None


async def held(connection: AsyncConnection, id_: str, dataset: str, kind: type[AnyClaim]) -> AnyClaim | None:
    """The claim that this key has already. Raises `Problem` ``conflict``/``key_used`` if it is one of another kind."""
    claim = await get(connection, id_)
    if claim is None:
        return None
    if claim.dataset != dataset or type(claim) is not kind:
        raise key_used()
    return claim


async def add(connection: AsyncConnection, claim: AnyClaim) -> AnyClaim:
    partner = claim.partner if isinstance(claim, PairClaim) else None
    await connection.execute(
        insert(claims).values(
            id=claim.id,
            item_id=claim.item.id,
            item_before=claim.item.before,
            partner_id=partner.id if partner else None,
            partner_before=partner.before if partner else None,
            claimed_at=claim.claimed_at,
        )
    )
    await connection.execute(delete(claims).where(claims.c.claimed_at < claim.claimed_at - REMEMBERED))
    return claim


async def remove(connection: AsyncConnection, id_: str) -> bool:
    """False if there was none any more."""
    return (await connection.execute(delete(claims).where(claims.c.id == id_))).rowcount > 0


def key_used() -> Problem:
    message = "This key claimed something of another dataset."
    return Problem(Kind.CONFLICT, "key_used", message, field="key", hint="Use a new key for every new claim.")


def _claim(row: Mapping[Any, Any]) -> Claim:
    item = Half(row["item_id"], row["text"], row["item_before"])
    same = {"id": row["id"], "dataset": row["name"], "item": item, "claimed_at": row["claimed_at"]}
    if row["partner_id"] is None:
        return Claim(**same)
    return PairClaim(**same, partner=Half(row["partner_id"], row["partner_text"], row["partner_before"]))
