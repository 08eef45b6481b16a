"""What is put is got, whole, in parts, listed and gone when deleted."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mixdown_kernel import Kind, Problem, ReportsHealth, StorageBackend, StoredObject


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def put(storage: StorageBackend, key: str, data: bytes = b"sound", **options: object) -> StoredObject:
    return await storage.put(key, pieces(data), media_type="audio/wav", **options)  # type: ignore[arg-type]


async def read(storage: StorageBackend, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([block async for block in storage.get(key, start, end)])


async def keys(storage: StorageBackend, prefix: str = "") -> list[str]:
    return [stored.key async for stored in storage.list(prefix)]


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_an_object_is_what_was_put(storage: StorageBackend) -> None:
    data = os.urandom(700_001)
    before = time.time()
    stored = await put(storage, "renders/a.wav", data, metadata={"voice": "Zoë", "empty": ""})
    assert (stored.key, stored.size, stored.media_type) == ("renders/a.wav", 700_001, "audio/wav")
    assert stored.etag == hashlib.sha256(data).hexdigest()
    assert stored.metadata == {"voice": "Zoë", "empty": ""}
    assert before <= stored.modified <= time.time()
    assert await storage.stat("renders/a.wav") == stored
    assert await read(storage, "renders/a.wav") == data


async def test_an_empty_object_is_an_object(storage: StorageBackend) -> None:
    assert (await put(storage, "empty", b"")).size == 0
    assert await read(storage, "empty") == b""
    assert await keys(storage) == ["empty"]


async def test_the_file_begins_with_the_content(storage: StorageBackend, root: Path) -> None:
    await put(storage, "a.wav", b"RIFF")
    assert (root / "objects" / "a.wav").read_bytes().startswith(b"RIFF")


async def test_ranges(storage: StorageBackend) -> None:
    data = os.urandom(600_000)
    await put(storage, "a", data)
    for start, end in [(0, 1), (5, 5), (262_143, 262_145), (599_999, None), (100, 550_000), (0, 600_000)]:
        assert await read(storage, "a", start, end) == data[start:end]
    assert await read(storage, "a", 599_990, 10**9) == data[599_990:]
    assert await read(storage, "a", 10**9) == b""
    for start, end in [(-1, None), (5, 4), (0, -1)]:
        with pytest.raises(Problem) as error:
            await read(storage, "a", start, end)
        assert error.value.code == "bad_range"


async def test_blocks_are_bounded(storage: StorageBackend) -> None:
    await storage.put("a", pieces(os.urandom(3_000_000), 2_000_000), media_type="audio/wav")
    sizes = [len(block) async for block in storage.get("a")]
    assert max(sizes) <= 256 * 1024
    assert sum(sizes) == 3_000_000


async def test_what_is_not_there(storage: StorageBackend) -> None:
    await put(storage, "folder/a")
    for key in ["nothing", "folder", "folder/b", "folder/a/b"]:
        assert await storage.stat(key) is None
        assert not await storage.delete(key)
        with pytest.raises(Problem) as error:
            await anext(storage.get(key))
        assert error.value.kind is Kind.NOT_FOUND
    assert await keys(storage) == ["folder/a"]


async def test_listing_goes_in_key_order(storage: StorageBackend) -> None:
    names = ["b/x", "b-x", "b.x", "b0", "a/z/1", "a/z.1", "a/z-1", "ab", "c/d/e", "B"]
    for name in names:
        await put(storage, name)
    assert await keys(storage) == sorted(names)
    for prefix in ["a", "a/", "a/z", "a/z/", "b", "b/x", "c/d/", "nothing", "nothing/at", "c/d/e/f"]:
        assert await keys(storage, prefix) == sorted(name for name in names if name.startswith(prefix))


async def test_a_long_listing_is_whole(storage: StorageBackend) -> None:
    names = [f"n/{number:03}" for number in range(150)]
    await asyncio.gather(*(put(storage, name) for name in names))
    assert await keys(storage) == names


async def test_deleting_removes_all_traces(storage: StorageBackend, root: Path) -> None:
    await put(storage, "a/b/c/d")
    await put(storage, "a/e")
    assert await storage.delete("a/b/c/d")
    assert not await storage.delete("a/b/c/d")
    assert files(root) == ["objects/a/e"]
    assert not (root / "objects/a/b").exists()
    assert await storage.delete("a/e")
    assert list((root / "objects").iterdir()) == []


async def test_a_second_put_replaces_content_and_metadata_together(
    storage: StorageBackend, root: Path
) -> None:
    await put(storage, "a", b"first", metadata={"n": "1"})
    stored = await put(storage, "a", b"second", metadata={"n": "2"})
    assert await storage.stat("a") == stored
    assert (await read(storage, "a"), stored.metadata) == (b"second", {"n": "2"})
    assert files(root) == ["objects/a"]


async def test_a_reader_keeps_what_it_opened(storage: StorageBackend) -> None:
    old, new = os.urandom(600_000), os.urandom(600_000)
    await put(storage, "a", old)
    reading = storage.get("a")
    got = await anext(reading)
    await put(storage, "a", new)
    assert await storage.delete("a")
    assert got + b"".join([block async for block in reading]) == old


async def test_if_absent_keeps_the_first(storage: StorageBackend) -> None:
    first = await put(storage, "a", b"first", if_absent=True)
    assert await put(storage, "a", b"second", if_absent=True) == first
    assert await read(storage, "a") == b"first"


async def test_of_many_at_once_one_wins_and_all_are_told(storage: StorageBackend, root: Path) -> None:
    started = asyncio.Barrier(20)

    async def content(number: int) -> AsyncIterator[bytes]:
        await started.wait()
        yield b"%d" % number

    stored = await asyncio.gather(
        *(storage.put("a", content(number), media_type="x/y", if_absent=True) for number in range(20))
    )
    assert len({one.etag for one in stored}) == 1
    assert hashlib.sha256(await read(storage, "a")).hexdigest() == stored[0].etag
    assert files(root) == ["objects/a"]


async def test_folders_that_come_and_go_disturb_no_put(storage: StorageBackend, root: Path) -> None:
    async def come_and_go(name: str) -> None:
        for _ in range(50):
            await put(storage, f"a/b/{name}")
            assert await storage.delete(f"a/b/{name}")

    await asyncio.gather(*(come_and_go(name) for name in "wxyz"))
    assert files(root) == []


async def test_a_key_is_a_file_or_a_folder(storage: StorageBackend, root: Path) -> None:
    await put(storage, "a/b")
    for key in ["a", "a/b/c", "a/b/c/d"]:
        for if_absent in [False, True]:
            with pytest.raises(Problem) as error:
                await put(storage, key, if_absent=if_absent)
            assert (error.value.kind, error.value.code) == (Kind.CONFLICT, "key_conflict")
    assert files(root) == ["objects/a/b"]
    (root / "objects/left/by/kill").mkdir(parents=True)
    assert (await put(storage, "left/by/kill")).size == 5


@pytest.mark.parametrize(
    "key",
    [
        "", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", ".", "a/./b", "a//b", "a/", "/a", "a b", "a\x00b",
        "a\\b", "é", "a\n", "~", "a:b", "%2e%2e/x", "\ud800", "x" * 201, "/".join(["x" * 100] * 6),
    ],
)  # fmt: skip
async def test_bad_keys_are_refused_everywhere(storage: StorageBackend, root: Path, key: str) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("no work is done for a bad key")
        yield b""

    for call in [storage.put(key, never(), media_type="x/y"), storage.stat(key), storage.delete(key)]:
        with pytest.raises(Problem) as error:
            await call
        assert (error.value.kind, error.value.code) == (Kind.INVALID, "bad_key")
    with pytest.raises(Problem, match="plain relative path"):
        await anext(storage.get(key))
    assert files(root) == []


@pytest.mark.parametrize("prefix", ["/", "../", "a/../", "a//", "a b", "..//", "x" * 513])
async def test_bad_prefixes_are_refused(storage: StorageBackend, prefix: str) -> None:
    with pytest.raises(Problem) as error:
        await keys(storage, prefix)
    assert error.value.code == "bad_key"


async def test_the_longest_key(storage: StorageBackend) -> None:
    key = "/".join(["x" * 200, "y" * 200, "z" * 110])
    assert len(key) == 512
    await put(storage, key)
    assert await keys(storage) == [key]


async def test_metadata_has_a_limit(storage: StorageBackend, root: Path) -> None:
    large = {"notes": "n" * 60_000}
    assert (await put(storage, "a", metadata=large)).metadata == large
    assert (await storage.stat("a")).metadata == large  # type: ignore[union-attr]
    with pytest.raises(Problem) as error:
        await put(storage, "b", metadata={"notes": "n" * 66_000})
    assert error.value.code == "bad_metadata"
    assert files(root) == ["objects/a"]


async def test_foreign_and_damaged_files_are_no_objects(storage: StorageBackend, root: Path) -> None:
    await put(storage, "good", b"x" * 1000)
    whole = (root / "objects/good").read_bytes()
    (root / "objects/shortened").write_bytes(whole[:-1])
    (root / "objects/beheaded").write_bytes(whole[500:])
    (root / "objects/foreign").write_bytes(b"hello")
    (root / "objects/tiny").write_bytes(b"")
    (root / "objects/liar").write_bytes(b"{}" + (2**31).to_bytes(4, "big") + b"mixdown1")
    (root / "objects/odd").write_bytes(b"[1]" + (3).to_bytes(4, "big") + b"mixdown1")
    (root / "objects/a name").write_bytes(whole)
    assert await keys(storage) == ["good"]
    assert await storage.stat("foreign") is None
    with pytest.raises(Problem, match="both a file and a folder"):
        await put(storage, "foreign", if_absent=True)
    assert (await put(storage, "foreign")).size == 5


async def test_health_says_how_much_room_is_left(storage: StorageBackend) -> None:
    assert isinstance(storage, ReportsHealth)
    health = await storage.health()
    assert health.ok
    assert 0 < health.figures["free_bytes"] <= health.figures["total_bytes"]  # type: ignore[operator]
