"""What Sonic-3 takes. Source of every figure: contracts/platform.md, and the types of the official SDK 4.2.0."""

from __future__ import annotations

from typing import Literal

Encoding = Literal["pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"]
SampleRate = Literal[8000, 16000, 22050, 24000, 44100, 48000]
Transport = Literal["bytes", "sse", "websocket"]

SPEED = (0.6, 1.5)
VOLUME = (0.5, 2.0)
BUFFER_DELAY_MS = (0, 5000)
MAX_TEXT = 5_000
"""Characters of one utterance: ours, the service states none. A sentence has some hundred."""
MAX_SECONDS = 600
"""Sound of one utterance: more is a stream that does not end."""
MAX_CLIP_BYTES = 32 << 20
"""Of a recording to clone a voice from; a few seconds are enough."""
PAGE = 100
MAX_PAGES = 200

_TAGS = (
    "en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi hr ms sk da ta uk hu no vi bn th he ka id te gu kn "
    "ml mr pa or ur"
)
LANGUAGES = tuple(_TAGS.split())
_OTHER_NAMES = {"nb": "no", "nn": "no", "fil": "tl", "cmn": "zh", "iw": "he", "in": "id", "arb": "ar"}


def language_of(tag: str) -> str | None:
    """The service's own tag for a BCP 47 one (``pt-BR``: ``pt``); None where it has none."""
    primary = tag.replace("_", "-").partition("-")[0].lower()
    primary = _OTHER_NAMES.get(primary, primary)
    return primary if primary in LANGUAGES else None
