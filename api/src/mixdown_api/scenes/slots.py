"""What takes long, and so shall leave a slot to what does not (`Admission.long_slot`)."""

from __future__ import annotations

from mixdown_kernel import Kernel, Plan
from mixdown_kernel.plan import SourcePlan
from mixdown_kernel.signatures import source_signature
from mixdown_kernel.sources import cost_of

LONG_MS = 10 * 60_000
"""Sound of more than this takes long, whatever it is made of."""


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
