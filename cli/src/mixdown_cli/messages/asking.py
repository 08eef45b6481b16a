"""What the verbs have in common: where they ask, how long they wait, and how the answer is shown."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from mixdown_cli.output import print_json, progress
from mixdown_cli.target import Target, check_url, local_options

if TYPE_CHECKING:
    from mixdown_client import AsyncMixdown, Job

Ask = Callable[["AsyncMixdown"], Awaitable[Any]]
UNFINISHED = ("queued", "running")


def asks(command: Callable[..., Ask]) -> Callable[..., None]:
    """A verb: it says what to ask of a client, and the answer is printed. Adds ``--server``, ``--timeout``, ``--json``
    and where to work without a server."""

    @functools.wraps(command)
    def run(
        *args: Any, server: str | None, timeout: float, as_json: bool, config: Any, data_dir: Any, **rest: Any
    ) -> None:
        key = os.environ.get("MIXDOWN_API_KEY") or os.environ.get("INTERNAL_API_KEY") or None
        target = Target(server, config, data_dir, key)
        answer = _plain(asyncio.run(_answer(target, timeout, command(*args, **rest))))
        if as_json:
            print_json(answer)
        else:
            click.echo("\n".join(_lines(answer)))
        _exit(answer)

    server = click.option(
        "--server",
        metavar="URL",
        callback=check_url,
        envvar=["MIXDOWN_SERVER", "HYBRID_AUDIO_API_URL"],
        show_envvar=True,
        help="Work on this server (key: MIXDOWN_API_KEY or INTERNAL_API_KEY) instead of in this process.",
    )
    seconds = click.option(
        "--timeout", type=click.FloatRange(min=0.1), default=600.0, help="Seconds of silence to endure."
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    return server(seconds(as_json(local_options(run))))


async def _answer(target: Target, timeout: float, ask: Ask) -> Any:
    from mixdown_cli.connection import connect

    async with connect(target, timeout=timeout) as client:
        return await ask(client)


def watched(submit: Callable[[AsyncMixdown], Awaitable[Job]], what: str, *, wait: bool) -> Ask:
    """A job, followed to its end unless it shall not be."""

    async def ask(client: AsyncMixdown) -> Any:
        job = await submit(client)
        if not wait:
            return job
        with progress(what) as show:
            return await client.jobs.wait(job.id, lambda now: show(now.progress.done, now.progress.total))

    return ask


def _plain(answer: Any) -> Any:
    """As JSON has it."""
    if hasattr(answer, "model_dump"):
        return answer.model_dump(mode="json", exclude_none=True)
    return [_plain(one) for one in answer] if isinstance(answer, list) else answer


def _exit(answer: Any) -> None:
    """Status 1 for a job that failed, in whole or in part, for a check that found something, and for what is not
    there."""
    if isinstance(answer, dict) and (
        _failed(answer) or answer.get("status") in ("faulty", "not_found") or answer.get("traffic") == "red"
    ):
        click.get_current_context().exit(1)


def _failed(answer: dict[str, Any]) -> bool:
    if not {"state", "kind"} <= set(answer):
        return False
    result = answer.get("result")
    partial = isinstance(result, dict) and bool(result.get("failed"))
    return partial or answer["state"] not in (*UNFINISHED, "succeeded")


def _lines(value: Any, name: str = "") -> Sequence[str]:
    """``member.member: value`` for eyes and for grep; a list has a line for each item."""
    if isinstance(value, dict):
        inner = [line for key, one in value.items() for line in _lines(one, f"{name}.{key}" if name else key)]
        return inner or ([f"{name}: -"] if name else [])
    if isinstance(value, list):
        if all(not isinstance(one, dict | list) for one in value):
            return [f"{name}: {', '.join(map(str, value)) or '-'}"] if name else [str(one) for one in value]
        return [line for index, one in enumerate(value, 1) for line in _lines(one, f"{name}[{index}]")]
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return [f"{name}: {shown}" if name else shown]
