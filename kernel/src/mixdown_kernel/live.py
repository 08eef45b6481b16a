"""A mix that is heard while it is made: layers join it, change and leave while it runs.

The same mixer and limiter as a scene's live master, so the same layers, begun at the frames that the events tell, give
the same bits offline. Time is that of the sound alone: the mix goes on when somebody asks for the next block, and
stands still while nobody does.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Literal, Self

import numpy as np

from mixdown_kernel.audio import Samples, to_frames
from mixdown_kernel.contracts import MixingBackend, Priority
from mixdown_kernel.contracts.mixing import UPCOMING_MS
from mixdown_kernel.lifecycle import Backends
from mixdown_kernel.live_track import LiveTrack, Reason
from mixdown_kernel.mixing import GRID_MS, mixer_track
from mixdown_kernel.plan import VoicePlan
from mixdown_kernel.planning import Planner
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.scene import Master, Scene, SourceLayer, VoiceLayer
from mixdown_kernel.sounding import SourceTrack
from mixdown_kernel.sources import Sources
from mixdown_kernel.speaking import Speaker
from mixdown_kernel.timeline import Timeline

PIECE_MS = 180_000
"""Music without a duration is composed so long, and begins again."""
STEP_MS = 100
"""Mixed at a time: a few hundred microseconds, less than handing them to a thread and back would cost."""
REMEMBERED = 100
"""Layers that are over and may still be followed."""
AnyLayer = VoiceLayer | SourceLayer


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """What became of a layer. ``frame`` is where on the stream's timeline; None where it was never heard."""

    kind: Literal["added", "started", "stalled", "resumed", "updated", "ended", "failed"]
    layer: str
    frame: int | None = None
    reason: Reason | None = None
    error: Exception | None = None


