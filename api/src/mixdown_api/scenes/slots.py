"""Whatever takes long leaves a slot to what does not: a greeting is never stuck behind a symphony."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakKeyDictionary

from mixdown_api.edge import Admission
from mixdown_kernel import Kernel, Kind, Plan, Problem
from mixdown_kernel.plan import SourcePlan
from mixdown_kernel.signatures import source_signature
from mixdown_kernel.sources import cost_of

LONG_MS = 10 * 60_000
"""Sound of more than this takes long, whatever it is made of."""
_GATES: WeakKeyDictionary[Admission, Admission] = WeakKeyDictionary()


async def is_long(kernel: Kernel, plan: Plan) -> bool:
    """Whether it takes long to perform: for its length, or because a source that is not stored is heavy or made far
    away (`Cost`)."""
    if plan.estimated_ms > LONG_MS:
        return True
    for layer in plan.layers:
        if isinstance(layer, SourcePlan) and await _takes_long(kernel, layer, plan.estimated_ms):
            return True
    return False


async def _takes_long(kernel: Kernel, layer: SourcePlan, scene_ms: int) -> bool:
    running = layer.backends[0]
    specs = [spec for spec in layer.specs(running, scene_ms) if cost_of(spec, running) in ("heavy", "remote")]
    if not layer.reuse:
        return bool(specs)
    return any([await kernel.stored_source(source_signature(spec, running)) is None for spec in specs])


@asynccontextmanager
async def long_slot(admission: Admission, *, patient: bool = False) -> AsyncIterator[None]:
    """A slot that is not the last one, as far as there are several. ``patient`` work, a job's, waits for as long as
    it takes.

    Raises:
        Problem: ``overloaded`` or ``queue_timeout``, as any slot.
    """
    async with AsyncExitStack() as held:
        for place in (_gate(admission), admission):
            while True:
                try:
                    await held.enter_async_context(place.slot())
                    break
                except Problem as problem:
                    if not patient or problem.kind is not Kind.OVERLOADED:
                        raise
                    await asyncio.sleep(problem.retry_after or 1)
        yield


def _gate(admission: Admission) -> Admission:
    """What takes long passes it first."""
    if admission not in _GATES:
        _GATES[admission] = Admission(max(1, admission.slots - 1), admission.queue, admission.patience)
    return _GATES[admission]
