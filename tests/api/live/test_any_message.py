"""Whatever a client says: an order, a refusal in the surface's shape, or nonsense that is counted as such."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mixdown_api.live.layers import check
from mixdown_api.live.protocol import Unreadable, error, read
from mixdown_kernel import Problem

MESSAGES: list[dict[str, Any]] = [
    {"action": "configure", "rate": 48_000, "channels": 2, "block_ms": 20, "binary": True, "seed": 3},
    {"action": "add_layer", "type": "voice", "text": "Hi.", "voice": "alloy", "id": "a", "fade_in": 5, "pan": 3},
    {"action": "add_layer", "type": "music", "genre": "jazz", "bpm": 90, "duck": {"depth_db": -9}, "start_ms": 1},
    {"action": "add_layer", "type": "background", "kind": "rain", "after": "a", "gap_ms": 5, "audio_url": ""},
    {"action": "add_layer", "type": "clip", "audio_url": "http://x/y", "loop": True, "duration_ms": 30},
    {"action": "update_layer", "id": "a", "volume": 3, "glide_ms": 20},
    {"action": "remove_layer", "id": "a", "fade_ms": 20},
    {"action": "interrupt"},
    {"action": "close"},
]  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "rain", "add_layer", "voice", "\ud800", "x" * 5000, 2**70, -1e308])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
NAMES = sorted({name for message in MESSAGES for name in message} | {"unknown", ""})


def obeyed(text: str) -> None:
    """What the session does first of all."""
    try:
        order = read(text)
        if hasattr(order, "type"):
            check(order, 4096)  # type: ignore[arg-type]
    except Unreadable as nonsense:
        told = error(nonsense.problem, "id")
    except Problem as problem:
        told = error(problem, "id")
    else:
        return
    assert {"error", "message"} <= told.keys()
    json.dumps(told, ensure_ascii=False).encode("utf-8")  # or it could not be told


@settings(max_examples=500, deadline=None, derandomize=True)
@given(message=st.sampled_from(MESSAGES), name=st.sampled_from(NAMES), value=VALUES)
def test_a_member_may_hold_anything(message: dict[str, Any], name: str, value: object) -> None:
    obeyed(json.dumps({**copy.deepcopy(message), name: value}))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(text=st.text(max_size=60) | VALUES.map(json.dumps) | st.just("[" * 60_000) | st.just("1" * 60_000))
def test_a_message_may_be_anything(text: str) -> None:
    obeyed(text)


def test_these_are_orders() -> None:
    for message in MESSAGES:
        assert read(json.dumps(message))
