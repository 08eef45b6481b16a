"""What an installation may set: ``[plugins.text]`` and ``MIXDOWN_TEXT_…``."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from mixdown_kernel import PluginSettings


class TextSettings(PluginSettings):
    """Limits and pauses of the text front end."""

    model_config = SettingsConfigDict(env_prefix="MIXDOWN_TEXT_")

    max_text_chars: int = Field(default=5_000_000, ge=1)
    """Longer texts are refused (``text_too_long``); War and Peace has 3.2 million characters."""
    max_utterance_chars: int = Field(default=300, ge=40, le=5_000)
    """Longer sentences are spoken in parts."""
    paragraph_pause_ms: int = Field(default=400, ge=0, le=10_000)
    """Silence at a blank line or between SSML paragraphs."""
    sentence_pause_ms: int = Field(default=200, ge=0, le=10_000)
    """Silence between sentences: each is an utterance of its own, which no voice pauses after."""
    line_pause_ms: int = Field(default=150, ge=0, le=10_000)
    """Silence after a line that stands by itself: a heading, a list item, a verse."""
    max_silence_ms: int = Field(default=3_600_000, ge=0)
    """All pauses that one text asks for together; those of sentences, lines and paragraphs do not count."""
    lexicon: dict[str, str] = Field(default_factory=dict)
    """How words are pronounced, in every language: ``{"gif": "/dʒɪf/", "Siobhan": "shi vawn"}``."""
    lexicon_files: tuple[Path, ...] = ()
    """W3C pronunciation lexicons (PLS 1.0), each for the language of its root."""
