"""Which keys and prefixes are allowed."""

from __future__ import annotations

import re

from mixdown_kernel import Problem, invalid

MAX_KEY = 512
MAX_SEGMENT = 200
_SEGMENT = re.compile(rf"[A-Za-z0-9._-]{{1,{MAX_SEGMENT}}}")


def check_key(key: str) -> str:
    """The key itself, if it is a relative POSIX path of plain segments.

    Raises `Problem` ``invalid``/``bad_key`` for anything else: nothing that passes leads out of a folder.
    """
    if len(key) > MAX_KEY or not all(is_segment(segment) for segment in key.split("/")):
        raise _bad("key")
    return key


def check_prefix(prefix: str) -> str:
    """The prefix itself, if some key could begin with it. Raises like `check_key`."""
    *folders, last = prefix.split("/")
    whole = all(is_segment(folder) for folder in folders)
    if len(prefix) > MAX_KEY or not whole or (last and not _SEGMENT.fullmatch(last)):
        raise _bad("prefix")
    return prefix


def is_segment(segment: str) -> bool:
    """Whether a key may have this between two slashes."""
    return _SEGMENT.fullmatch(segment) is not None and segment not in {".", ".."}


def _bad(what: str) -> Problem:
    return invalid(
        "bad_key",
        f"This storage {what} is not a plain relative path.",
        field=what,
        hint=f"Use segments of A-Z a-z 0-9 . _ - ({MAX_SEGMENT} characters at most, not '.' or '..'), "
        f"joined by single slashes, {MAX_KEY} characters in all.",
    )
