"""What every backend owes, whatever its role."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from mixdown_kernel.backends import Backend, PluginSettings
from mixdown_kernel.contracts import Fingerprinted, Health, ReportsHealth
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.roles import ROLES
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.fresh import Subject


class BackendContract:
    """Base of the suites. A subclass provides the fixture ``backend``; everything else has a default.

    Attributes:
        settings: the backend's section of the configuration file. Where it is known only when the test runs,
            override the fixture ``section`` instead.
        neighbours: descriptors of backends of other roles that this one asks its context for.
    """

    role: ClassVar[str]
    settings: ClassVar[Mapping[str, Any]] = {}
    neighbours: ClassVar[Mapping[str, Backend[Any]]] = {}

    @pytest.fixture
    def backend(self) -> Backend[Any]:
        raise NotImplementedError(f"{type(self).__name__} needs a fixture `backend` returning the descriptor")

    @pytest.fixture
    def section(self) -> Mapping[str, Any]:
        return self.settings

    @pytest.fixture
    def render(self) -> opening.Render | None:
        """What ``context.render`` is; only executors call it."""
        return None

    @pytest.fixture
    async def opened(
        self,
        backend: Backend[Any],
        section: Mapping[str, Any],
        render: opening.Render | None,
        tmp_path: Path,
    ) -> AsyncIterator[Any]:
        """The open backend."""
        manager = opening.opened(backend, section, folder=tmp_path, neighbours=self.neighbours, render=render)
        async with opening.in_own_task(manager) as value:
            yield value

    @pytest.fixture
    def subject(self, backend: Backend[Any], section: Mapping[str, Any], tmp_path: Path) -> Subject:
        """What a fresh process needs to open the same backend on the same folders."""
        return Subject(backend, tmp_path, section, self.neighbours)

    def test_the_descriptor_is_complete(self, backend: Backend[Any]) -> None:
        assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*", backend.name), "names are lower case, digits, . _ -"
        assert issubclass(backend.settings, PluginSettings)
        assert backend.name not in backend.aliases
        assert len(set(backend.aliases)) == len(backend.aliases)

    def test_unknown_settings_are_refused(self, backend: Backend[Any], section: Mapping[str, Any]) -> None:
        with pytest.raises(ValidationError):
            opening.settings(backend, {**section, "no_such_setting_": 1})

    def test_it_meets_the_protocol(self, opened: Any) -> None:
        protocol = next(role.protocol for role in ROLES if role.name == self.role)
        methods = [name for name, member in vars(protocol).items() if callable(member) and name[0] != "_"]
        missing = [name for name in methods if not callable(getattr(opened, name, None))]
        assert not missing, f"{protocol.__name__} also needs {', '.join(missing)}"

    async def test_it_opens_again_after_it_was_closed(self, subject: Subject) -> None:
        for _ in range(2):
            async with subject.open() as value:
                assert value is not None

    async def test_closing_leaves_no_task_behind(self, subject: Subject) -> None:
        before = asyncio.all_tasks()
        async with subject.open():
            pass
        await asyncio.sleep(0)
        assert asyncio.all_tasks() <= before

    async def test_health_is_good_after_opening(self, opened: Any) -> None:
        if not isinstance(opened, ReportsHealth):
            pytest.skip("reports no health")
        health = await opened.health()
        assert isinstance(health, Health)
        assert health.ok, health.detail

    async def test_the_fingerprint_stays_the_same(self, opened: Any, subject: Subject) -> None:
        if not isinstance(opened, Fingerprinted):
            pytest.skip("has no fingerprint of its own")
        first = opened.fingerprint()
        assert isinstance(first, str)
        assert first
        async with subject.open() as again:
            assert again.fingerprint() == first


@contextmanager
def or_refused(*kinds: Kind) -> Iterator[None]:
    """What follows succeeds, or is refused by a `Problem` of one of these kinds."""
    try:
        yield
    except Problem as problem:
        if problem.kind not in kinds:
            raise
