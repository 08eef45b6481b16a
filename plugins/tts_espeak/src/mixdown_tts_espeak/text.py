"""Plain text for an engine that would take control characters as commands."""

from __future__ import annotations

import unicodedata

from mixdown_kernel import invalid

MAX_CHARACTERS = 2000


def plain(text: str) -> str:
    """The text with a space for every control character and lone surrogate, so that offsets stay as they are.

    Raises `Problem` (``invalid``) for more than 2000 characters.
    """
    if len(text) > MAX_CHARACTERS:
        raise invalid(
            "text_too_long",
            f"An utterance has at most {MAX_CHARACTERS} characters; this one has {len(text)}.",
            field="text",
            allowed=[0, MAX_CHARACTERS],
            hint="Split the text into sentences.",
        )
    return "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text
    )
