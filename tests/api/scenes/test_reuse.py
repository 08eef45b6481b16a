"""An equal earlier render is the answer where it is equal, whole, and will stay: and then exactly what was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_api.state import files
from mixdown_kernel import (
    Audio,
    Chunk,
    PluginSettings,
    SpeechRequest,
    SynthesisBackend,
    Voice,
    hookimpl,
)

from ..application import Application, application

SAME = "The same thing."


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with application(tmp_path) as app:
        yield app


async def test_urls_are_made_when_answering(tmp_path: Path) -> None:
    asked: dict[str, Any] = {
        "seed": 1,
        "music": {"stems": True},
        "output": {"separate_tracks": True, "captions": "srt"},
    }
    async with application(tmp_path, public_url="http://old.test") as app:
        old = await app.generate(SAME, **asked)
    async with application(tmp_path, public_url="https://new.test/audio") as app:
        new = await app.generate(SAME, **asked)
    assert (old["cached"], new["cached"]) == (False, True)
    assert "old.test" not in str(new)
    moved = {**old, "cached": True}
    assert str(new) == str(moved).replace("http://old.test/", "https://new.test/audio/")


@pytest.mark.parametrize("gone", ["bytes", "row"])
@pytest.mark.parametrize("member", ["voice", "stem", "captions", "audio"])
async def test_a_render_of_which_a_file_is_gone_is_made_anew(
    app: Application, member: str, gone: str
) -> None:
    asked: dict[str, Any] = {
        "seed": 1,
        "music": {"stems": True},
        "output": {"separate_tracks": True, "captions": "srt"},
    }
    first = await app.generate(SAME, **asked)
    await lose(app, urls(first)[member], gone)
    dry = await app.generate(SAME, **asked, dry_run=True)
    again = await app.generate(SAME, **asked)
    assert (dry["cached"], again["cached"]) == (False, False)
    for url in urls(again).values():
        assert (await app.fetch(url)).status_code == 200
    assert (await app.generate(SAME, **asked))["cached"]


def urls(answer: dict[str, Any]) -> dict[str, str]:
    components = answer["components"]
    return {
        "voice": components["voice"]["url"],
        "stem": next(iter(components["music"]["stems"].values())),
        "captions": answer["captions"]["url"],
        "audio": answer["audio_url"],
    }


async def lose(app: Application, url: str, what: str) -> None:
    file = await app.service.renders.find(url.rpartition("/")[2])
    assert file is not None
    if what == "bytes":
        await app.service.renders.storage.delete(file.key)
    else:
        async with app.service.state.begin() as connection:
            await files.remove(connection, file.id)


async def test_a_project_keeps_its_own(app: Application) -> None:
    first, other, again = [
        await app.generate(SAME, seed=1, output={"project": project}) for project in ("a", "b", "b")
    ]
    assert (first["cached"], other["cached"], again["cached"]) == (False, False, True)
    async with app.service.state.reading() as connection:
        assert [len((await files.page(connection, project=project)).items) for project in "ab"] == [1, 1]


async def test_the_receipt_has_the_seed_that_was_asked_for(app: Application) -> None:
    """The default voice has no use for a seed, so that one render answers every one."""
    first, second = await app.generate(SAME, seed=1), await app.generate(SAME, seed=2)
    assert (second["cached"], second["audio_url"]) == (True, first["audio_url"])
    assert (first["receipt"]["seed"], second["receipt"]["seed"]) == (1, 2)


async def test_a_render_that_soon_expires_is_not_given_out_again(tmp_path: Path) -> None:
    async with application(tmp_path, api_keys=("k",), render_lifetime_seconds=600) as app:
        app.http.headers["authorization"] = "Bearer k"
        first = await app.generate(SAME, seed=1)
        assert (await app.generate(SAME, seed=1))["cached"]
        await grow_older(app, first["audio_url"], seconds=301)
        assert (await app.fetch(first["audio_url"])).status_code == 200
        assert not (await app.generate(SAME, seed=1, dry_run=True))["cached"]
        assert not (await app.generate(SAME, seed=1))["cached"]


async def grow_older(app: Application, url: str, seconds: float) -> None:
    from sqlalchemy import update

    from mixdown_api.state.tables import files as table

    times = {name: table.c[name] - seconds for name in ("created_at", "expires_at")}
    async with app.service.state.begin() as connection:
        await connection.execute(update(table).where(table.c.id == url.rpartition("/")[2]).values(times))


async def test_every_kept_render_of_a_sound_is_looked_at(app: Application) -> None:
    plain: dict[str, Any] = {"seed": 1}
    captioned: dict[str, Any] = {"seed": 1, "output": {"captions": "srt"}}
    cached = [(await app.generate(SAME, **asked))["cached"] for asked in (plain, captioned) * 2]
    assert cached == [False, False, True, True]


# ---------------------------------------------------------------- law 4


class Weak:
    """A voice that fails as long as it is told to, and then speaks."""

    def __init__(self) -> None:
        self.fails = True

    async def voices(self) -> list[Voice]:
        return [Voice("weak", "Weak", "en")]

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        if self.fails:
            raise ConnectionError("away")
        yield Chunk(Audio(np.full((24_000, 1), 0.1, np.float32), 24_000))

    @hookimpl
    def synthesis_backends(self) -> Iterable[SynthesisBackend]:
        @asynccontextmanager
        async def open_(_settings: PluginSettings, _context: object) -> AsyncIterator[Any]:
            yield self

        yield SynthesisBackend(name="weak", open=open_)


async def test_a_render_by_the_fallback_is_never_given_out_as_the_first_voices(tmp_path: Path) -> None:
    weak = Weak()
    config = {"backends": {"synthesis": ["weak", "espeak"]}, "cooldown_seconds": 0}
    async with application(tmp_path, plugins=[weak], config=config) as app:
        by_fallback = await app.generate(SAME, seed=1)
        weak.fails = False
        by_first, again = [await app.generate(SAME, seed=1) for _ in range(2)]
    speakers = [one["receipt"]["sources"][0]["backend"] for one in (by_fallback, by_first, again)]
    assert speakers == ["espeak", "weak", "weak"]
    assert (by_first["cached"], again["cached"]) == (False, True)
    signatures = [one["receipt"]["file_signature"] for one in (by_fallback, by_first)]
    assert signatures[0] != signatures[1]


async def test_a_render_by_the_fallback_is_found_under_its_own_name(tmp_path: Path) -> None:
    weak = Weak()
    async with application(
        tmp_path,
        plugins=[weak],
        config={"backends": {"synthesis": ["weak", "espeak"]}, "cooldown_seconds": 0},
    ) as app:
        by_fallback = await app.generate(SAME, seed=1)
    async with application(tmp_path) as app:
        plain = await app.generate(SAME, seed=1)
    assert (plain["cached"], plain["audio_url"]) == (True, by_fallback["audio_url"])


async def test_equal_requests_at_once_have_one_signature(app: Application) -> None:
    one, two = await asyncio.gather(*(app.generate(SAME, seed=5, music={}) for _ in range(2)))
    assert one["receipt"]["file_signature"] == two["receipt"]["file_signature"]
    assert one["receipt"]["content_sha256"] == two["receipt"]["content_sha256"]
