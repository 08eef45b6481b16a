"""The backend as the kernel finds and opens it."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from pydantic import ValidationError

from mixdown_kernel import GROUP, Fingerprinted
from mixdown_text import TextSettings, text_backends
from mixdown_text.front_end import FrontEnd


def test_the_plugin_is_found_by_its_entry_point() -> None:
    (entry,) = entry_points(group=GROUP, name="text")
    (backend,) = entry.load().text_backends()
    assert (backend.name, backend.settings) == ("text", TextSettings)


def test_it_is_offered_without_configuration() -> None:
    (backend,) = text_backends()
    assert backend.preference is not None
    assert backend.deterministic


def test_the_fingerprint_tells_what_decides_the_reading(front_end: FrontEnd) -> None:
    assert isinstance(front_end, Fingerprinted)
    assert "sentencex==" in front_end.fingerprint()
    assert "unicode-rbnf==" in front_end.fingerprint()
    assert front_end.fingerprint() != FrontEnd(TextSettings(paragraph_pause_ms=1)).fingerprint()


def test_settings_come_from_file_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert TextSettings(paragraph_pause_ms=700).paragraph_pause_ms == 700
    monkeypatch.setenv("MIXDOWN_TEXT_PARAGRAPH_PAUSE_MS", "900")
    assert TextSettings(paragraph_pause_ms=700).paragraph_pause_ms == 900
    with pytest.raises(ValidationError):
        TextSettings(max_utterance_chars=0)