class Live:
    """A running mix: ``async with kernel.live(rate=48_000, channels=2) as live``.

    One task asks for `news` and, while the mix is `sounding`, for `block` after `block`. Any task of the same loop may
    `add`, `update`, `remove` and `interrupt`: what is playing obeys with the next block.
    """

    def __init__(
        self,
        planner: Planner,
        sources: Sources,
        backends: Backends,
        *,
        rate: int,
        channels: Literal[1, 2],
        block_ms: int,
        seed: int | None,
    ) -> None:
        mixing: MixingBackend = backends.first("mixing").instance
        master = Master()
        self.rate = rate
        self.channels: Literal[1, 2] = channels
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        self.block_frames = to_frames(block_ms, rate)
        self.given = 0
        """Frames that have been asked for so far."""
        self._seeded = seed is not None
        self._planner = planner
        self._sources = sources
        self._backends = backends
        self._mixer = mixing.mixer(rate, channels)
        self._limiter = mixing.limiter(rate, channels, master.ceiling_dbtp)
        self._cell = to_frames(GRID_MS, rate)
        self._upcoming = to_frames(UPCOMING_MS, rate)
        self._position = 0
        self._last_end = 0
        self._ducked_until = 0
        self._mixed: deque[Samples] = deque()
        self._tracks: dict[str, LiveTrack] = {}
        self._over: OrderedDict[str, int] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: list[Callable[[], None]] = []
        self._events: list[LiveEvent] = []
        self._stirred = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # ------------------------------------------------------------ what may be asked of it

    @property
    def layers(self) -> int:
        """How many are being prepared or heard."""
        return len(self._tracks)

    def has(self, layer: str) -> bool:
        """Whether a layer of this name is being prepared or heard."""
        return layer in self._tracks

    def add(self, layer: AnyLayer, complete: Callable[[], Awaitable[AnyLayer]] | None = None) -> None:
        """Prepare a layer; it begins at its ``start_ms``, or behind the layer it follows, as soon as it has sound in
        hand. ``complete`` may still fetch what it plays. Whatever fails is an event of the layer.

        Raises:
            Problem: ``duplicate_layer``, ``unknown_layer`` for an ``after`` that never was, ``unsupported_gap`` for one
                that would begin before the other ends.
        """
        if layer.id in self._tracks:
            raise invalid("duplicate_layer", f"{layer.id!r} is still there", field="id")
        if layer.after is not None and layer.after not in self._tracks and layer.after not in self._over:
            message = f"{layer.id!r} follows {layer.after!r}, which this stream never had"
            raise invalid("unknown_layer", message, field="after", allowed=sorted(self._tracks))
        if layer.gap_ms < 0:
            raise invalid("unsupported_gap", "a live layer begins behind the one it follows", field="gap_ms")
        track = self._tracks[layer.id] = LiveTrack(layer, self.rate, self.block_frames)
        track.task = asyncio.create_task(self._play(track, layer, complete), name=f"live {layer.id}")
        self._tasks.add(track.task)
        track.task.add_done_callback(self._tasks.discard)

    def update(
        self, layer: str, *, volume: float | None = None, pan: float | None = None, glide_ms: int = 0
    ) -> None:
        """Glide to another linear volume and pan, in 10 ms at least. `Problem` ``unknown_layer``."""
        track = self._track(layer)
        known = {name: value for name, value in (("volume", volume), ("pan", pan)) if value is not None}
        self._order(partial(self._change, track, known, glide_ms))

    def remove(self, layer: str, *, fade_ms: int = 0) -> None:
        """Let a layer die away, over 10 ms at least. `Problem` ``unknown_layer``."""
        track = self._track(layer)
        self._order(partial(self._leave, track, fade_ms, "removed"))

    def interrupt(self) -> None:
        """Every voice stops, those that wait too; the rest goes on."""
        voices = [track for track in self._tracks.values() if track.is_key]
        for track in voices:
            self._order(partial(self._leave, track, 0, "interrupted"))

    # ------------------------------------------------------------ what it gives

    async def stirred(self, seconds: float) -> bool:
        """Wait until there may be `news` or sound; False where nothing came within so many seconds."""
        waker = asyncio.get_running_loop().call_later(
            seconds, self._stirred.set
        )  # half the price of a timeout
        began = time.monotonic()
        try:
            await self._stirred.wait()
        finally:
            waker.cancel()
        self._stirred.clear()
        return time.monotonic() - began < seconds

    def news(self) -> list[LiveEvent]:
        """Do what was asked for, and say what has happened since the last time."""
        orders, self._orders = self._orders, []
        for order in orders:
            order()
        events, self._events = self._events, []
        return events

    @property
    def sounding(self) -> bool:
        """Whether there is anything to hear, now or at a time that is fixed."""
        tracks = self._tracks.values()
        return (
            self.given < self._last_end
            or any(track.start is not None for track in tracks)
            or any(track.is_ready and self._target(track) is not None for track in tracks)
        )

    async def block(self) -> Samples:
        """The next ``block_frames``, mastered."""
        step = to_frames(STEP_MS, self.rate)
        while (missing := self.block_frames - sum(map(len, self._mixed))) > 0:
            await self._step(-(-min(missing, step) // self._cell) * self._cell)
            if missing > step:
                await asyncio.sleep(0)
        sound = np.concatenate(self._mixed)
        self._mixed = deque([sound[self.block_frames :]])
        self.given += self.block_frames
        return sound[: self.block_frames]

    # ------------------------------------------------------------ sources

    async def _play(
        self, track: LiveTrack, layer: AnyLayer, complete: Callable[[], Awaitable[AnyLayer]] | None
    ) -> None:
        try:
            source = await self._source(track, layer if complete is None else await complete())
            self._say(LiveEvent("added", track.id))
            await track.pump(source, self._stirred.set)
        except Exception as error:
            track.error = error
            self._order(partial(self._give_up, track))
        finally:
            await track.queue.end()
            self._stirred.set()

    async def _source(self, track: LiveTrack, layer: AnyLayer) -> AsyncIterator[Samples]:
        scene = Scene(layers=(layer,), seed=self.seed if self._seeded else None)
        plan = await self._planner.layer(scene, layer, self.seed)
        common = (self._sources, self._backends, Timeline())
        if isinstance(plan, VoicePlan):
            return Speaker(plan, self.rate, *common, verified=False, priority=Priority.INTERACTIVE).samples()
        return SourceTrack(
            plan,
            self.rate,
            self.channels,
            *common,
            duration_ms=PIECE_MS,
            exact=False,
            priority=Priority.INTERACTIVE,
        ).samples()

    # ------------------------------------------------------------ orders

    def _track(self, layer: str) -> LiveTrack:
        if layer not in self._tracks:
            message = f"there is no layer {layer[:64]!r} now"
            raise Problem(Kind.NOT_FOUND, "unknown_layer", message, field="id", allowed=sorted(self._tracks))
        return self._tracks[layer]

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.append(order)
        self._stirred.set()

    def _say(self, event: LiveEvent) -> None:
        self._events.append(event)
        self._stirred.set()

    def _change(self, track: LiveTrack, known: dict[str, float], glide_ms: int) -> None:
        track.layer = track.layer.model_copy(update=known)
        if track.start is not None:
            frames = max(self._cell, to_frames(glide_ms, self.rate))
            self._mixer.change(track.id, track.layer.volume, track.layer.pan, frames)
        self._say(LiveEvent("updated", track.id, None if track.start is None else self._position))

    def _give_up(self, track: LiveTrack) -> None:
        """Of a layer that failed: what it has made so far is heard, where that has begun."""
        if self._tracks.get(track.id) is track and track.start is None:
            self._drop(track, None)

    def _leave(self, track: LiveTrack, fade_ms: int, reason: Reason) -> None:
        if self._tracks.get(track.id) is not track or track.reason != "finished":
            return
        track.reason = reason
        if track.start is None or track.start >= self._position:
            self._drop(track, None)
        elif track.stalled:
            self._drop(track, self._position)
        else:
            fade = max(self._cell, to_frames(fade_ms, self.rate))
            frame = self._position + fade
            if track.end is None or frame < track.end:
                track.cut = track.announced = frame
                self._mixer.end_at(track.id, frame, fade)

    def _drop(self, track: LiveTrack, frame: int | None) -> None:
        if track.start is not None:
            self._mixer.remove(track.id)
        if track.task is not None:
            track.task.cancel()
        del self._tracks[track.id]
        self._over[track.id] = self._position if frame is None else frame
        if frame is not None:
            self._last_end = max(self._last_end, frame)
            if track.layer.duck:
                self._ducked_until = max(self._ducked_until, frame)
        while len(self._over) > REMEMBERED:
            self._over.popitem(last=False)
        if track.error is not None and track.reason == "finished":
            self._say(LiveEvent("failed", track.id, frame, error=track.error))
        else:
            self._say(LiveEvent("ended", track.id, frame, track.reason))

    # ------------------------------------------------------------ the mix

    async def _step(self, frames: int) -> None:
        self._begin_due(frames)
        playing = [track for track in self._tracks.values() if track.start is not None]
        inputs: dict[str, Samples] = {}
        ends: list[tuple[LiveTrack, int]] = []
        for track in playing:
            if (end := track.end) is not None:
                self._announce(track, end)
                ends.append((track, end))
            was_stalled = track.stalled
            if (block := await track.at(self._position, frames)) is not None:
                inputs[track.id] = block
            if track.stalled is not was_stalled:
                self._say(LiveEvent("stalled" if track.stalled else "resumed", track.id, self._position))
        after = self._position + frames
        upcoming = {track.id: track.upcoming(after, self._upcoming) for track in playing if track.is_key}
        mix = self._mixer.process(inputs, frames, upcoming=upcoming).mix
        self._mixed.append(self._limiter.process(mix))
        self._position = after
        for track, end in ends:
            if end <= after:
                self._drop(track, end)

    def _begin_due(self, frames: int) -> None:
        """Voices last: they begin later where others have to be told of them before."""
        waiting = [track for track in self._tracks.values() if track.start is None and track.is_ready]
        for track in sorted(waiting, key=lambda track: track.is_key):
            target = self._target(track)
            if track.error is not None or target is None:
                continue
            if target < self._position + frames + self._upcoming:
                self._begin(track, target)

    def _begin(self, track: LiveTrack, target: int) -> None:
        start = max(target, self._told() if track.is_key else self._position)
        track.begin(start)
        self._mixer.add(mixer_track(track.layer, start, self.rate))
        self._say(LiveEvent("started", track.id, start))

    def _told(self) -> int:
        """The first frame of the grid for which whatever gives way to voices was told of them in time."""
        if any(track.layer.duck for track in self._tracks.values() if track.start is not None):
            return self._position + self._upcoming if self._position else 0
        free = self._ducked_until + self._upcoming if self._ducked_until else 0
        return max(self._position, -(-free // self._cell) * self._cell)

    def _target(self, track: LiveTrack) -> int | None:
        """Where a layer would like to begin; None while nobody knows."""
        layer = track.layer
        if layer.after is None:
            return to_frames(layer.start_ms, self.rate)
        other = self._tracks.get(layer.after)
        end = self._over.get(layer.after) if other is None else other.end
        return None if end is None else end + to_frames(layer.gap_ms, self.rate)

    def _announce(self, track: LiveTrack, end: int) -> None:
        if track.announced is None or end < track.announced:
            track.announced = end
            self._mixer.end_at(track.id, end, self._cell if track.error is not None else None)
