"""Emotions that Sonic-3 is guided by, and how words ask for them."""

from __future__ import annotations

import re

_NAMES = (
    "neutral happy excited enthusiastic elated euphoric triumphant amazed surprised flirtatious curious content peaceful "
    "serene calm grateful affectionate trust sympathetic anticipation mysterious angry mad outraged frustrated agitated "
    "threatened disgusted contempt envious sarcastic ironic sad dejected melancholic disappointed hurt guilty bored tired "
    "rejected nostalgic wistful apologetic hesitant insecure confused resigned anxious panicked alarmed scared proud "
    "confident distant skeptical contemplative determined"
)
EMOTIONS = tuple(_NAMES.split())
"""Of the official SDK 4.2.0, ``types/emotion.py``."""

SYNONYMS = {
    "afraid": "scared",
    "assertive": "confident",
    "calmly": "calm",
    "cheerful": "happy",
    "cheerfully": "happy",
    "compassionate": "sympathetic",
    "enthusiasm": "enthusiastic",
    "excitement": "excited",
    "friendly": "affectionate",
    "furious": "outraged",
    "gentle": "calm",
    "gloomy": "melancholic",
    "happily": "happy",
    "joyful": "elated",
    "loving": "affectionate",
    "nervous": "anxious",
    "relaxed": "peaceful",
    "sadly": "sad",
    "sceptical": "skeptical",
    "soothing": "calm",
    "soft": "calm",
    "sorry": "apologetic",
    "upbeat": "enthusiastic",
    "warm": "affectionate",
    "warmly": "affectionate",
    "weary": "tired",
    "worried": "anxious",
}
_MEANINGS = {
    **{name: name for name in EMOTIONS},
    **{f"{name}ly": name for name in EMOTIONS},
    **SYNONYMS,
}
_WORD = re.compile(r"[a-z']+")
_DENIALS = {"not", "no", "never", "without", "less", "don't", "isn't", "nor"}


def emotion_in(instructions: str | None) -> str | None:
    """The first emotion that instructions name and do not deny; None for none ("whisper, slowly")."""
    before: tuple[str, ...] = ()
    for word in _WORD.findall((instructions or "").lower()):
        if word in _MEANINGS and not _DENIALS & set(before):
            return _MEANINGS[word]
        before = (*before[-1:], word)
    return None
