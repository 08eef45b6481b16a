"""Whose turn it is: fair, restart-proof, and true coverage of pairs, on both databases."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import product
from math import gcd

import pytest

from mixdown_api.messages.rotation import Rotation
from mixdown_api.state import State
from mixdown_kernel import Kind, Problem

from .rotating import put, put_sizes


def spread(counts: Counter[str], of: int) -> int:
    return max(counts.values()) - (min(counts.values()) if len(counts) == of else 0)


@pytest.fixture
def rotation(state: State) -> Rotation:
    return Rotation(state)


async def test_everyone_has_a_turn_in_the_order_of_the_file(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Zoë", "Anna", "Émile")
    assert [await rotation.next("names") for _ in range(7)] == ["Zoë", "Anna", "Émile"] * 2 + ["Zoë"]


async def test_no_two_differ_by_more_than_one_turn_at_any_moment(state: State, rotation: Rotation) -> None:
    await put(state, "scripts", *(f"Say {number}." for number in range(7)))
    counts: Counter[str] = Counter()
    for _ in range(40):
        counts[await rotation.next("scripts")] += 1
        assert spread(counts, 7) <= 1


async def test_turns_survive_a_restart(state: State, database_url: str) -> None:
    await put(state, "names", "Anna", "Ben", "Cleo")
    assert await Rotation(state).next("names") == "Anna"
    again = await State.open(database_url)
    assert await Rotation(again).next("names") == "Ben"
    await again.aclose()


@pytest.mark.parametrize("name", ["names", "common_names", "common_names.json", " Names "])
async def test_a_dataset_has_a_name_a_file_name_and_a_role(
    state: State, rotation: Rotation, name: str
) -> None:
    await put(state, "names", "Anna")
    assert await rotation.peek(name) == "Anna"


async def test_an_unknown_dataset_is_told_with_those_there_are(state: State, rotation: Rotation) -> None:
    await put(state, "custom", "a", target="greetings")
    with pytest.raises(Problem) as error:
        await rotation.next("../etc/passwd")
    assert (error.value.kind, error.value.code) == (Kind.NOT_FOUND, "unknown_dataset")
    assert "greetings" in (error.value.allowed or [])


async def test_peeking_and_previewing_take_nothing(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 3, 2)
    await rotation.next("names")
    for _ in range(3):
        assert await rotation.peek("names") == "N001x"
        assert [turn.text for turn in await rotation.preview("names", 5)] == [
            "N001x", "N002x", "N000x", "N001x", "N002x",
        ]  # fmt: skip
        shown = [(pair.name.text, pair.developer.text) for pair in await rotation.preview_pairs(8)]
    before = await rotation.stats("names"), await rotation.pair_stats()
    given = [await rotation.next_pair() for _ in range(8)]
    assert shown == [(pair.name.text, pair.developer.text) for pair in given]
    assert before[0].used == 1
    assert before[1].dealt == 0
    assert [await rotation.next("names") for _ in range(2)] == ["N001x", "N002x"]


async def test_disabled_items_take_no_part(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben", "Cleo")
    switched = await rotation.disable("names", ["ben", "Nobody"])
    assert (switched.changed, switched.unknown) == (1, ["Nobody"])
    assert [await rotation.next("names") for _ in range(4)] == ["Anna", "Cleo"] * 2
    figures = await rotation.stats("names")
    assert (figures.total, figures.enabled, figures.disabled) == (3, 2, 1)
    assert (figures.used, figures.unused, figures.least, figures.most) == (2, 1, 2, 2)
    assert figures.coverage == pytest.approx(2 / 3)


async def test_an_item_enabled_again_does_not_make_up_for_lost_turns(
    state: State, rotation: Rotation
) -> None:
    await put(state, "names", "Anna", "Ben", "Cleo")
    await rotation.disable("names", ["Ben"])
    for _ in range(20):
        await rotation.next("names")
    assert (await rotation.enable("names", ["Ben"])).changed == 1
    assert (await rotation.enable("names", ["Ben"])).changed == 0
    assert Counter([await rotation.next("names") for _ in range(6)]) == {"Anna": 2, "Ben": 2, "Cleo": 2}


async def test_when_all_are_disabled_nothing_is_given_and_enabling_heals(
    state: State, rotation: Rotation
) -> None:
    await put_sizes(state, 2, 1)
    for _ in range(3):
        await rotation.next("names")
    everybody = ["N000x", "N001x"]
    await rotation.disable("names", everybody)
    for take in (lambda: rotation.next("names"), rotation.next_pair, lambda: rotation.peek("names")):
        with pytest.raises(Problem) as error:
            await take()
        assert (error.value.kind, error.value.code) == (Kind.CONFLICT, "nothing_enabled")
    await rotation.enable("names", everybody)
    assert Counter([await rotation.next("names") for _ in range(4)]) == dict.fromkeys(everybody, 2)


async def test_new_items_begin_where_the_least_used_are(state: State, rotation: Rotation) -> None:
    await put(state, "names", "Anna", "Ben")
    for _ in range(11):
        await rotation.next("names")
    await put(state, "names", "Ben", "Anna", "Cleo")
    given = [await rotation.next("names") for _ in range(5)]
    assert given == ["Ben", "Cleo", "Anna", "Ben", "Cleo"]


SIZES = [(1, 1), (3, 3), (2, 4), (4, 6), (6, 4), (5, 7), (9, 6), (1, 5), (5, 1)]


@pytest.mark.parametrize(("names", "developers"), SIZES)
async def test_pairs_cover_everything_before_any_comes_again(
    state: State, rotation: Rotation, names: int, developers: int
) -> None:
    """Also where the sizes share a factor, in which two counters side by side would meet only some of the pairs."""
    await put_sizes(state, names, developers)
    whole = names * developers
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for turns in range(2):
        pairs = set()
        for number in range(whole):
            pair = await rotation.next_pair()
            pairs.add((pair.name.text, pair.developer.text))
            first[pair.name.text] += 1
            second[pair.developer.text] += 1
            assert spread(first, names) <= 1
            assert spread(second, developers) <= 1
            if not turns and number in (0, whole // 2, whole - 1):
                figures = await rotation.pair_stats()
                assert (figures.total, figures.covered) == (whole, len(pairs))
        assert len(pairs) == whole
    assert (await rotation.pair_stats()).coverage == 1
    assert gcd(names, developers) >= 1


async def test_taking_names_alone_in_between_keeps_no_pair_away(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 2, 2)
    pairs = set()
    for _ in range(4):
        await rotation.next("names")
        pair = await rotation.next_pair()
        pairs.add((pair.name.text, pair.developer.text))
    assert len(pairs) == 4


async def test_coverage_goes_on_when_the_sets_change(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 4, 6)
    dealt = set()

    async def deal(number: int) -> None:
        for _ in range(number):
            pair = await rotation.next_pair()
            dealt.add((pair.name.text, pair.developer.text))

    await deal(10)
    await rotation.disable("developers", ["D001x"])
    await deal(5)
    await put_sizes(state, 5, 7)
    await rotation.enable("developers", ["D001x"])
    await deal(5 * 7)
    assert dealt == set(product((f"N{n:03}x" for n in range(5)), (f"D{n:03}x" for n in range(7))))
    figures = await rotation.pair_stats()
    assert (figures.total, figures.covered, figures.dealt) == (35, 35, 50)


async def test_many_at_once_share_the_turns(state: State, rotation: Rotation) -> None:
    await put_sizes(state, 5, 3)
    texts = await asyncio.gather(*(rotation.next("names") for _ in range(50)))
    assert set(Counter(texts).values()) == {10}
    pairs = await asyncio.gather(*(rotation.next_pair() for _ in range(30)))
    counts = Counter((pair.name.text, pair.developer.text) for pair in pairs)
    assert len(counts) == 15
    assert set(counts.values()) == {2}
