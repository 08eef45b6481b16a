"""Opaque identifiers."""

from __future__ import annotations

import re
import secrets

_ID = re.compile(r"[0-9a-f]{32}")


def new_id() -> str:
    """128 random bits, safe in URLs and on command lines: whoever knows it may have been given it."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Whether `new_id` could have made it; what could not need not, and must not, reach the database."""
    return _ID.fullmatch(text) is not None
