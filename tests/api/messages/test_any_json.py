"""Whatever JSON a member holds, and whatever a query says: an answer, or a refusal in the surface's shape."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixdown_api.messages.template import Template, parse_template
from mixdown_api.messages.templates import Templates
from mixdown_kernel import Kind, Problem

from ..scenes.served import Served, served
from ..scenes.test_any_json import VALUES, changed, paths

__all__ = ["served"]

BODIES: dict[str, dict[str, Any]] = {
    "/generate/name": {"name": "Al", "voice_id": "alloy", "upload": False, "extended": True},
    "/generate/stem": {
        "text": "Al.",
        "category": "script",
        "generation_config": {"speed": 1.1, "volume": 0.9, "emotion": "calm"},
    },
    "/generate/combined": {"name": "Al", "developer": "Bo", "voice_id": "alloy"},
    "/assemble/template": {
        "first_name": "Al",
        "developer": "Bo",
        "template": "double_anchor",
        "variant": "soft_warm",
        "values": {},
        "clean": True,
        "tail_fade_ms": 5,
        "upload": False,
    },
    "/assemble/segments": {
        "segments": ["Al.", "Bo."],
        "segment_ids": ["a", "b"],
        "timing_map": [{"from": "a", "to": "b", "gap_ms": 5, "crossfade_ms": 5}],
        "gap_ms": 1,
        "crossfade_ms": 1,
    },
    "/cache/invalidate": {"stem_name": "stem.name.zoe"},
    "/cache/bulk_generate": {"names_path": "none", "developers_path": None, "voice_id": "alloy"},
}
CASES = [(route, path) for route, body in BODIES.items() for path in paths(body)]
QUERIES = [
    ("/generate/check/stem_path", "label"), ("/generate/check/stem_in_bucket", "label"),
    ("/assemble/check/stem_in_bucket", "stem_name"), ("/assemble/check/output_in_bucket", "filename"),
    ("/cache/check_in_bucket", "label"), ("/cache/bucket_list", "prefix"), ("/cache/check_many", "labels"),
    ("/cache/list", "after"), ("/cache/list", "limit"), ("/cache/list", "extended"), ("/integrity/stems", "after"),
    ("/integrity/outputs", "after"), ("/integrity/stems-index", "limit"),
]  # fmt: skip
quick = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def check(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 202, 400, 404, 413, 422, 503), answer.text
    if answer.status_code == 503:
        assert answer.json()["code"] == "no_bucket"
    if answer.status_code >= 400:
        assert {"detail", "code"} <= set(answer.json())


@quick
@given(case=st.sampled_from(CASES), value=VALUES)
def test_bodies(served: Served, case: tuple[str, Any], value: object) -> None:
    route, path = case
    check(served.http.post(route, json=changed(BODIES[route], path, value)))


@quick
@given(route=st.sampled_from(sorted(BODIES)), body=VALUES)
def test_whole_bodies(served: Served, route: str, body: object) -> None:
    headers = {"content-type": "application/json"}
    answer = served.http.post(route, content=json.dumps(body), headers=headers)
    if route != "/cache/bulk_generate":  # whose members may all be left out
        assert answer.status_code != 200
    check(answer)


@quick
@given(
    query=st.sampled_from(QUERIES),
    value=st.text(max_size=30) | st.sampled_from(["x" * 400, "../..", "\x00", "a b"]),
)
def test_queries(served: Served, query: tuple[str, str], value: str) -> None:
    route, name = query
    check(served.http.get(route, params={name: value}))


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    templates = Templates(Path("nowhere"))
    text = templates._shipped.joinpath("double_anchor_hybrid.json").read_text()
    document: dict[str, Any] = json.loads(text)
    return document


def parsed(document: object) -> Template | Problem:
    try:
        return parse_template(document)
    except Problem as problem:
        return problem


@quick
@given(data=st.data(), value=VALUES)
def test_templates(shipped: dict[str, Any], data: st.DataObject, value: object) -> None:
    made = parsed(changed(shipped, data.draw(st.sampled_from(paths(shipped))), value))
    if isinstance(made, Problem):
        assert made.kind is Kind.INVALID
        assert made.field
    else:
        assert len(made.joins()) == len(made.in_order()) == len(made.segments)
        for segment in made.segments:
            assert segment.filled(dict.fromkeys(segment.placeholders, "x"))
