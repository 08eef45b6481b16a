"""Who takes over when a backend fails: the next one, for a layer as a whole, until its first sample was heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from mixdown_kernel.audio import Samples
from mixdown_kernel.lifecycle import Backends, RunningBackend
from mixdown_kernel.sources import cannot, is_requests_fault
from mixdown_kernel.streams import closing


async def first_to_sound(
    candidates: Sequence[RunningBackend],
    play: Callable[[RunningBackend], AsyncIterator[Samples]],
    backends: Backends,
    gave_way: Callable[[RunningBackend, Exception], None],
) -> AsyncIterator[Samples]:
    """The sound of the first candidate that makes any; ``gave_way`` hears of those before it.

    After its first sample nobody takes over in the middle, and a bad request is nobody's failure. A backend that
    cannot do what is asked gives way without being thought broken.
    """
    for running in candidates:
        started = False
        try:
            async with closing(play(running)) as blocks:
                async for block in blocks:
                    started = started or bool(len(block))
                    yield block
        except Exception as error:
            if is_requests_fault(error):
                raise
            if not cannot(error):
                backends.failed(running, error)
            if started or running is candidates[-1]:
                raise
            gave_way(running, error)
        else:
            running.recovered()
            return
