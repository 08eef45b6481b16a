"""Datasets appear whole or not at all, on both databases."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from typing import BinaryIO

import pytest
from sqlalchemy import func, select, update

from mixdown_api.messages.datasets import ABANDONED, BATCH, CORE, Datasets
from mixdown_api.messages.rotation import Rotation
from mixdown_api.state import State
from mixdown_api.state.tables import datasets as table
from mixdown_api.state.tables import items
from mixdown_kernel import Kind, Problem

from .rotating import put


def listing(*texts: str) -> BinaryIO:
    return BytesIO(json.dumps(texts).encode())


async def rows(state: State) -> tuple[int, int]:
    """Of datasets and of items, seen and unseen."""
    async with state.reading() as connection:
        counted = [await connection.scalar(select(func.count()).select_from(one)) for one in (table, items)]
    return counted[0] or 0, counted[1] or 0


async def texts(state: State, name: str) -> list[str]:
    return [text async for text in Datasets(state).texts(name)]


@pytest.fixture
def datasets(state: State) -> Datasets:
    return Datasets(state)


async def test_the_core_datasets_begin_with_our_lists(state: State, datasets: Datasets) -> None:
    await asyncio.gather(datasets.seed(), Datasets(state).seed())
    listed = await datasets.list()
    assert {one.name: one.role for one in listed} == dict(CORE)
    assert {one.name: one.count for one in listed} == {
        "common_names": 219, "developer_names": 12, "scripts": 10,
    }  # fmt: skip
    await put(state, "names", "Anna")
    await datasets.seed()
    assert await texts(state, "names") == ["Anna"], "what is there stays"
    assert (await rows(state))[0] == 3


async def test_a_file_takes_the_place_of_its_dataset_and_turns_stay(state: State, datasets: Datasets) -> None:
    await put(state, "names", "Anna", "Ben", "Cleo")
    rotation = Rotation(state)
    await rotation.disable("names", ["Cleo"])
    assert await rotation.next("names") == "Anna"
    await put(state, "names", "Dora", "cleo", "Anna")
    assert sorted(await texts(state, "names")) == ["Anna", "Cleo", "Dora"]
    figures = await rotation.stats("names")
    assert (figures.total, figures.enabled, figures.used) == (3, 2, 1)
    assert [await rotation.next("names") for _ in range(2)] == ["Anna", "Dora"]


async def test_datasets_are_named(state: State, datasets: Datasets) -> None:
    made, report = await datasets.upload(listing("a", "b", "a"), "json", "custom", "My List.json")
    assert (made.name, made.filename, report.count, report.duplicates) == ("my_list", "my_list.json", 2, 1)
    await datasets.upload(listing("Anna"), "json", "names", "vip")
    assert await texts(state, "VIP") == ["Anna"]
    assert {one.name for one in await datasets.list()} == {"my_list", "vip"}


@pytest.mark.parametrize(
    ("role", "target", "kind", "code"),
    [
        ("custom", None, Kind.INVALID, "missing_target_name"),
        ("custom", "  ", Kind.INVALID, "missing_target_name"),
        ("custom", "../../etc/passwd", Kind.INVALID, "invalid_target_name"),
        ("custom", "_hidden", Kind.INVALID, "invalid_target_name"),
        ("custom", "x" * 61, Kind.INVALID, "invalid_target_name"),
        ("custom", "a\x00b", Kind.INVALID, "invalid_target_name"),
        ("custom", "common_names", Kind.CONFLICT, "dataset_role_conflict"),
        ("scripts", "names.json", Kind.CONFLICT, "dataset_role_conflict"),
        ("scripts", "vip", Kind.CONFLICT, "dataset_role_conflict"),
    ],
)
async def test_odd_names_and_other_roles_are_refused(
    state: State, datasets: Datasets, role: str, target: str | None, kind: Kind, code: str
) -> None:
    await datasets.upload(listing("Anna"), "json", "names", "vip")
    before = await rows(state)
    with pytest.raises(Problem) as error:
        await datasets.upload(listing("Anna"), "json", role, target)  # type: ignore[arg-type]
    assert (error.value.kind, error.value.code) == (kind, code)
    assert await rows(state) == before


async def test_what_is_refused_leaves_nothing(state: State, datasets: Datasets) -> None:
    await put(state, "names", "Anna")
    before = await rows(state)
    names = [f"Name{number}" for number in range(BATCH + 10)]
    with pytest.raises(Problem) as error:
        await datasets.upload(listing(*names, "a/b"), "json", "names")
    assert error.value.code == "invalid_items"
    assert await rows(state) == before
    assert await texts(state, "names") == ["Anna"]


async def test_nobody_sees_a_dataset_that_is_being_written(state: State, datasets: Datasets) -> None:
    names = [f"Name{number}" for number in range(6 * BATCH)]
    seen: set[int] = set()
    uploading = asyncio.create_task(datasets.upload(listing(*names), "json", "names"))
    while not uploading.done():
        seen |= {one.count for one in await datasets.list(sample=0)}
        await asyncio.sleep(0)
    await uploading
    assert seen <= {len(names)}
    assert (await datasets.list())[0].count == len(names)
    assert len(await texts(state, "names")) == len(names)


async def test_a_cancelled_upload_leaves_nothing(state: State, datasets: Datasets) -> None:
    names = [f"Name{number}" for number in range(6 * BATCH)]
    uploading = asyncio.create_task(datasets.upload(listing(*names), "json", "names"))
    while (await rows(state))[1] < BATCH:
        await asyncio.sleep(0)
    uploading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await uploading
    assert await rows(state) == (0, 0)


async def test_an_upload_that_is_cancelled_at_any_moment_is_whole_or_nothing(
    state: State, datasets: Datasets
) -> None:
    names = [f"Name{number}" for number in range(BATCH + 10)]
    for moment in range(8):
        uploading = asyncio.create_task(datasets.upload(listing(*names), "json", "custom", f"at {moment}"))
        await asyncio.sleep(0.03 * moment)
        uploading.cancel()
        await asyncio.wait([uploading])
        assert uploading.cancelled() or uploading.result()
    listed = await datasets.list(sample=0)
    assert {one.count for one in listed} <= {len(names)}
    assert await rows(state) == (len(listed), len(listed) * len(names))


async def test_what_a_killed_upload_left_goes_with_the_next(state: State, datasets: Datasets) -> None:
    await put(state, "names", "Anna")
    async with state.begin() as connection:
        await connection.execute(update(table).values(name=None))
    await put(state, "scripts", "Hello.")
    assert await rows(state) == (2, 2), "it may still be at work"
    async with state.begin() as connection:
        await connection.execute(
            update(table).where(table.c.name.is_(None)).values(updated_at=table.c.updated_at - ABANDONED - 1)
        )
    await put(state, "scripts", "Hello again.")
    assert await rows(state) == (1, 1)


async def test_two_uploads_of_one_name_at_once_leave_one_of_them(
    state: State, datasets: Datasets, database_url: str
) -> None:
    other = await State.open(database_url)
    first, second = [f"A{n}" for n in range(50)], [f"B{n}" for n in range(50)]
    await asyncio.gather(
        datasets.upload(listing(*first), "json", "custom", "both"),
        Datasets(other).upload(listing(*second), "json", "custom", "both"),
    )
    assert await texts(state, "both") in (first, second)
    assert await rows(state) == (1, 50)
    await other.aclose()


async def test_turns_go_on_while_a_dataset_is_replaced(state: State, datasets: Datasets) -> None:
    rotation = Rotation(state)
    names = [f"Name{number}" for number in range(BATCH + 1)]
    await put(state, "names", *names[:2])
    uploading = asyncio.create_task(datasets.upload(listing(*names), "json", "names"))
    turns = 0
    while not uploading.done():
        await rotation.next("names")
        turns += 1
    await uploading
    figures = await rotation.stats("names")
    assert turns > 2
    assert figures.total == len(names)
    assert 2 <= figures.used <= turns
    assert figures.most - figures.least <= 1


async def test_deleting(state: State, datasets: Datasets) -> None:
    await datasets.seed()
    await datasets.upload(listing(*map(str, range(BATCH + 10))), "json", "custom", "numbers")
    assert (await datasets.delete("numbers.json")).name == "numbers"
    assert len(await datasets.list()) == 3
    assert await rows(state) == (3, 241)
    for name, kind, code in (
        ("numbers", Kind.NOT_FOUND, "unknown_dataset"),
        ("common_names.json", Kind.FORBIDDEN, "core_dataset"),
        ("names", Kind.FORBIDDEN, "core_dataset"),
        ("../data/common_names.json", Kind.NOT_FOUND, "unknown_dataset"),
    ):
        with pytest.raises(Problem) as error:
            await datasets.delete(name)
        assert (error.value.kind, error.value.code) == (kind, code)


async def test_previewing_stores_nothing(state: State, datasets: Datasets) -> None:
    report = await datasets.preview(BytesIO(b"id;name\n1;Anna\n2;Ben\n"), "csv", "names")
    assert (report.count, report.sample) == (2, ["Anna", "Ben"])
    assert await rows(state) == (0, 0)


async def test_texts_come_in_the_order_of_the_file(state: State, datasets: Datasets) -> None:
    names = [f"Name{number}" for number in range(2 * BATCH + 3)]
    await put(state, "names", *names)
    assert await texts(state, "names") == names
