"""The versions of the API that ``Cartesia-Version`` names, and where they differ (contracts/platform.md)."""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

Version = Literal["2024-06-10", "2024-11-13", "2025-04-16", "2026-03-01", "2026-08-14"]
DEFAULT_VERSION: Version = "2026-03-01"
_BARE_VOICES = "2026-08-14"


def voice_member(version: Version, voice: str) -> JsonValue:
    """``voice`` of a request: tagged with its mode up to 2026-03-01, without from 2026-08-14."""
    return {"id": voice} if version >= _BARE_VOICES else {"mode": "id", "id": voice}
