"""``mixdown jobs``: look at jobs, follow and cancel them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from mixdown_cli.output import print_json, print_table, progress
from mixdown_cli.target import Target, target_options

if TYPE_CHECKING:
    from mixdown_client import Job

STATES = ("queued", "running", "succeeded", "failed", "cancelled")


@click.group()
def jobs() -> None:
    """Look at jobs, follow and cancel them.

    Without --server, jobs that an earlier process left unfinished in the data directory go on meanwhile.
    """


@jobs.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@click.option("--limit", type=click.IntRange(1, 100), default=20)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@target_options
def list_jobs(target: Target, state: str | None, limit: int, as_json: bool) -> None:
    """The newest jobs."""
    found = asyncio.run(_list(target, state, limit))
    if as_json:
        print_json([job.model_dump(mode="json") for job in found])
    else:
        print_table(("job", "kind", "state", "progress", "created"), [_row(job) for job in found])


async def _list(target: Target, state: str | None, limit: int) -> list[Job]:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        return (await client.jobs.list(state=state, limit=limit)).data  # type: ignore[arg-type]


def _row(job: Job) -> tuple[str, ...]:
    done, total = job.progress.done, job.progress.total
    share = f"{done / total:.0%}" if total else ""
    return job.id, job.kind, job.state, share, f"{job.created_at:%Y-%m-%d %H:%M:%S}"


@jobs.command()
@click.argument("job_id")
@target_options
def watch(target: Target, job_id: str) -> None:
    """Follow a job to its end and print it as JSON; exit status 1 if it did not succeed."""
    job = asyncio.run(_watch(target, job_id))
    print_json(job.model_dump(mode="json"))
    if job.state != "succeeded":
        click.get_current_context().exit(1)


async def _watch(target: Target, job_id: str) -> Job:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        with progress(job_id) as show:
            return await client.jobs.wait(job_id, lambda job: show(job.progress.done, job.progress.total))


@jobs.command()
@click.argument("job_id")
@target_options
def cancel(target: Target, job_id: str) -> None:
    """End a job and print it as JSON."""
    print_json(asyncio.run(_cancel(target, job_id)).model_dump(mode="json"))


async def _cancel(target: Target, job_id: str) -> Job:
    from mixdown_cli.connection import connect

    async with connect(target) as client:
        return await client.jobs.cancel(job_id)
