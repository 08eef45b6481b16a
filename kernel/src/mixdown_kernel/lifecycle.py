"""Opening, judging and closing backends.

Each backend lives in a task of its own that enters its context manager, says so, waits, and leaves it: cancel
scopes and task groups inside a plugin then begin and end in one task, whoever uses the backend meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any, Literal

from mixdown_kernel.backends import Context
from mixdown_kernel.contracts import Chunk, Health, ReportsHealth, SourceSpec
from mixdown_kernel.inventory import describe
from mixdown_kernel.phonemizing import Phonemizers
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.registry import Offer, Registry
from mixdown_kernel.settings import KernelConfig, backend_settings
from mixdown_kernel.streams import stepped

log = logging.getLogger("mixdown.backends")

BackendState = Literal["opening", "open", "failed", "closed"]
CLOSE_TIMEOUT_SECONDS = 10.0


class RunningBackend:
    """One offer in use: its instance, and what is known of its health."""

    def __init__(self, offer: Offer, others: Callable[[str], Sequence[RunningBackend]]) -> None:
        self.offer = offer
        self._others = others
        self.state: BackendState = "opening"
        self.stage = ""
        self.error = ""
        self.failures = 0
        self.instance: Any = None
        self._rests_until = 0.0
        self._settled = asyncio.Event()
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        return self.offer.backend.name

    @property
    def role(self) -> str:
        return self.offer.role.name

    @property
    def used(self) -> list[RunningBackend]:
        """The working backends of the roles that it asks, in order."""
        return [one for role in self.offer.backend.uses for one in self._others(role) if one.state == "open"]

    @property
    def resting(self) -> bool:
        """It failed a moment ago and is asked last."""
        return time.monotonic() < self._rests_until

    def start(self, config: KernelConfig, context: Context) -> None:
        self._task = asyncio.create_task(self._live(config, context), name=f"backend {self.role}/{self.name}")

    async def settled(self, timeout: float) -> None:
        """Wait until it is open or has failed; after ``timeout`` seconds it has failed."""
        try:
            async with asyncio.timeout(timeout):
                await self._settled.wait()
        except TimeoutError:
            self._fail("open", f"did not open within {timeout:g} s")
            if self._task:
                self._task.cancel()

    async def close(self) -> None:
        self._stop.set()
        if self._task is None:
            return
        if not self._settled.is_set():  # nobody waits for it any more
            self._task.cancel()
        _, pending = await asyncio.wait([self._task], timeout=CLOSE_TIMEOUT_SECONDS)
        if pending:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=CLOSE_TIMEOUT_SECONDS)
            self._fail("close", f"did not close within {CLOSE_TIMEOUT_SECONDS:g} s")

    async def _live(self, config: KernelConfig, context: Context) -> None:
        stage = "settings"
        try:
            section = config.plugins.get(self.name, {})
            settings = backend_settings(self.offer.backend.settings, self.name, section)
            stage = "open"
            async with self.offer.backend.open(settings, context) as self.instance:
                stage = "close"
                self.state = "open"
                self._settled.set()
                await self._stop.wait()
            self.state = "closed"
        except asyncio.CancelledError:
            raise
        except (Exception, SystemExit) as error:
            self._fail(stage, describe(error))
        finally:
            self._settled.set()

    def _fail(self, stage: str, error: str) -> None:
        if self.state == "failed":
            return
        self.state, self.stage, self.error = "failed", stage, error
        log.warning("%s backend %s failed (%s): %s", self.role, self.name, stage, error)

    def failed(self, error: BaseException, cooldown: float) -> None:
        """A render by it failed: let it rest. The operator reads the cause, not what callers are told."""
        self.failures += 1
        self.stage, self.error = "render", describe(error.__cause__ or error)
        self._rests_until = time.monotonic() + cooldown

    def recovered(self) -> None:
        if self.stage == "render":
            self.stage = self.error = ""
        self._rests_until = 0.0

    async def health(self) -> Health:
        """Its own word where it gives one, else what the kernel saw."""
        if self.state != "open":
            return Health(ok=False, detail=self.error or self.state)
        if isinstance(self.instance, ReportsHealth):
            try:
                async with asyncio.timeout(2.0):
                    return await self.instance.health()
            except Exception as error:
                return Health(ok=False, detail=describe(error))
        return Health(ok=not self.resting, detail=self.error)


class Backends:
    """The backends in use, by role, in order of preference."""

    def __init__(self, registry: Registry, config: KernelConfig) -> None:
        self._registry = registry
        self._config = config
        self.missing: list[tuple[str, str]] = []
        """(role, name) of configured backends that no plugin offers."""
        self._by_role = self._unopened()
        self._phonemizers = Phonemizers(partial(self._working, "phonemes"))

    def _unopened(self) -> dict[str, list[RunningBackend]]:
        self.missing.clear()
        return {
            role: [RunningBackend(offer, self.of) for offer in self._chosen(role)]
            for role in self._registry.roles
        }

    def _chosen(self, role: str) -> list[Offer]:
        """What the configuration names, or else every offer that is used unasked."""
        offers = self._registry.offers[role]
        if (names := self._config.backends.get(role)) is not None:
            self.missing += [(role, name) for name in names if name not in offers]
            return [offers[name] for name in dict.fromkeys(names) if name in offers]
        unasked = [offer for offer in offers.values() if offer.backend.preference is not None]
        return sorted(unasked, key=lambda offer: (-(offer.backend.preference or 0), offer.backend.name))

    def unknown_sections(self) -> list[str]:
        """Names in the configuration that mean nothing here: mistyped, or of a plugin that is not installed."""
        offered = {name for offers in self._registry.offers.values() for name in offers}
        roles = [f"backends.{role}" for role in self._config.backends if role not in self._registry.roles]
        return roles + [f"plugins.{name}" for name in self._config.plugins if name not in offered]

    def __iter__(self) -> Any:
        return (running for group in self._by_role.values() for running in group)

    async def open(self) -> None:
        """Open all at the same time; returns when each is open or has failed."""
        self._by_role = self._unopened()  # a kernel may be started more than once
        everything: list[RunningBackend] = list(self)
        for running in everything:
            running.start(self._config, self._context(running))
        timeout = self._config.open_timeout_seconds
        await asyncio.gather(*(running.settled(timeout) for running in everything))

    async def close(self) -> None:
        await asyncio.gather(*(running.close() for running in self))

    def _context(self, running: RunningBackend) -> Context:
        data_dir = self._config.data_dir / "backends" / running.role / safe_name(running.name)
        data_dir.mkdir(parents=True, exist_ok=True)
        return Context(
            data_dir=data_dir,
            assets_dir=self._config.data_dir / "assets",
            threads=self._config.threads,
            logger=logging.getLogger(f"mixdown.{running.role}.{running.name}"),
            backend=self.instance,
            render=self.render,
        )

    def of(self, role: str) -> Sequence[RunningBackend]:
        return self._by_role.get(role, [])

    async def instance(self, role: str) -> Any:
        """The first working backend of a role, once it is open; of the role ``phonemes`` all of them, as one."""
        async for instance in self._working(role):
            return self._phonemizers if role == "phonemes" else instance
        raise unavailable(role)

    async def _working(self, role: str) -> AsyncIterator[Any]:
        """In order of preference, each once it is open."""
        for running in self.of(role):
            await running.settled(self._config.open_timeout_seconds)
            if running.state == "open":
                yield running.instance

    def find(self, role: str) -> RunningBackend | None:
        """The first working backend of a role now, if there is one."""
        return next((running for running in self.of(role) if running.state == "open"), None)

    def first(self, role: str) -> RunningBackend:
        """Likewise; `Problem` ``no_backend`` for none."""
        running = self.find(role)
        if running is None:
            raise unavailable(role)
        return running

    def named(self, role: str, name: str) -> RunningBackend:
        """An open backend by its name or alias; `Problem` says which there are."""
        for running in self.of(role):
            if name in (running.name, *running.offer.backend.aliases):
                if running.state == "open":
                    return running
                raise Problem(
                    Kind.UNAVAILABLE,
                    "backend_unavailable",
                    f"the {role} backend {name!r} is not working",
                    hint="`mixdown plugins` says why",
                )
        raise Problem(
            Kind.NOT_FOUND,
            "unknown_backend",
            f"there is no {role} backend {name!r}",
            allowed=[running.name for running in self.of(role)],
        )

    def candidates(self, role: str, request: object) -> list[RunningBackend]:
        """The working backends for a request, in order: configuration, then plugins' word, then rest."""
        working = {running.name: running for running in self.of(role) if running.state == "open"}
        chosen = self._registry.choose(role, request, tuple(working))
        return sorted((working[name] for name in chosen), key=lambda running: running.resting)

    async def render(self, spec: SourceSpec) -> AsyncIterator[Chunk]:
        """A source rendered by a backend of this process: what executors call. One that does not stop when its
        listener leaves is left behind, and counts as failed."""
        running = self.named(spec.role, spec.backend)
        stall = self._config.stall_timeout_seconds
        chunks = stepped(running.instance.render(spec.request), stall=stall, patience=CLOSE_TIMEOUT_SECONDS)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            try:
                await chunks.aclose()
            except TimeoutError as error:
                self.failed(running, error)

    def failed(self, running: RunningBackend, error: BaseException) -> None:
        running.failed(error, self._config.cooldown_seconds)
        self._registry.notify("backend_failed", role=running.role, name=running.name, error=error)


def unavailable(role: str) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        "no_backend",
        f"no backend of the role {role!r} is working",
        hint="install one, or see `mixdown plugins` for why it failed",
        retry_after=5,
    )


def safe_name(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
