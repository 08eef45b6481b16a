"""The comparison that the examples rest on tells answers apart."""

from __future__ import annotations

import pytest

from .matching import json_differs, text_differs


@pytest.mark.parametrize(
    ("shown", "got"),
    [
        ({"a": 1}, {"a": 1}),
        ({"a": "…"}, {"a": [1, 2]}),
        ({"a": "x…z"}, {"a": "xyz"}),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}),
        ([1, "…"], [1, 2, 3]),
        ([1, "…"], [1]),
    ],
)
def test_equal_but_for_what_is_left_out(shown: object, got: object) -> None:
    assert json_differs(shown, got) == ""


@pytest.mark.parametrize(
    ("shown", "got", "where"),
    [
        ({"a": 1}, {"a": 2}, "$.a"),
        ({"a": 1}, {"a": True}, "$.a"),
        ({"a": 1}, {"a": 1, "b": 2}, "also has ['b']"),
        ({"a": "…"}, {}, "has no ['a']"),
        ({"a": "x…z"}, {"a": "xy"}, "$.a"),
        ([1], [1, 2], "1 items, got 2"),
        ([1, 2, "…"], [1], "2 items, got 1"),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, "$.a[0].b"),
        ({"a": None}, {"a": 0}, "$.a"),
    ],
)
def test_a_difference_is_found_and_located(shown: object, got: object, where: str) -> None:
    assert where in json_differs(shown, got)


def test_text_matches_whole() -> None:
    assert text_differs("event: …\n", "event: end") == ""
    assert text_differs("event: end", "event: end\ndata: more")
