"""Turns that are given back, and keys under which a killed caller finds what it had."""

from __future__ import annotations

import asyncio
import time

import pytest
from sqlalchemy import update

from mixdown_api.messages.claims import REMEMBERED
from mixdown_api.messages.rotation import Rotation
from mixdown_api.state import State
from mixdown_api.state.tables import claims
from mixdown_kernel import Kind, Problem

from .rotating import put, put_sizes


@pytest.fixture
def rotation(state: State) -> Rotation:
    return Rotation(state)


async def test_a_turn_given_back_comes_next(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben", "Cleo")
    claim = await rotation.claim("names")
    assert (claim.item.text, claim.dataset) == ("Anna", "common_names")
    assert await rotation.next("names") == "Ben"
    assert (await rotation.release(claim.id)).item.text == "Anna"
    assert [await rotation.next("names") for _ in range(2)] == ["Anna", "Cleo"]


async def test_what_was_given_back_was_never_used(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 3, 2)
    single, pair = await rotation.claim("names"), await rotation.claim_pair()
    assert (await rotation.stats("names")).used == 1
    assert (await rotation.pair_stats()).covered == 1
    for claim in (pair, single):
        await rotation.release(claim.id)
    for dataset in ("names", "developers"):
        figures = await rotation.stats(dataset)
        assert (figures.used, figures.most) == (0, 0)
    assert await rotation.pair_stats() == await Rotation(state).pair_stats()
    assert (await rotation.pair_stats()).dealt == 0


async def test_what_others_used_since_stays_used(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna")
    claim = await rotation.claim("names")
    await rotation.next("names")
    await rotation.release(claim.id)
    figures = await rotation.stats("names")
    assert (figures.used, figures.least) == (1, 1)


async def test_a_pair_given_back_is_dealt_again_before_any_other_comes_twice(
    state: State, rotation: Rotation
) -> None:
    await put_sizes(state, 4, 2)
    first = await rotation.claim_pair()
    dealt = [await rotation.next_pair() for _ in range(3)]
    await rotation.release(first.id)
    dealt += [await rotation.next_pair() for _ in range(5)]
    pairs = {(pair.name.text, pair.developer.text) for pair in dealt}
    assert len(pairs) == 8
    assert (dealt[3].name.text, dealt[3].developer.text) == (first.item.text, first.partner.text)


async def test_a_turn_is_given_back_once(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben")
    claim = await rotation.claim("names")
    done = await asyncio.gather(*(rotation.release(claim.id) for _ in range(5)), return_exceptions=True)
    refused = [one for one in done if isinstance(one, Problem)]
    assert [(one.kind, one.code) for one in refused] == [(Kind.NOT_FOUND, "unknown_claim")] * 4
    assert (await rotation.stats("names")).most == 0


async def test_the_same_key_finds_what_it_had(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 3, 3)
    claim = await rotation.claim("names", "job-1:17")
    assert await rotation.claim("names", "job-1:17") == claim
    together = await asyncio.gather(*(rotation.claim_pair("job-1:18") for _ in range(6)))
    assert len({one.pair for one in together}) == 1
    assert (await rotation.pair_stats()).dealt == 1
    assert (await rotation.stats("names")).most == 1


async def test_a_key_is_for_one_thing(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 2, 2)
    await rotation.claim("names", "k")
    for other in (lambda: rotation.claim("developers", "k"), lambda: rotation.claim_pair("k")):
        with pytest.raises(Problem) as error:
            await other()
        assert (error.value.kind, error.value.code) == (Kind.CONFLICT, "key_used")


async def test_one_key_for_two_things_at_once_is_given_to_one(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 9, 9)
    for number in range(5):
        both = await asyncio.gather(
            rotation.claim("names", f"k{number}"),
            rotation.claim("developers", f"k{number}"),
            return_exceptions=True,
        )
        assert sorted(getattr(one, "code", "claimed") for one in both) == ["claimed", "key_used"]
    figures = [await rotation.stats(name) for name in ("names", "developers")]
    assert sum(one.used for one in figures) == 5


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201, "a\n"])
async def test_odd_keys_are_refused(state: State, rotation: Rotation, key: str) -> None:
    await put(state, "names", "Anna")
    with pytest.raises(Problem) as error:
        await rotation.claim("names", key)
    assert error.value.code == "invalid_key"
    assert (await rotation.stats("names")).used == 0


async def test_old_claims_are_forgotten(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben")
    claim = await rotation.claim("names", "old")
    async with state.begin() as connection:
        await connection.execute(update(claims).values(claimed_at=time.time() - REMEMBERED - 1))
    assert (await rotation.claim("names", "new")).item.text == "Ben"
    with pytest.raises(Problem, match="no claim"):
        await rotation.release(claim.id)
    assert (await rotation.claim("names", "old")).item.text == "Anna"


async def test_claims_go_with_their_items(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben")
    claim = await rotation.claim("names")
    await put(state, "names", "Cleo")
    with pytest.raises(Problem) as error:
        await rotation.release(claim.id)
    assert error.value.code == "unknown_claim"
    assert await rotation.next("names") == "Cleo"
