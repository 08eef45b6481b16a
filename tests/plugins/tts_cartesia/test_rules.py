"""The stand-in's table: no row without an effect, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from .stand_in import RULES, VERSIONS
from .stand_in.rules import CLONE, DICTIONARY, SOCKET, VOICES, Refused, Rule, check

CASES = [(rule, on) for rule in RULES for on in sorted(rule.on)]


def complete(on: str, version: str) -> dict[str, Any]:
    """A request with every member that it must have."""
    if on == VOICES:
        return {}
    if on == CLONE:
        return {"clip": b"RIFF", "name": "Me", "language": "en"}
    if on == DICTIONARY:
        return {"name": "names"}
    voice = {"id": "v"} if version == "2026-08-14" else {"mode": "id", "id": "v"}
    output_format = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 48000}
    body = {"model_id": "sonic-3", "transcript": "Hello.", "voice": voice, "output_format": output_format}
    return body | ({"context_id": "c"} if on == SOCKET else {})


@pytest.mark.parametrize("on", sorted({on for _, on in CASES}))
@pytest.mark.parametrize("version", VERSIONS)
def test_a_complete_request_is_taken_and_a_strange_member_is_not(on: str, version: str) -> None:
    check(complete(on, version), on, version)
    with pytest.raises(Refused, match="strange"):
        check({**complete(on, version), "strange": 1}, on, version)


@pytest.mark.parametrize(("rule", "on"), CASES, ids=[f"{rule.member}-{on}" for rule, on in CASES])
def test_every_row_refuses(rule: Rule, on: str) -> None:
    body = complete(on, rule.since)
    holder = body
    *path, name = rule.member.split(".")
    for step in path:
        holder = holder.setdefault(step, {})
    holder[name] = ["no such value"]
    with pytest.raises(Refused, match=rule.member):
        check(body, on, rule.since)
    del holder[name]
    if rule.required:
        with pytest.raises(Refused, match=f"{rule.member} is required"):
            check(body, on, rule.since)
    else:
        check(body, on, rule.since)


def test_every_row_says_where_it_comes_from() -> None:
    assert {rule.source for rule in RULES} == {"contracts/platform.md", "cartesia 4.2.0"}
    assert all(rule.wants for rule in RULES)
