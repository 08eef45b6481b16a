"""Files that belong together are listed together, or nothing of them stays: whatever fails, or is cancelled, when."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mixdown_api.scenes.generate import generate_request
from mixdown_api.scenes.rendering import Rendering, prepare, render
from mixdown_api.scenes.schemas import GenerateBody

from ..application import Application, Fault, Trouble, application

SCENE = {
    "text": "Kept, or not.",
    "background": {"type": "rain"},
    "music": {"stems": True},
    "output": {"separate_tracks": True, "captions": "srt"},
    "seed": 3,
}
PUTS = 11
"""The mix, three tracks, five stems, captions and the document."""


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
async def app(tmp_path: Path, trouble: Trouble) -> AsyncIterator[Application]:
    config = {"backends": {"storage": ["trouble"]}}
    async with application(tmp_path, plugins=[trouble], config=config) as app:
        yield app


async def prepared(app: Application) -> Rendering:
    return await prepare(app.service, generate_request(app.service, GenerateBody.model_validate(SCENE), {}))


async def assert_nothing_stays(app: Application) -> None:
    assert await app.listed() == set()
    assert await app.objects() == set()
    assert app.spooled() == set()


async def test_all_of_it(app: Application, trouble: Trouble) -> None:
    await render(app.service, await prepared(app))
    assert trouble.puts == PUTS
    listed = await app.listed()
    documents = await app.objects() - listed
    assert len(listed) == PUTS - 1
    assert [document.removesuffix(".json") in listed for document in documents] == [True]
    assert app.spooled() == set()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_cancelled_at_any_step(app: Application, trouble: Trouble, after: bool) -> None:
    generation = await prepared(app)
    for number in range(1, PUTS + 1):
        reached = asyncio.Event()
        trouble.arm(number, halt(reached), after=after)
        work = asyncio.create_task(render(app.service, generation))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await assert_nothing_stays(app)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_storage_that_fails_at_any_step(app: Application, trouble: Trouble, after: bool) -> None:
    generation = await prepared(app)
    for number in range(1, PUTS + 1):
        trouble.arm(number, fail, after=after)
        with pytest.raises(ConnectionError):
            await render(app.service, generation)
        await assert_nothing_stays(app)


async def test_cancelled_while_it_is_listed(app: Application, trouble: Trouble) -> None:
    """Another process holds the database's write lock: the commit waits, is cancelled, and comes to its end."""
    generation = await prepared(app)
    stored = asyncio.Event()
    trouble.arm(PUTS, note(stored), after=True)
    other = sqlite3.connect(app.data / "mixdown.db", isolation_level=None, check_same_thread=False)
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # the jobs may be writing just now
    work = asyncio.create_task(render(app.service, generation))
    await stored.wait()
    while not app.service.state._turn.locked():  # type: ignore[union-attr]
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.sleep(0)
    other.execute("ROLLBACK")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await work
    listed = await app.listed()
    assert len(listed) == PUTS - 1
    assert listed < await app.objects()


async def test_speech_whose_listener_leaves(app: Application, trouble: Trouble) -> None:
    from mixdown_api.speech.schemas import SpeechBody
    from mixdown_api.speech.spoken import Spoken

    body = SpeechBody(
        model="tts-1", voice="alloy", input="Heard and kept.", project="p", timestamps=True, captions="vtt"
    )
    for number in range(1, 5):  # the sound, word times, captions, the receipt
        reached = asyncio.Event()
        trouble.arm(number, halt(reached), after=True)
        chunks = (await Spoken.of(app.service, body)).audio()
        work = asyncio.create_task(drained(chunks))
        await reached.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        await chunks.aclose()
        await assert_nothing_stays(app)


async def test_speech_kept_in_a_project_has_its_length_and_receipt(app: Application) -> None:
    answer = await app.speak("Kept words.", project="novel", response_format="wav", seed=1)
    id_ = answer.headers["x-render-url"].rpartition("/")[2]
    file = await app.service.renders.find(id_)
    assert file is not None
    assert (file.sha256, file.size) == (hashlib.sha256(answer.content).hexdigest(), len(answer.content))
    assert file.duration_ms == pytest.approx((len(answer.content) - 44) / 48, abs=1)  # 24 kHz, 16 bit
    assert file.signature is None
    assert (await app.fetch(answer.headers["x-render-url"])).content == answer.content
    document = await app.service.renders.document(file)
    assert document is not None
    receipt = json.loads(document)["receipt"]
    assert [source["backend"] for source in receipt["sources"]] == ["espeak"]
    assert round(receipt["frames"] / 24) == file.duration_ms


async def test_captions_are_hashed_by_us(app: Application) -> None:
    found = await app.generate("Hashed.", output={"captions": "srt"})
    answer = await app.fetch(found["captions"]["url"])
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


def halt(reached: asyncio.Event) -> Fault:
    async def fault() -> None:
        reached.set()
        await asyncio.Event().wait()

    return fault


def note(reached: asyncio.Event) -> Fault:
    async def fault() -> None:
        reached.set()

    return fault


async def fail() -> None:
    raise ConnectionError("the store is away")


async def drained(chunks: AsyncIterator[bytes]) -> None:
    async for _ in chunks:
        pass
