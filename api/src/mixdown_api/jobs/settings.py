"""How much is done at once, how often is looked, and how long things are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobSettings:
    """Times in seconds.

    Attributes:
        concurrency: how many jobs this process runs at once; 0 leaves the work to other processes.
        max_attempts: how often a job is started, should the workers that run it be killed; counted anew from each checkpoint on.
        max_queued: how many jobs may wait before new ones are refused.
        lease: how long a job belongs to a worker that gives no sign; after that another one takes it over.
        heartbeat: how often a worker gives a sign, and looks whether it shall stop.
        poll: how often is looked for what other processes did; what this one does is known at once.
        keep: how long finished jobs are remembered.
        grace: how long the jobs may take to stop when the service stops.
    """

    concurrency: int = 2
    max_attempts: int = 3
    max_queued: int = 10_000
    lease: float = 15.0
    heartbeat: float = 1.0
    poll: float = 1.0
    keep: float = 7 * 24 * 3600.0
    grace: float = 10.0
