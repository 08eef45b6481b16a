"""Why a backend or a plugin failed is told to those who have a key, where there are keys: the words are other
people's, and may name what is inside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mixdown_kernel import PluginSettings, SynthesisBackend, hookimpl

from ..application import application

SECRET = "401 for https://inside.example/?key=sk-secret"


class Leaky:
    @hookimpl
    def synthesis_backends(self) -> Iterable[SynthesisBackend]:
        @asynccontextmanager
        async def open_(_settings: PluginSettings, _context: object) -> AsyncIterator[Any]:
            raise ConnectionError(SECRET)
            yield

        yield SynthesisBackend(name="leaky", open=open_)


class Broken:
    @hookimpl
    def music_backends(self) -> Iterable[Any]:
        raise ConnectionError(SECRET)


def leaking(folder: Path, **settings: Any) -> Any:
    config = {"backends": {"synthesis": ["leaky", "espeak"]}}
    return application(folder, plugins=[Leaky(), Broken()], config=config, **settings)


@pytest.mark.parametrize("path", ["/health", "/api/v1/health"])
async def test_where_there_are_keys_they_open_the_reasons(tmp_path: Path, path: str) -> None:
    async with leaking(tmp_path, api_keys=("k",)) as app:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            answer = await app.http.get(path, headers=headers)
            assert answer.status_code == 200
            assert "sk-secret" not in answer.text
            assert rows(answer.json())["leaky"].keys().isdisjoint({"error", "detail", "stage"})
            assert rows(answer.json())["leaky"]["state"] == "failed"
            assert answer.json()["status"] == "degraded"
        assert_told((await app.http.get(path, headers={"authorization": "Bearer k"})).json())


async def test_without_keys_everybody_is_told(tmp_path: Path) -> None:
    async with leaking(tmp_path) as app:
        assert_told((await app.http.get("/health")).json())
        listed = (await app.http.get("/v1/plugins")).json()
        assert SECRET in next(row["error"] for row in listed["backends"] if row["name"] == "leaky")


def rows(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in report["backends"]}


def assert_told(report: dict[str, Any]) -> None:
    leaky = rows(report)["leaky"]
    assert leaky["stage"] == "open"
    assert SECRET in leaky["detail"]
    assert any(SECRET in str(row["error"]) for row in report["broken_plugins"])
