"""What the stand-in has, has seen, and shall do."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from .faults import Fault

KEY = "sk_car_stand-in-0123456789"


def voice_id(number: int) -> str:
    return str(uuid.UUID(int=(0xC0DE << 100) + number, version=4))


DEFAULT_VOICE = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"


def _voices() -> dict[str, dict[str, Any]]:
    """More than two pages."""
    ids = [*(voice_id(number) for number in range(220)), DEFAULT_VOICE]
    return {
        id_: voice(id_, f"Voice {number}", ("en", "de", "ja")[number % 3]) for number, id_ in enumerate(ids)
    }


def voice(id_: str, name: str, language: str, *, access: str = "public") -> dict[str, Any]:
    region = {"en": "en-GB", "de": "de-AT"}.get(language)
    return {
        "id": id_,
        "access": access,
        "created_at": "2026-01-01T00:00:00Z",
        "description": f"{name} describes itself",
        "gender": {"en": "feminine", "de": "masculine", "ja": "gender_neutral"}.get(language),
        "is_owner": access == "private",
        "language": language,
        "locales": [{"locale": region, "is_native": True}] if region else [],
        "name": name,
        "tagline": "",
        "visibility": "owner" if access == "private" else "all",
    }


@dataclass
class StandIn:
    """``faults`` befall the next requests for speech, one each; ``always`` befalls every one."""

    url: str = ""
    plan: int = 15
    """Contexts at the same time, before 429."""
    idle_seconds: float = 300.0
    context_seconds: float = 1.0
    piece_seconds: float = 0.1
    faults: deque[Fault] = field(default_factory=deque)
    always: Fault | None = None
    release: threading.Event = field(default_factory=threading.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Every request for speech as it came: ``on``, ``version``, and its members."""
    rendered: list[str] = field(default_factory=list)
    """Transcripts of which sound was made: what an account would be charged for."""
    stopped: list[str] = field(default_factory=list)
    """Contexts and requests whose client left or cancelled before the end."""
    calls: list[str] = field(default_factory=list)
    """Method and path of every other request."""
    handshakes: int = 0
    sockets: int = 0
    """Open now."""
    handshake_faults: deque[int] = field(default_factory=deque)
    list_faults: deque[int] = field(default_factory=deque)
    redirect: str = ""
    """Where speech is sent to, if it is."""
    active: set[str] = field(default_factory=set)
    most_at_once: int = 0
    voices: dict[str, dict[str, Any]] = field(default_factory=_voices)
    dictionaries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def fail(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def fault(self) -> Fault | None:
        return self.faults.popleft() if self.faults else self.always

    def transcripts(self) -> list[str]:
        return [one["transcript"] for one in self.requests]
