"""A voice that spells words in tones: one pitch a letter, exact times, nothing to download.

The module is the plugin. Importing it has to be cheap, because Mixdown imports every installed plugin when it
starts: engines, models and networks belong inside `open_voice`.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
from pydantic import Field

from mixdown_kernel import (
    Audio,
    Chunk,
    Context,
    Kind,
    PluginSettings,
    Problem,
    Samples,
    SpeechRequest,
    SynthesisBackend,
    Synthesizer,
    Voice,
    Word,
    hookimpl,
    invalid,
    to_frames,
)

MIXDOWN_API_VERSION = 1
"""The plugin contract this was written for. A kernel with another one says so instead of failing oddly."""

NAME = "template"
"""What `[backends]` and a request's `model` call it."""

RATE = 24_000
"""Frames a second. Yield what your engine makes: the road resamples."""

TONES = "abcdefghijklmnopqrstuvwxyz0123456789"
PARTIALS = {"flute": (1.0,), "reed": (0.6, 0.0, 0.3, 0.0, 0.1)}
"""How strong each harmonic is, by voice."""

VOICES = (
    Voice(id="flute", name="Flute", language="en", tags=("tones",)),
    Voice(id="reed", name="Reed", language="en", tags=("tones",)),
)
"""The first is the default."""


class ToneSettings(PluginSettings):
    """``[plugins.template]`` in mixdown.toml, or ``MIXDOWN_TEMPLATE_…``. Unknown keys are refused for you.

    For a secret, use `pydantic.SecretStr`: it never appears in a log.
    """

    letter_ms: int = Field(default=80, ge=20, le=1000)
    """How long a letter sounds."""
    lowest_hz: float = Field(default=440.0, ge=50, le=1000)
    """The pitch of "a"; each further letter is a semitone higher."""


class ToneVoice:
    """An open voice. It meets `mixdown_kernel.Synthesizer`."""

    def __init__(self, settings: ToneSettings) -> None:
        self._settings = settings

    async def voices(self) -> Sequence[Voice]:
        return VOICES

    def fingerprint(self) -> str:
        """Whatever changes the sound besides this plugin's version, so that stored sound is not mistaken:
        settings here, elsewhere the hash of a model file. Optional (`Fingerprinted`)."""
        return f"{self._settings.letter_ms} {self._settings.lowest_hz}"

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        """One chunk a word, followed by as much silence as a letter takes.

        Refuse before the first chunk what cannot be done; text that cannot be spoken is silence, not an error.
        An async generator can be closed at any ``yield``; free what you hold in ``finally``.
        """
        voice = self._voice(request.voice)
        if request.parameters:
            raise invalid("unknown_parameter", "this voice has no parameters", field="parameters", allowed=[])
        letter = to_frames(self._settings.letter_ms / request.speed, RATE)
        position = 0
        for match in re.finditer(r"\S+", request.text):
            if not (tones := spell(match.group())):
                continue
            # What takes longer than a millisecond leaves the event loop, or every listener stutters.
            samples = await asyncio.to_thread(self._word, tones, letter, PARTIALS[voice], request.volume)
            end = position + letter * len(tones)
            yield Chunk(Audio(samples, RATE), words=(Word(match.start(), match.end(), position, end),))
            position += samples.shape[0]

    def _voice(self, name: str) -> str:
        """An empty name means the default voice. Aliases have been resolved before a request comes here."""
        if name in PARTIALS:
            return name
        if not name:
            return VOICES[0].id
        raise Problem(
            Kind.NOT_FOUND,
            "unknown_voice",
            f"{NAME} has no voice {name!r}",
            field="voice",
            allowed=list(PARTIALS),
        )

    def _word(self, tones: list[int], letter: int, partials: tuple[float, ...], volume: float) -> Samples:
        """The word's tones and the pause behind it, float32 of shape (frames, 1)."""
        time = np.arange(letter) / RATE
        envelope = 0.2 * volume * np.sin(np.pi * (np.arange(letter) + 0.5) / letter) ** 0.5
        samples = np.zeros(((len(tones) + 1) * letter, 1), np.float32)
        for place, tone in enumerate(tones):
            phase = 2 * np.pi * self._settings.lowest_hz * 2 ** (tone / 12) * time
            wave = sum(strength * np.sin(n * phase) for n, strength in enumerate(partials, start=1))
            samples[place * letter : (place + 1) * letter, 0] = envelope * wave
        return samples


def spell(word: str) -> list[int]:
    """The tones of a word, as semitones above the lowest. Accents are dropped, signs are silent, letters of
    other scripts share the tones."""
    letters = [sign for sign in unicodedata.normalize("NFKD", word.casefold()) if sign.isalnum()]
    return [TONES.find(sign) if sign in TONES else ord(sign) % len(TONES) for sign in letters]


@asynccontextmanager
async def open_voice(settings: ToneSettings, context: Context) -> AsyncIterator[Synthesizer]:
    """Called once, before the first request. Load the model here (in a thread: `asyncio.to_thread`), keep files
    in ``context.data_dir``, take at most ``context.threads`` threads; what comes after ``yield`` closes it.

    Whatever is raised here makes this backend "failed" in `mixdown plugins`; the others go on.
    """
    context.logger.debug("tones from %s Hz", settings.lowest_hz)
    yield ToneVoice(settings)


VOICE = SynthesisBackend(
    name=NAME,
    open=open_voice,
    settings=ToneSettings,
    preference=-1,  # after the other voices, unless the configuration names it
    deterministic=True,  # equal requests, equal samples, in any process: the contract suite checks it
    seeded=False,  # the request's seed changes nothing
    speed_range=(0.5, 2.0),  # the road stretches what lies outside
    honours=frozenset({"volume"}),  # the road shifts pitch; who asks for instructions or phonemes is told
    description="Spells words in tones",
)


@hookimpl
def synthesis_backends() -> list[SynthesisBackend]:
    """A hook offers descriptors and does no work. Further roles: `mixdown_kernel.hooks`."""
    return [VOICE]
