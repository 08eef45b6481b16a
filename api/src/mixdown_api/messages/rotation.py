"""The rotation: whose turn it is, under any number of processes, over restarts and kills.

A turn is one short transaction: it is taken or it is not, and what a killed process had taken is nobody else's loss,
for the next round comes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from mixdown_api.messages import claims, pairs, turns
from mixdown_api.messages.audit import Audit
from mixdown_api.messages.claims import Claim, PairClaim, check_key
from mixdown_api.messages.datasets import Dataset, is_name, known, locked, or_unknown, plain_name
from mixdown_api.messages.pairs import NAMES, Half, Pair, PairFigures
from mixdown_api.messages.turns import Figures, Turn
from mixdown_api.state import State
from mixdown_api.state.ids import new_id
from mixdown_kernel import Kind, Problem

MAX_PREVIEW = 100
MAX_SWITCHED = 10_000


@dataclass(frozen=True, slots=True)
class Switched:
    """``changed`` items were enabled or disabled; ``unknown`` texts the dataset does not have."""

    dataset: Dataset
    changed: int
    unknown: Sequence[str]


class Rotation:
    """The door to the rotation of every dataset, and of the pairs of names and developers.

    A dataset is named by its name, its file name, or the role that it is the core dataset of (``names``). All raise
    `Problem`: ``not_found``/``unknown_dataset``; whatever takes a turn ``conflict``/``nothing_enabled``.
    """

    def __init__(self, state: State, audit: Audit | None = None) -> None:
        self._state = state
        self._audit: Callable[..., None] = audit or _untold

    async def next(self, dataset: str) -> str:
        """The text whose turn it is; it has had it now."""
        turn = await self._next(dataset, time.time())
        self._audit("rotation.taken", dataset=plain_name(dataset), item=turn.text)
        return turn.text

    async def next_pair(self) -> Pair:
        """The name and the developer whose turn it is together."""
        async with self._state.begin() as connection:
            pair = await pairs.take(connection, *await pairs.lock_both(connection), time.time())
        self._audit("rotation.paired", name=pair.name.text, developer=pair.developer.text)
        return pair

    async def peek(self, dataset: str) -> str:
        """What `next` would give now; takes nothing."""
        (turn,) = await self.preview(dataset, 1)
        return turn.text

    async def preview(self, dataset: str, limit: int) -> Sequence[Turn]:
        """What `next` would give, call after call; takes nothing."""
        async with self._state.reading() as connection:
            found = await known(connection, dataset)
            coming = await turns.preview(connection, found, min(limit, MAX_PREVIEW))
        if not coming:
            raise turns.nothing_enabled(found)
        return coming

    async def preview_pairs(self, limit: int) -> Sequence[Pair]:
        """What `next_pair` would give, call after call; takes nothing."""
        async with self._state.begin() as connection:
            both = await pairs.lock_both(connection)
            # The pairs are taken, each seeing those before it, and then nothing of it has happened.
            coming = [
                await pairs.take(connection, *both, time.time()) for _ in range(min(limit, MAX_PREVIEW))
            ]
            await connection.rollback()
            return coming

    async def claim(self, dataset: str, key: str | None = None) -> Claim:
        """As `next`, but the turn can be given back. The same key gives the same claim for 30 days: whoever was
        killed asks again, and finds what it had.

        Raises `Problem` ``invalid``/``invalid_key``, ``conflict``/``key_used``.
        """
        id_ = check_key(key) if key is not None else new_id()
        with _key_is_free():
            async with self._state.begin() as connection:
                found = await _locked(connection, dataset)
                held = await claims.held(connection, id_, found.name, Claim)
                claim = held or await claims.add(connection, await _claimed(connection, found, id_))
        if claim.is_new:
            self._audit("rotation.claimed", **claim.told())
        return claim

    async def claim_pair(self, key: str | None = None) -> PairClaim:
        """As `next_pair`, but the turn can be given back; otherwise like `claim`."""
        id_ = check_key(key) if key is not None else new_id()
        with _key_is_free():
            async with self._state.begin() as connection:
                both = await pairs.lock_both(connection)
                held = await claims.held(connection, id_, NAMES, PairClaim)
                claim = held or await claims.add(connection, await _pair_claimed(connection, both, id_))
        if claim.is_new:
            self._audit("rotation.claimed", **claim.told())
        return claim

    async def release(self, id_: str) -> Claim:
        """Give a turn back: the item, or the pair, comes next. Raises `Problem` ``not_found``/``unknown_claim``."""
        async with self._state.begin() as connection:
            claim = await claims.get(connection, id_)
            if claim is None:
                raise _unknown_claim()
            if isinstance(claim, PairClaim):
                await pairs.lock_both(connection)
            else:
                await locked(connection, claim.dataset)
            if not await claims.remove(connection, id_):
                raise _unknown_claim()
            if isinstance(claim, PairClaim):
                await pairs.give_back(connection, claim.pair, claim.claimed_at)
            else:
                await turns.give_back(connection, claim.item.id, claim.claimed_at, claim.item.before)
        self._audit("rotation.released", **claim.told())
        return claim

    async def enable(self, dataset: str, texts: Collection[str]) -> Switched:
        """Items take part again, beginning where the least used ones are."""
        return await self._switch(dataset, texts, enabled=True)

    async def disable(self, dataset: str, texts: Collection[str]) -> Switched:
        """Items take no part; what they had stays known."""
        return await self._switch(dataset, texts, enabled=False)

    async def stats(self, dataset: str) -> Figures:
        async with self._state.reading() as connection:
            return await turns.figures(connection, await known(connection, dataset))

    async def pair_stats(self) -> PairFigures:
        async with self._state.reading() as connection:
            return await pairs.figures(connection)

    async def _next(self, dataset: str, now: float) -> Turn:
        name = plain_name(dataset)
        turn = await turns.take_at_once(self._state, name, now) if is_name(name) else None
        if turn is not None:
            return turn
        async with self._state.begin() as connection:  # which says why there is none
            return await turns.take(connection, await _locked(connection, dataset), now)

    async def _switch(self, dataset: str, texts: Collection[str], *, enabled: bool) -> Switched:
        async with self._state.begin() as connection:
            found = await _locked(connection, dataset)
            switched = Switched(found, *await turns.switch(connection, found, texts, enabled))
        event = "rotation.enabled" if enabled else "rotation.disabled"
        self._audit(event, dataset=found.name, changed=switched.changed)
        return switched


async def _locked(connection: AsyncConnection, dataset: str) -> Dataset:
    return await or_unknown(connection, dataset, await locked(connection, dataset))


async def _claimed(connection: AsyncConnection, dataset: Dataset, id_: str) -> Claim:
    now = time.time()
    before = next((turn.last_used for turn in await turns.preview(connection, dataset, 1)), None)
    turn = await turns.take(connection, dataset, now)
    item = Half(turn.id, turn.text, before)
    return Claim(id=id_, dataset=dataset.name, item=item, claimed_at=now, is_new=True)


async def _pair_claimed(connection: AsyncConnection, both: tuple[Dataset, Dataset], id_: str) -> PairClaim:
    now = time.time()
    pair = await pairs.take(connection, *both, now)
    return PairClaim(
        id=id_, dataset=NAMES, item=pair.name, partner=pair.developer, claimed_at=now, is_new=True
    )


@contextmanager
def _key_is_free() -> Iterator[None]:
    """Two that claim different things by one key at once meet only in the table."""
    try:
        yield
    except IntegrityError:
        raise claims.key_used() from None


def _unknown_claim() -> Problem:
    message = "There is no claim of this id: it was given back, or it is too old."
    return Problem(Kind.NOT_FOUND, "unknown_claim", message, field="claim_id")


def _untold(event: str, **members: object) -> None:
    """For who keeps no trail."""
