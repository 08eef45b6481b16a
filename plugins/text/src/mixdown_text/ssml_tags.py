"""Which tags of SSML there are here, and what to write instead of the others."""

from __future__ import annotations

from collections.abc import Mapping

TAGS: Mapping[str, frozenset[str]] = {
    "speak": frozenset({"version"}),
    "p": frozenset(),
    "s": frozenset(),
    "break": frozenset({"time", "strength"}),
    "say-as": frozenset({"interpret-as", "format", "detail", "language"}),
    "sub": frozenset({"alias"}),
    "phoneme": frozenset({"ph", "alphabet"}),
    "prosody": frozenset({"rate", "pitch", "volume"}),
    "emphasis": frozenset({"level"}),
    "voice": frozenset({"name"}),
    "lang": frozenset(),
    "mark": frozenset({"name"}),
}
"""Every tag with its attributes; ``xml:…``, ``xmlns…`` and ``xsi:…`` may stand anywhere."""

HINTS: Mapping[str, str] = {
    "audio": "Mix other audio in as a layer of its own.",
    "lexicon": "Send the lexicon beside the text, or keep it in the installation's settings.",
    "lookup": "Send the lexicon beside the text, or keep it in the installation's settings.",
    "w": "Write <phoneme> or <sub> where a word is misread.",
    "token": "Write <phoneme> or <sub> where a word is misread.",
    "contour": "Nest several <prosody pitch> instead.",
    "range": "Voices keep their own range; pitch moves all of it.",
    "duration": "Change the rate instead.",
}
"""What to do instead of tags and attributes of SSML that do nothing here."""
