"""The role ``synthesis``, spoken by Sonic-3."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from pydantic import JsonValue

from mixdown_kernel import (
    Audio,
    Chunk,
    Clone,
    Context,
    Cost,
    Health,
    Kind,
    Problem,
    SpeechRequest,
    Voice,
    VoiceSample,
)
from mixdown_kernel.backends import Logger
from mixdown_kernel.streams import closing
from mixdown_tts_cartesia.events import Sound, Transport, Words
from mixdown_tts_cartesia.failures import Failures, MayBeCharged, NotRendered, afresh, broken_off
from mixdown_tts_cartesia.http import BytesTransport, Http, SseTransport
from mixdown_tts_cartesia.library import Library
from mixdown_tts_cartesia.limits import MAX_SECONDS
from mixdown_tts_cartesia.order import Order, order_of
from mixdown_tts_cartesia.patience import Patience
from mixdown_tts_cartesia.pcm import WIDTH, Decoder, wav_of
from mixdown_tts_cartesia.relay import relayed
from mixdown_tts_cartesia.settings import UUID, SonicSettings
from mixdown_tts_cartesia.socket import SocketTransport
from mixdown_tts_cartesia.timing import WordTimes
from mixdown_tts_cartesia.transcript import speakable

SOUNDING = {
    "model",
    "voice",
    "cartesia_version",
    "transport",
    "encoding",
    "sample_rate",
    "speed",
    "volume",
    "emotion",
    "pronunciation_dicts",
    "max_buffer_delay_ms",
    "continuation_chars",
    "base_url",
}
"""Settings that can change what is heard, or what is known of it."""


LIST_AGAIN_SECONDS = 30.0


class Sonic:
    """Utterances by paid requests. Not deterministic: the first render of a signature is kept and wins.

    An utterance is asked for by itself and never as a continuation of the one before it: its sound would depend on
    what was said before, and equal signatures would no longer mean equal sound.
    """

    def __init__(
        self,
        settings: SonicSettings,
        transport: Transport,
        library: Library,
        patience: Patience,
        revisions: list[str],
        assets: Path,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._library = library
        self._patience = patience
        self._revisions = revisions
        self._assets = assets
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._listing = asyncio.Lock()
        self._voices: tuple[Voice, ...] = ()
        self._unlistable: Problem | None = None
        self._list_again = 0.0
        self._trouble = ""
        self._requests = self._characters = self._speaking = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: SonicSettings, context: Context) -> AsyncIterator[Self]:
        """Raises `Problem` (``unavailable``) without a key, and for a pronunciation dictionary that cannot be read."""
        key = settings.api_key
        if key is None or not key.get_secret_value():
            raise Problem(
                Kind.UNAVAILABLE,
                "no_api_key",
                "Sonic-3 needs a key.",
                hint="Set CARTESIA_API_KEY or MIXDOWN_SONIC_3_API_KEY, or api_key in [plugins.sonic-3].",
            )
        failures = Failures(key)
        headers = {
            "authorization": f"Bearer {key.get_secret_value()}",
            "cartesia-version": settings.cartesia_version,
        }
        patience = Patience(settings.retries, context.logger)
        async with Http.open(settings, headers, failures) as http:
            library = Library(http, patience)
            revisions = [await library.dictionary_revision(id_) for id_ in settings.pronunciation_dicts]
            transport = _transport(settings, http, headers, failures, context.logger)
            try:
                yield cls(settings, transport, library, patience, revisions, context.assets_dir)
            finally:
                await transport.aclose()

    # ------------------------------------------------------------ what it is

    def fingerprint(self) -> str:
        """All that the sound depends on beside the request; never the key."""
        told = self._settings.model_dump(mode="json", include=SOUNDING)
        return json.dumps({**told, "dictionaries": self._revisions}, sort_keys=True)

    def cost(self, request: SpeechRequest) -> Cost:
        """Another machine's work; how many utterances at a time is a setting."""
        return "remote"

    async def health(self) -> Health:
        """Good unless the account was last turned away. Asks nobody: figures are this process's own."""
        figures: dict[str, JsonValue] = {
            "requests": self._requests,
            "characters": self._characters,
            "speaking": self._speaking,
            "waits": self._patience.waits,
        }
        return Health(not self._trouble, self._trouble, figures)

    # ------------------------------------------------------------ voices

    async def voices(self) -> Sequence[Voice]:
        """All that the account may use. After a failure nobody waits for another one for a while: every request
        asks for the voices first, and speech needs no list."""
        async with self._listing:
            if not self._voices:
                if self._unlistable is not None and time.monotonic() < self._list_again:
                    raise afresh(self._unlistable)
                try:
                    listed = await self._library.voices()
                except Problem as problem:
                    self._unlistable, self._list_again = (
                        afresh(problem),
                        time.monotonic() + LIST_AGAIN_SECONDS,
                    )
                    raise
                own = self._settings.voice
                default = next((voice for voice in listed if voice.id == own), _unlisted(own))
                self._voices = (default, *(voice for voice in listed if voice.id != own))
        return self._voices

    def resolve_voice(self, name: str) -> Voice | None:
        """Any id of the service: a voice may have been made after they were listed."""
        return _unlisted(name) if re.fullmatch(UUID, name) else None

    async def clone(self, sample: VoiceSample, name: str) -> Clone:
        """Meets `mixdown_kernel.ClonesVoices`; the account wants no text. The recording goes there as 16-bit WAV."""
        clip = await asyncio.to_thread(wav_of, self._assets, sample.asset)
        voice = await self.clone_clip(clip, name=name, language=sample.language or "en")
        return Clone(voice=voice.id)

    async def forget(self, clone: Clone) -> None:
        """Delete it from the account."""
        await self._library.delete(clone.voice)
        self._voices = tuple(voice for voice in self._voices if voice.id != clone.voice)

    async def clone_clip(
        self, clip: bytes, *, name: str, language: str, description: str | None = None
    ) -> Voice:
        """A voice of the account's own, made from a file with a short recording; at once known here."""
        voice = await self._library.clone(clip, name=name, language=language, description=description)
        if self._voices:
            self._voices = (*self._voices, voice)
        return voice

    # ------------------------------------------------------------ speech

    def check(self, request: SpeechRequest) -> None:
        """Raises the `Problem` that can be told without a paid request."""
        self._order(request)

    def _order(self, request: SpeechRequest) -> Order:
        voice = request.voice or self._settings.voice
        if not re.fullmatch(UUID, voice) and all(voice != known.id for known in self._voices):
            raise Problem(
                Kind.NOT_FOUND,
                "unknown_voice",
                f"There is no Cartesia voice {voice[:60]!r}.",
                field="voice",
                hint="List the voices; their ids look like 6ccbfb76-1fc6-48f7-b71d-91ac6298247b.",
            )
        return order_of(request, voice, self._settings)

    async def render(self, request: SpeechRequest) -> AsyncIterator[Chunk]:
        """Mono at the setting's rate, as it comes; with word times, but where sound is fetched as bytes."""
        order = self._order(request)
        if not speakable(order.transcript):
            return
        try:
            async for chunk in self._chunks(order, request.text):
                yield chunk
        except Problem:
            raise
        except Exception as error:  # of a library, or ours: by then the order may have been sent
            raise broken_off(error) from error

    async def _chunks(self, order: Order, text: str) -> AsyncIterator[Chunk]:
        decoder = Decoder(self._settings.encoding, self._settings.sample_rate)
        times = WordTimes(text, self._settings.sample_rate)
        async with closing(relayed(self._events(order))) as events:
            async for event in events:
                if isinstance(event, Words):
                    for word in event.words:
                        times.add(word)
                elif (audio := decoder.feed(event.pcm)).frames:
                    yield Chunk(audio, times.until(decoder.frames))
        decoder.finish()
        if words := times.rest(decoder.frames):
            yield Chunk(Audio.silence(0, self._settings.sample_rate), words)

    async def _events(self, order: Order) -> AsyncIterator[Sound | Words]:
        """One order's answer, with a place among those who may ask at the same time, and tried again where that
        certainly costs nothing."""
        async with self._slots:
            self._speaking += 1
            try:
                async for event in self._tried(order):
                    yield event
            finally:
                self._speaking -= 1

    async def _tried(self, order: Order) -> AsyncIterator[Sound | Words]:
        attempt = 0
        while True:
            self._requests += 1
            try:
                async with closing(self._transport.speak(order)) as events:
                    async for event in self._bounded(events):
                        yield event
            except NotRendered as refusal:
                await self._patience.after(refusal, attempt)
                attempt += 1
                continue
            except Problem as problem:
                self._trouble = problem.message if problem.kind is Kind.UNAVAILABLE else self._trouble
                raise
            self._trouble = ""
            self._characters += len(order.transcript)
            return

    async def _bounded(self, events: AsyncIterator[Sound | Words]) -> AsyncIterator[Sound | Words]:
        left = MAX_SECONDS * self._settings.sample_rate * WIDTH[self._settings.encoding]
        async for event in events:
            if isinstance(event, Sound):
                left -= len(event.pcm)
                if left < 0:
                    message = f"Cartesia did not stop: more than {MAX_SECONDS} s of sound for one utterance."
                    raise MayBeCharged("cartesia_endless", message)
            yield event


def _transport(
    settings: SonicSettings, http: Http, headers: dict[str, str], failures: Failures, logger: Logger
) -> Transport:
    if settings.transport == "bytes":
        return BytesTransport(http)
    if settings.transport == "sse":
        return SseTransport(http, failures)
    return SocketTransport(settings, headers, failures, logger)


def _unlisted(id_: str) -> Voice:
    return Voice(id=id_, name=id_, language="en", tags=("cloud",))
