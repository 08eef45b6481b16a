"""Which of Kokoro's voices stand for OpenAI's names.

By name where Kokoro has one of that name, else by character, and by the grades of its VOICES.md (hexgrad/Kokoro-82M,
Apache-2.0): A for af_heart, A- for af_bella, B- and C+ for the other English ones chosen here.
"""

from __future__ import annotations

from collections.abc import Mapping

DEFAULT = "af_heart"
ALIASES: Mapping[str, str] = {
    "alloy": "af_alloy",
    "ash": "am_michael",
    "ballad": "bm_george",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_fable",
    "onyx": "am_onyx",
    "nova": "af_nova",
    "sage": "af_sarah",
    "shimmer": "af_aoede",
    "verse": "am_puck",
    "marin": "af_kore",
    "cedar": "am_fenrir",
}
TAGS: Mapping[str, tuple[str, ...]] = {
    "af_heart": ("warm",),
    "af_bella": ("lively",),
    "af_nicole": ("whispering",),
    "bf_emma": ("clear",),
    "am_fenrir": ("deep",),
    "am_santa": ("character",),
}
