"""The files table: what is added is found, by id, by signature and in pages, until it is removed or expires."""

import time

import pytest
from sqlalchemy.exc import StatementError

from mixdown_api.state import State, files
from mixdown_kernel import Problem


def a_file(n: int = 0, **members: object) -> files.File:
    known: dict[str, object] = {
        "kind": "output", "key": f"renders/{n}.mp3", "media_type": "audio/mpeg", "size": 2**40 + n, "sha256": "ab" * 32,
    }  # fmt: skip
    return files.File(**known | members)  # type: ignore[arg-type]


async def add(state: State, *new: files.File) -> None:
    async with state.begin() as connection:
        for file in new:
            await files.add(connection, file)


async def test_a_file_comes_back_as_it_was(state: State) -> None:
    file = a_file(
        signature="f" * 64,
        duration_ms=3_600_000,
        expires_at=time.time() + 60,
        metadata={"text": "Zoë \x00 \ud800 ☃", "nested": {"gain": -3.5, "list": [1, None, True]}},
        owner="key-1",
        project="p",
    )
    await add(state, file, a_file(1))
    async with state.reading() as connection:
        assert await files.get(connection, file.id) == file


def test_ids_are_opaque_and_safe_in_urls() -> None:
    ids = {a_file().id for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(id_) * 4 >= 128 and id_.isascii() and id_.isalnum() for id_ in ids)


@pytest.mark.parametrize("id_", ["", "0" * 32, "\x00", "\ud800", "x" * 10_000, "' OR 1=1 --"])
async def test_unknown_ids_are_not_found(state: State, id_: str) -> None:
    await add(state, a_file())
    async with state.begin() as connection:
        assert await files.get(connection, id_) is None
        assert not await files.remove(connection, id_)


async def test_equal_signatures_are_found_the_newest_first(state: State) -> None:
    first, second = a_file(1, signature="s", created_at=1.0), a_file(2, signature="s", created_at=2.0)
    stem = a_file(3, signature="s", kind="stem", created_at=0.5)
    await add(state, second, first, stem, a_file(4, signature="other"), a_file(5))
    async with state.reading() as connection:
        assert await files.of_signature(connection, "s") == [second, first, stem]
        assert await files.of_signature(connection, "s", limit=2) == [second, first]
        assert await files.of_signature(connection, "s", kind="stem") == [stem]
        assert await files.of_signature(connection, "s", kind="voice") == []
        assert await files.of_signature(connection, "t") == []


async def test_expired_files_are_found_only_by_the_sweeper(state: State) -> None:
    now = time.time()
    old, older = a_file(1, expires_at=now - 1, signature="s"), a_file(2, expires_at=now - 2)
    fresh = a_file(3, expires_at=now + 600)
    await add(state, old, older, fresh, a_file(4, created_at=1.0))
    async with state.begin() as connection:
        assert await files.get(connection, old.id) is None
        assert await files.of_signature(connection, "s") == []
        assert [file.key for file in (await files.page(connection)).items] == [
            "renders/3.mp3",
            "renders/4.mp3",
        ]
        assert await files.expired(connection) == [older, old]
        assert await files.expired(connection, limit=1) == [older]
        assert await files.remove(connection, old.id)
        assert not await files.remove(connection, old.id)
        assert await files.expired(connection) == [older]


async def test_pages_hold_every_file_once_newest_first(state: State) -> None:
    made = [a_file(n, created_at=1000.0 + n // 3, kind="output" if n % 5 else "voice") for n in range(23)]
    await add(state, *made)
    expected = sorted(
        (f for f in made if f.kind == "output"), key=lambda f: (f.created_at, f.id), reverse=True
    )
    seen: list[files.File] = []
    cursor = None
    while True:
        async with state.begin() as connection:
            page = await files.page(connection, kind="output", limit=4, cursor=cursor)
            # What is added in front of it moves no later page.
            await files.add(connection, a_file())
        seen += page.items
        assert len(page.items) == 4 or page.next is None
        if page.next is None:
            break
        cursor = page.next
    assert seen == expected


async def test_pages_by_owner_and_project(state: State) -> None:
    await add(state, a_file(1, owner="a", project="p"), a_file(2, owner="b", project="p"), a_file(3))
    async with state.reading() as connection:
        assert [f.key for f in (await files.page(connection, owner="a")).items] == ["renders/1.mp3"]
        assert len((await files.page(connection, project="p")).items) == 2
        assert len((await files.page(connection)).items) == 3


@pytest.mark.parametrize("limit", [0, -1, 101])
async def test_page_sizes_have_limits(state: State, limit: int) -> None:
    async with state.reading() as connection:
        with pytest.raises(Problem) as error:
            await files.page(connection, limit=limit)
    assert (error.value.code, error.value.allowed) == ("bad_limit", [1, 100])


@pytest.mark.parametrize(
    "cursor", ["", "x", "é", "W10=", "WzEsMl0=", "bnVsbA==", "WzEuMCwgIlx1MDAwMCJd", "\ud800"]
)
async def test_made_up_cursors_are_refused(state: State, cursor: str) -> None:
    async with state.reading() as connection:
        with pytest.raises(Problem) as error:
            await files.page(connection, cursor=cursor)
    assert error.value.code == "bad_cursor"


async def test_not_a_number_is_no_json(state: State) -> None:
    with pytest.raises(StatementError, match="Out of range float"):
        await add(state, a_file(metadata={"gain": float("nan")}))
