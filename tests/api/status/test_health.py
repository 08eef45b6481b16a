"""Probes, health and plugins (contracts/http.md)."""

from __future__ import annotations

import pytest

from ..scenes.served import Served


@pytest.mark.parametrize("path", ["/live", "/ready", "/readyz", "/test"])
def test_probes(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_names_every_backend(served: Served) -> None:
    found = served.http.get("/health").json()
    assert (found["status"], found["ready"]) == ("ok", True)
    assert {
        "synthesis",
        "text",
        "music",
        "ambient",
        "mixing",
        "encoding",
        "decoding",
        "storage",
        "execution",
    } <= {backend["role"] for backend in found["backends"]}
    assert all(backend["state"] == "open" and backend["ok"] for backend in found["backends"])
    assert found["models_loaded"] == ["espeak"]
    assert found["admission"]["running"] == 0
    assert served.http.get("/api/v1/health").json().keys() == found.keys()


def test_plugins_say_where_they_come_from(served: Served) -> None:
    found = served.http.get("/v1/plugins").json()
    rows = {row["name"]: row for row in found["plugins"]}
    assert rows["espeak"]["distribution"] == "mixdown-tts-espeak"
    assert rows["espeak"]["state"] == "active"
    assert {"role": "synthesis", "backend": "espeak"} in rows["espeak"]["offers"]
    assert {"role": "synthesis", "name": "espeak", "plugin": "espeak"}.items() <= next(
        row for row in found["backends"] if row["role"] == "synthesis"
    ).items()
