"""The contract of the role ``storage``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from mixdown_kernel.contracts import StorageBackend, StoredObject
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.testing import fresh
from mixdown_kernel.testing.base import BackendContract, or_refused

MEDIA_TYPE = "application/octet-stream"
GOOD_KEYS = ("a", "a.wav", "renders/2026/11/a_b-c.mp3", "A/b", ".hidden", "-", "_", "x" * 100, "0/1/2/3/4/5")
BAD_KEYS = (
    "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "../a", "a/..", "a/../b", "a/../../b", "..\\a",
    "a\\b", "C:/a", "a b", " a", "a ", "a\n", "a\0b", "a\tb", "ä", "a/\u2025/b", "a%2e%2e", "~/a", "a*", "a?b",
    "a:b", "$HOME", "a\ud800", "file:///a", "a;b", "a|b",
)  # fmt: skip


class StorageContract(BackendContract):
    """Subclass with a fixture ``backend``."""

    role: ClassVar[str] = "storage"

    # ------------------------------------------------------------ in and out

    @pytest.mark.parametrize("size", [0, 1, 100, 300_000, 3_000_001])
    async def test_what_goes_in_comes_out(self, opened: StorageBackend, size: int) -> None:
        content = pattern(size)
        stored = await put(opened, "a/b.bin", content)
        assert (stored.key, stored.size) == ("a/b.bin", size)
        assert await get(opened, "a/b.bin") == content
        assert await opened.stat("a/b.bin") == stored

    @pytest.mark.parametrize("key", GOOD_KEYS)
    async def test_every_key_of_the_allowed_kind_works(self, opened: StorageBackend, key: str) -> None:
        await put(opened, key, b"content")
        assert await get(opened, key) == b"content"
        assert await keys(opened) == [key]

    async def test_type_and_metadata_are_kept(self, opened: StorageBackend) -> None:
        metadata = {"title": "Grüße, 世界", "empty": "", "quote": "\"'\\"}
        await opened.put("a", stream(b"x"), media_type="audio/mpeg", metadata=metadata)
        stored = await opened.stat("a")
        assert stored is not None
        assert stored.media_type == "audio/mpeg"
        assert dict(stored.metadata) == metadata
        assert stored.modified > 1_500_000_000

    async def test_etags_are_strong(self, opened: StorageBackend) -> None:
        """Equal bytes have equal etags, whatever the key and however they came; others differ."""
        one = await put(opened, "one", b"equal")
        two = await opened.put("two", stream(b"eq", b"", b"ual"), media_type="text/plain")
        other = await put(opened, "other", b"other")
        assert one.etag == two.etag
        assert one.etag != other.etag

    @pytest.mark.parametrize(
        ("start", "end"),
        [(0, 10), (5, 6), (100, 250_000), (299_999, None), (0, None), (7, 7), (299_000, 10**9)],
    )
    async def test_a_range_is_half_open(self, opened: StorageBackend, start: int, end: int | None) -> None:
        content = pattern(300_000)
        await put(opened, "a", content)
        assert await get(opened, "a", start, end) == content[start:end]

    async def test_what_is_not_there_is_not_found(self, opened: StorageBackend) -> None:
        assert await opened.stat("missing") is None
        assert await opened.delete("missing") is False
        with pytest.raises(Problem) as caught:
            await get(opened, "missing")
        assert caught.value.kind is Kind.NOT_FOUND

    async def test_a_second_put_replaces_the_first(self, opened: StorageBackend) -> None:
        await put(opened, "a", b"first, and longer")
        stored = await put(opened, "a", b"second")
        assert await get(opened, "a") == b"second"
        assert await opened.stat("a") == stored

    async def test_an_object_outlives_the_backend(
        self, opened: StorageBackend, subject: fresh.Subject
    ) -> None:
        stored = await put(opened, "a/b", b"kept")
        async with subject.open() as again:
            assert await again.stat("a/b") == stored
            assert await get(again, "a/b") == b"kept"

    # ------------------------------------------------------------ only if absent

    async def test_if_absent_keeps_what_is_there(self, opened: StorageBackend) -> None:
        first = await put(opened, "a", b"first")
        second = await opened.put("a", stream(b"second"), media_type=MEDIA_TYPE, if_absent=True)
        assert second == first
        assert await get(opened, "a") == b"first"

    async def test_if_absent_stores_what_is_new(self, opened: StorageBackend) -> None:
        stored = await opened.put("a", stream(b"new"), media_type=MEDIA_TYPE, if_absent=True)
        assert stored.size == 3
        assert await get(opened, "a") == b"new"

    async def test_of_many_writers_at_once_one_wins(self, opened: StorageBackend) -> None:
        contents = [pattern(200_000 + i) for i in range(8)]
        stored = await asyncio.gather(
            *(opened.put("a", stream(c), media_type=MEDIA_TYPE, if_absent=True) for c in contents)
        )
        assert len({row.etag for row in stored}) == 1, "all are told of the same object"
        assert await get(opened, "a") in contents

    async def test_writers_of_the_same_key_do_not_mix(self, opened: StorageBackend) -> None:
        contents = [bytes([i]) * 300_000 for i in range(8)]
        await asyncio.gather(*(put(opened, "a", content) for content in contents))
        assert await get(opened, "a") in contents
        assert await keys(opened) == ["a"]

    async def test_writers_of_different_keys_work_at_once(self, opened: StorageBackend) -> None:
        contents = {f"k/{i:03}": pattern(1_000 + i) for i in range(40)}
        await asyncio.gather(*(put(opened, key, content) for key, content in contents.items()))
        assert await keys(opened) == sorted(contents)
        for key, content in contents.items():
            assert await get(opened, key) == content

    # ------------------------------------------------------------ all or nothing

    async def test_a_half_written_object_cannot_be_seen(self, opened: StorageBackend) -> None:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield pattern(200_000)
            started.set()
            await go_on.wait()
            yield b"the rest"

        writing = asyncio.create_task(opened.put("a/b", slow(), media_type=MEDIA_TYPE))
        await started.wait()
        assert await opened.stat("a/b") is None
        assert await keys(opened) == []
        with pytest.raises(Problem):
            await get(opened, "a/b")
        go_on.set()
        await writing
        assert await get(opened, "a/b") == pattern(200_000) + b"the rest"

    async def test_a_writer_that_fails_leaves_nothing(self, opened: StorageBackend) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield pattern(200_000)
            raise RuntimeError("the source failed")

        with pytest.raises(RuntimeError, match="the source failed"):
            await opened.put("a", broken(), media_type=MEDIA_TYPE)
        assert await opened.stat("a") is None
        assert await keys(opened) == []

    async def test_a_writer_that_fails_leaves_the_old_object(self, opened: StorageBackend) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"new"
            raise RuntimeError("the source failed")

        old = await put(opened, "a", b"old")
        with pytest.raises(RuntimeError):
            await opened.put("a", broken(), media_type=MEDIA_TYPE)
        assert await opened.stat("a") == old
        assert await get(opened, "a") == b"old"

    async def test_a_cancelled_writer_leaves_nothing(self, opened: StorageBackend) -> None:
        started = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield pattern(200_000)
            started.set()
            await asyncio.Event().wait()

        writing = asyncio.create_task(opened.put("a", endless(), media_type=MEDIA_TYPE))
        await started.wait()
        writing.cancel()
        await asyncio.wait([writing])
        assert writing.cancelled()
        assert await opened.stat("a") is None
        assert await keys(opened) == []

    async def test_a_reader_sees_one_version_whole(self, opened: StorageBackend) -> None:
        old, new = b"o" * 2_000_000, b"n" * 2_000_000
        await put(opened, "a", old)
        reader = opened.get("a")
        seen = [await anext(reader)]
        await put(opened, "a", new)
        seen += [block async for block in reader]
        assert b"".join(seen) in (old, new)

    async def test_a_killed_writer_leaves_nothing(
        self, opened: StorageBackend, subject: fresh.Subject
    ) -> None:
        """Another process, killed in the middle of a put: nobody lists the half, and the key is free."""
        async with fresh.running(_put_for_ever, subject, "a/b") as child:
            assert child.stdout is not None
            assert child.stderr is not None
            if (await child.stdout.readline()).strip() != b"writing":
                error = await child.stderr.read()
                await child.wait()
                fresh.require_success(child, error)
                pytest.fail("the child ended before it was killed")
            child.kill()
            await child.wait()
        async with subject.open() as again:
            assert await again.stat("a/b") is None
            assert await keys(again) == []
            await put(again, "a/b", b"whole")
            assert await get(again, "a/b") == b"whole"

    # ------------------------------------------------------------ listing and deleting

    async def test_a_listing_is_in_key_order(self, opened: StorageBackend) -> None:
        names = ["b", "a/2", "a/10", "a.x", "a-x", "c/d/e", "B", "a/1/z", "a0"]
        for name in names:
            await put(opened, name, name.encode())
        assert await keys(opened) == sorted(names)
        listed = [row async for row in opened.list()]
        assert listed == [await opened.stat(name) for name in sorted(names)]

    async def test_a_prefix_is_the_beginning_of_a_key(self, opened: StorageBackend) -> None:
        for name in ("a/b", "a/bc", "a/c", "ab", "b/a"):
            await put(opened, name, b"x")
        assert await keys(opened, "a/") == ["a/b", "a/bc", "a/c"]
        assert await keys(opened, "a/b") == ["a/b", "a/bc"]
        assert await keys(opened, "a") == ["a/b", "a/bc", "a/c", "ab"]
        assert await keys(opened, "zz") == []

    async def test_what_was_deleted_is_gone(self, opened: StorageBackend) -> None:
        await put(opened, "a/b", b"x")
        await put(opened, "a/c", b"y")
        assert await opened.delete("a/b") is True
        assert await opened.delete("a/b") is False
        assert await opened.stat("a/b") is None
        assert await keys(opened) == ["a/c"]
        await put(opened, "a/b", b"again")
        assert await get(opened, "a/b") == b"again"

    async def test_a_key_below_another_is_kept_or_refused(self, opened: StorageBackend) -> None:
        """``a`` and ``a/b`` together are too much for some stores. One that refuses loses nothing."""
        await put(opened, "a", b"one")
        expected = {"a": b"one"}
        with or_refused(Kind.INVALID, Kind.CONFLICT):
            await put(opened, "a/b", b"two")
            expected["a/b"] = b"two"
        assert await keys(opened) == list(expected)
        for key, content in expected.items():
            assert await get(opened, key) == content

    # ------------------------------------------------------------ keys

    @pytest.mark.parametrize("key", BAD_KEYS, ids=ascii)
    async def test_a_bad_key_is_refused_everywhere(self, opened: StorageBackend, key: str) -> None:
        for call in (put(opened, key, b"x"), get(opened, key), opened.stat(key), opened.delete(key)):
            with pytest.raises(Problem) as caught:
                await call
            assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "bad_key")
        assert await keys(opened) == []

    async def test_an_endless_key_is_a_problem_too(self, opened: StorageBackend) -> None:
        for key in ("x" * 5_000, "/".join("x" * 3_000)):
            with or_refused(Kind.INVALID):
                await put(opened, key, b"x")
                assert await get(opened, key) == b"x"

    @pytest.mark.parametrize("prefix", ["../", "/", "a/../..", "\\"])
    async def test_a_listing_does_not_leave_the_store(self, opened: StorageBackend, prefix: str) -> None:
        await put(opened, "a/b", b"x")
        with or_refused(Kind.INVALID):
            assert await keys(opened, prefix) == []


def pattern(size: int) -> bytes:
    """``size`` bytes that differ along the way."""
    return (bytes(range(251)) * (size // 251 + 1))[:size]


async def stream(*blocks: bytes) -> AsyncIterator[bytes]:
    for block in blocks:
        yield block


async def put(storage: StorageBackend, key: str, content: bytes) -> StoredObject:
    blocks = [content[start : start + 65_536] for start in range(0, len(content), 65_536)]
    return await storage.put(key, stream(*blocks), media_type=MEDIA_TYPE)


async def get(storage: StorageBackend, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([block async for block in storage.get(key, start, end)])


async def keys(storage: StorageBackend, prefix: str = "") -> list[str]:
    return [row.key async for row in storage.list(prefix)]


async def _put_for_ever(subject: fresh.Subject, key: str) -> None:
    """The killed child's side."""

    async def endless() -> AsyncIterator[Any]:
        yield pattern(500_000)
        yield pattern(500_000)
        print("writing", flush=True)
        await asyncio.Event().wait()

    async with subject.open() as storage:
        await storage.put(key, endless(), media_type=MEDIA_TYPE)
