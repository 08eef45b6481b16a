"""The kernel: plugins, backends, voices, and the road, in one object that a test embeds in five lines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from importlib_metadata import version
from pydantic import JsonValue

from mixdown_kernel import builtin, encoding, signatures
from mixdown_kernel.assets import Assets
from mixdown_kernel.audio import Audio
from mixdown_kernel.cache import SourceCache, StoredSource
from mixdown_kernel.contracts import (
    Encoding,
    EncodingBackend,
    Format,
    Notated,
    Notation,
    Priority,
    ReadsPrompts,
    SourceSpec,
)
from mixdown_kernel.dry_run import describe
from mixdown_kernel.inventory import Plugin
from mixdown_kernel.inventory import discover as discover_plugins
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.live import Live
from mixdown_kernel.performance import Performance
from mixdown_kernel.plan import Plan
from mixdown_kernel.planning import Planner
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.receipts import Receipt
from mixdown_kernel.registry import Registry
from mixdown_kernel.roles import Role
from mixdown_kernel.scene import Scene
from mixdown_kernel.settings import KernelConfig
from mixdown_kernel.sources import Sources
from mixdown_kernel.spool import Spool
from mixdown_kernel.voices import Voices

log = logging.getLogger("mixdown.kernel")


class Kernel:
    """Loads plugins, opens their backends, and performs scenes::

        async with Kernel({"data_dir": tmp_path}) as kernel:
            audio, receipt = await kernel.render(Scene(layers=[VoiceLayer(id="voice", text="Hello.")]))

    Args:
        config: a `KernelConfig`, or its members as a mapping. The environment wins over a mapping.
        plugins: modules or objects with hook implementations, besides those installed.
        discover: load installed plugins.
        strict: raise `Problem` for a plugin or a configured backend that fails, instead of going on without it.
    """

    def __init__(
        self,
        config: KernelConfig | Mapping[str, Any] | None = None,
        *,
        plugins: Iterable[object] = (),
        discover: bool = True,
        strict: bool = False,
    ) -> None:
        self.config = config if isinstance(config, KernelConfig) else KernelConfig(**(config or {}))
        self._strict = strict
        self.plugins: dict[str, Plugin] = {
            "kernel": Plugin("kernel", "mixdown-kernel", _version(), module=builtin)
        }
        if discover:
            self.plugins |= discover_plugins(self.config.disabled)
        for plugin in plugins:
            name = _unused_name(plugin, self.plugins)
            self.plugins[name] = Plugin(name, "", "", module=plugin)
        self.registry = Registry(self.plugins)
        self.backends = Backends(self.registry, self.config)
        self.voices = Voices(self.backends, self.config.voice_aliases)
        self._cache = SourceCache(self.config.data_dir / "cache" / "sources", self.config.cache_bytes)
        self._spool = Spool(self.config.data_dir / "spool")
        self.assets = Assets(self.config.data_dir / "assets", self.config.assets_bytes)
        self._planner = Planner(self.registry, self.backends, self.voices)
        self._sources = Sources(self.backends, self._cache)
        self.unknown_names = self.backends.unknown_sections()
        """Names in the configuration that nothing here has."""
        self.unknown_names += [
            f"disabled.{name}" for name in self.config.disabled if name not in self.plugins
        ]
        for name in self.unknown_names:
            log.warning("the configuration names %s, which nothing here has", name)
        self._opening: asyncio.Task[None] | None = None
        if strict:
            self._refuse_failures()

    async def __aenter__(self) -> Self:
        await self.start()
        await self.ready()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Begin to open every backend in use, all at the same time. Does nothing on a kernel that runs."""
        if self._opening is None:
            await asyncio.to_thread(self._prepare_folders)
            self._opening = asyncio.create_task(self.backends.open())

    async def ready(self) -> None:
        """Wait until each backend has opened or failed for good. With ``strict``, `Problem` if one failed."""
        if self._opening is None:
            raise Problem(Kind.UNAVAILABLE, "not_started", "the kernel is not running")
        opening = self._opening
        await asyncio.wait(
            [opening]
        )  # not shielded: a caller who leaves must not stop it, a stop must not leave callers
        if opening.cancelled():
            raise Problem(Kind.UNAVAILABLE, "stopping", "the kernel is stopping", retry_after=5)
        opening.result()
        if self._strict:
            try:
                self._refuse_failures()
            except Problem:
                await self.stop()
                raise

    @property
    def is_started(self) -> bool:
        return self._opening is not None

    @property
    def is_ready(self) -> bool:
        return self._opening is not None and self._opening.done() and not self._opening.cancelled()

    async def stop(self) -> None:
        """Close every backend."""
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.cancel()
            await asyncio.wait([opening])
            await self.backends.close()
            await asyncio.to_thread(self._spool.close)

    def _prepare_folders(self) -> None:
        self._cache.prepare()
        (self.config.data_dir / "assets").mkdir(parents=True, exist_ok=True)
        self._spool.open()

    @property
    def spool(self) -> Path:
        """This kernel's folder for files on their way; it goes with the kernel."""
        return self._spool.path

    def _refuse_failures(self) -> None:
        broken = [f"{row.name}: {row.error}" for row in self.plugins.values() if row.error]
        broken += [
            f"{running.role}/{running.name}: {running.error}" for running in self.backends if running.error
        ]
        broken += [f"{role}/{name}: no plugin offers it" for role, name in self.backends.missing]
        broken += [f"{name}: nothing here has this name" for name in self.unknown_names]
        if broken:
            raise Problem(Kind.UNAVAILABLE, "broken_plugins", "; ".join(broken))

    # ------------------------------------------------------------ what is here

    def role(self, name: str) -> Role:
        """A role by name; KeyError for none."""
        return self.registry.roles[name]

    def backend(self, role: str, name: str | None = None) -> Any:
        """The first working backend of a role, or the one of that name, as its protocol. `Problem` for none."""
        running = self.backends.named(role, name) if name else self.backends.first(role)
        return running.instance

    def running(self) -> list[RunningBackend]:
        """Every backend in use, working or not."""
        return list(self.backends)

    def formats(self) -> Mapping[str, Format]:
        """The file formats that can be encoded."""
        backend: EncodingBackend = self.backend("encoding")
        return backend.formats()

    # ------------------------------------------------------------ the road

    async def plan(self, scene: Scene) -> Plan:
        """Check a scene and choose its backends; no sound is made. `Problem` names what is wrong."""
        await self.ready()
        return await self._planner.plan(scene)

    async def describe(self, plan: Plan) -> dict[str, Any]:
        """A dry run of a plan: timeline by estimate, backends, what is stored already."""
        return await describe(plan, self._cache)

    def perform(
        self, plan: Plan, *, parts: bool = False, priority: Priority = Priority.STANDARD
    ) -> Performance:
        """Perform a plan (``async with``). ``parts`` also keeps each layer's share of the mix."""
        return Performance(
            plan,
            self._sources,
            self.backends,
            self.spool,
            self.config.spool_bytes,
            parts=parts,
            priority=priority,
            finished=self._finished,
        )

    def live(
        self, *, rate: int, channels: Literal[1, 2], block_ms: int = 20, seed: int | None = None
    ) -> Live:
        """A mix that is heard while it is made (``async with``), in blocks of a multiple of 10 ms."""
        return Live(
            self._planner,
            self._sources,
            self.backends,
            rate=rate,
            channels=channels,
            block_ms=block_ms,
            seed=seed,
        )

    async def render(self, scene: Scene) -> tuple[Audio, Receipt]:
        """A short scene in memory; for tests and scripts. Long ones are better performed block by block."""
        async with self.perform(await self.plan(scene)) as performance:
            blocks = [block async for block in performance.blocks()]
            assert performance.receipt is not None  # noqa: S101 - complete once the blocks are
            empty = Audio.silence(0, scene.rate, scene.channels)
            return (Audio.join(blocks) if blocks else empty), performance.receipt

    def format(self, wanted: Encoding) -> Format:
        """The format behind an encoding; `Problem` ``unsupported_format``."""
        return encoding.format_of(self.backend("encoding"), wanted)

    def encode(self, performance: Performance, wanted: Encoding) -> AsyncIterator[bytes]:
        """A performance as bytes for a stream, as soon as they exist."""
        scene = performance.plan.scene
        return encoding.encode_stream(
            self.backend("encoding"), performance.blocks(), wanted, scene.rate, scene.channels
        )

    async def encode_file(
        self, blocks: AsyncIterator[Audio], wanted: Encoding, rate: int, channels: int, path: Path
    ) -> encoding.EncodedFile:
        """Blocks as a complete file at ``path``."""
        return await encoding.encode_file(self.backend("encoding"), blocks, wanted, rate, channels, path)

    def mix_signature(self, plan: Plan) -> str:
        """The mix's signature as it will be if every first choice answers; a receipt holds the one that was."""
        return plan.signature(self.backends.find("mixing"))

    async def stored_source(self, signature: str) -> StoredSource | None:
        """A kept source, by the signature in a receipt: the way to its stems."""
        return await self._sources.stored(signature)

    async def forget_source(self, signature: str) -> None:
        """Drop a kept source, by the signature in a receipt: it shall be rendered anew."""
        await self._cache.forget(signature)

    async def notation(self, spec: SourceSpec) -> Notation | None:
        """A piece as written, by what its backend was asked for (`Timeline.played`); None where it knows no notes."""
        instance = self.backends.named(spec.role, spec.backend).instance
        return (
            await asyncio.to_thread(instance.notation, spec.request)
            if isinstance(instance, Notated)
            else None
        )

    def reading(self, spec: SourceSpec) -> Mapping[str, JsonValue] | None:
        """How a backend reads the words of what it was asked for; None where it reads none."""
        instance = self.backends.named(spec.role, spec.backend).instance
        return instance.reading(spec.request) if isinstance(instance, ReadsPrompts) else None

    def observe(self, observer: object) -> None:
        """Add an object with ``backend_failed`` or ``render_finished`` hooks to a kernel that stands."""
        self.registry.observe(observer)

    def file_signature(self, mix_signature: str, wanted: Encoding) -> str:
        """Level three of law 4."""
        encoder = signatures.backend_identity(self.backends.first("encoding"))
        return signatures.file_signature(mix_signature, wanted, encoder)

    def _finished(self, receipt: Receipt) -> None:
        self.registry.notify("render_finished", receipt=receipt)


def _version() -> str:
    return version("mixdown-kernel")


def _unused_name(plugin: object, taken: Mapping[str, Plugin]) -> str:
    """A module's name, else its class's; numbered where that is taken."""
    base = getattr(plugin, "__name__", type(plugin).__name__).rpartition(".")[2]
    return next(name for name in (base, *(f"{base}-{n}" for n in range(2, 1000))) if name not in taken)
