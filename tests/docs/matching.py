"""Whether an answer is the one that a page shows. An ellipsis stands for what differs from run to run.

In text it is any run of characters; as a JSON value anything at all; as a member ``"…": "…"``, or as the last
item of a list, whatever else there is.
"""

from __future__ import annotations

import re
from typing import Any

MORE = "…"


def text_differs(shown: str, got: str) -> str:
    """Empty where they agree."""
    pattern = ".*?".join(re.escape(part) for part in shown.strip().split(MORE))
    return "" if re.fullmatch(pattern, got.strip(), re.DOTALL) else f"shown {shown!r}, got {got!r}"


def json_differs(shown: Any, got: Any, path: str = "$") -> str:
    """What differs first; empty where they agree."""
    if shown == MORE:
        return ""
    if isinstance(shown, str) and isinstance(got, str):
        return text_differs(shown, got) and f"{path}: shown {shown!r}, got {got!r}"
    if isinstance(shown, dict) and isinstance(got, dict):
        return _members(shown, got, path)
    if isinstance(shown, list) and isinstance(got, list):
        return _items(shown, got, path)
    return "" if shown == got and type(shown) is type(got) else f"{path}: shown {shown!r}, got {got!r}"


def _members(shown: dict[str, Any], got: dict[str, Any], path: str) -> str:
    named = {name for name in shown if name != MORE}
    if missing := named - set(got):
        return f"{path} has no {sorted(missing)}"
    if MORE not in shown and (more := set(got) - named):
        return f"{path} also has {sorted(more)}"
    differences = (json_differs(shown[name], got[name], f"{path}.{name}") for name in shown if name in named)
    return next(filter(None, differences), "")


def _items(shown: list[Any], got: list[Any], path: str) -> str:
    known = shown[:-1] if shown and shown[-1] == MORE else shown
    if len(got) < len(known) or (known is shown and len(got) != len(known)):
        return f"{path}: shown {len(known)} items, got {len(got)}"
    differences = (json_differs(one, other, f"{path}[{n}]") for n, (one, other) in enumerate(zip(known, got, strict=False)))  # fmt: skip
    return next(filter(None, differences), "")
