"""The asynchronous client. It does what `Mixdown` does, under asyncio and trio."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import anyio
import anyio.to_thread
import httpx
from httpx_sse import EventSource

from mixdown_client import calls
from mixdown_client.asynchronous_messages import AsyncMessages
from mixdown_client.calls import Call
from mixdown_client.errors import MixdownError, of_transport
from mixdown_client.files import replacing
from mixdown_client.headers import SpeechHeaders
from mixdown_client.jobs import Job, JobPage, JobState
from mixdown_client.models import (
    ClonedVoice,
    DryRun,
    Generated,
    Health,
    Layered,
    Model,
    Piece,
    PluginReport,
    Presets,
    Stems,
    Voice,
    Word,
)
from mixdown_client.options import (
    GenerateOptions,
    Layer,
    LayersOptions,
    MusicOptions,
    SpeechOptions,
    StemsOptions,
    VoiceOptions,
)
from mixdown_client.retries import FIRST_DELAY, Retries

T = TypeVar("T")
Mixture = str | os.PathLike[str]
"""A URL or a render's id; or the path of a file."""


class AsyncSpeech(SpeechHeaders):
    """Speech while it is made: iterate over its bytes, or save them."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self._chunks = response.aiter_bytes()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the rest to ``path``, which appears once it is whole."""
        return await _save(self._chunks, path)


class AsyncMixdown:
    """A Mixdown server::

        async with AsyncMixdown("http://127.0.0.1:8000") as mixdown:
            render = await mixdown.generate("It's a rainy day", background={"type": "rain", "volume": 30})
            await mixdown.download(render.audio_url, "rainy.mp3")

    Arguments and methods are those of `Mixdown`.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        api_key: str | None = None,
        *,
        timeout: float | httpx.Timeout = 600.0,
        retries: int = 2,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._http = httpx.AsyncClient(transport=transport, **calls.http_options(base_url, api_key, timeout))
        self._retries = Retries(retries)
        self.jobs = AsyncJobs(self)
        self.messages = AsyncMessages(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def speak(self, text: str, voice: str = "alloy", **options: Unpack[SpeechOptions]) -> bytes:
        """The text as audio, whole. ``format`` is mp3 unless told otherwise."""
        return await self._send(calls.speech(text, voice, options))

    @asynccontextmanager
    async def stream_speech(
        self, text: str, voice: str = "alloy", **options: Unpack[SpeechOptions]
    ) -> AsyncIterator[AsyncSpeech]:
        """The text as audio while it is made. Leaving the block early stops the work."""
        async with self._open(calls.speech(text, voice, options)) as response:
            yield AsyncSpeech(response)

    async def generate(self, text: str, **options: Unpack[GenerateOptions]) -> Generated:
        """A voice over ambience and music, mixed and kept. Long ones are better submitted as a job."""
        return await self._send(calls.generate(text, options))

    async def dry_run(self, text: str, **options: Unpack[GenerateOptions]) -> DryRun:
        """What `generate` would make, checked and estimated; no sound is made."""
        return await self._send(calls.dry_run(text, options))

    async def submit(self, text: str, **options: Unpack[GenerateOptions]) -> Job:
        """`generate` as a job: durable, watched and cancelled through `jobs`."""
        return await self._send(calls.submit(text, options))

    async def layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> Layered:
        """Layers on one timeline, mixed and kept."""
        return await self._send(calls.layers(layers, options))

    async def dry_run_layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> DryRun:
        """What `layers` would make, checked and estimated; no sound is made."""
        return await self._send(calls.dry_run_layers(layers, options))

    async def submit_layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> Job:
        """`layers` as a job; `Job.layered` is its result."""
        return await self._send(calls.submit_layers(layers, options))

    async def compose(self, prompt: str, **options: Unpack[MusicOptions]) -> Piece:
        """A piece of music by a prompt, exactly as long as ``duration_sec``. `Piece.reading` says how it was read."""
        return await self._send(calls.compose(prompt, options))

    async def dry_run_music(self, prompt: str, **options: Unpack[MusicOptions]) -> DryRun:
        """How `compose` would read the prompt, and what it would make; no sound is made."""
        return await self._send(calls.dry_run_music(prompt, options))

    async def submit_music(self, prompt: str, **options: Unpack[MusicOptions]) -> Job:
        """`compose` as a job; `Job.composed` is its result."""
        return await self._send(calls.submit_music(prompt, options))

    async def stems(self, mixture: Mixture, **options: Unpack[StemsOptions]) -> Stems:
        """A piece of music apart: by its URL, by the id of a render, or a file of yours (a `Path`), which is sent."""
        return await self._send(calls.stems(await _loaded(mixture), options))

    async def submit_stems(self, mixture: Mixture, **options: Unpack[StemsOptions]) -> Job:
        """`stems` as a job; `Job.separated` is its result."""
        return await self._send(calls.submit_stems(await _loaded(mixture), options))

    async def presets(self) -> Presets:
        """What ``preset`` and ``levels`` of a request fill in."""
        return await self._send(calls.presets())

    async def fetch(self, url: str) -> bytes:
        """A render's bytes, by the URL in an answer or by its id."""
        return await self._send(calls.render(url))

    async def download(self, url: str, path: str | os.PathLike[str]) -> Path:
        """A render into a file, which appears once it is whole."""
        async with self._open(calls.render(url)) as response:
            return await _save(response.aiter_bytes(), path)

    async def words(self, url: str) -> list[Word]:
        """The word times behind `AsyncSpeech.timestamps_url`."""
        return await self._send(calls.words(url))

    async def voices(self, *, language: str | None = None, backend: str | None = None) -> list[Voice]:
        return await self._send(calls.voices(language, backend))

    async def clone_voice(
        self, recording: Mixture, name: str, **options: Unpack[VoiceOptions]
    ) -> ClonedVoice:
        """A voice made of ten to thirty seconds of somebody's speech: a URL, a render's, or a file of yours (a `Path`)."""
        return await self._send(calls.clone_voice(await _loaded(recording), name, options))

    async def delete_voice(self, voice: str) -> None:
        """A cloned voice and its recording, by id or name."""
        await self._send(calls.delete_voice(voice))

    async def models(self) -> list[Model]:
        return await self._send(calls.models())

    async def plugins(self) -> PluginReport:
        return await self._send(calls.plugins())

    async def health(self) -> Health:
        return await self._send(calls.health())

    async def _send(self, call: Call[T]) -> T:
        async with self._open(call) as response:
            await response.aread()
            return call.parse(response)

    @asynccontextmanager
    async def _open(self, call: Call[Any]) -> AsyncIterator[httpx.Response]:
        """A successful answer, its body still to come."""
        response = await self._answer(call)
        try:
            yield response
        except httpx.TransportError as error:
            raise of_transport(error, str(self._http.base_url)) from error
        finally:
            await response.aclose()

    async def _answer(self, call: Call[Any]) -> httpx.Response:
        for attempt in itertools.count():
            try:
                response = await self._http.send(call.request(self._http), stream=True)
                if response.is_success:
                    return response
                await response.aread()
            except httpx.TransportError as error:
                delay = self._retries.after_failure(
                    error, attempt, str(self._http.base_url), repeatable=call.repeatable
                )
            else:
                delay = self._retries.after_answer(response, attempt)
            await anyio.sleep(delay)
        raise AssertionError("unreachable")


class AsyncJobs:
    """``client.jobs``."""

    def __init__(self, client: AsyncMixdown) -> None:
        self._client = client

    async def get(self, job_id: str) -> Job:
        return await self._client._send(calls.job(job_id))

    async def list(
        self,
        *,
        state: JobState | None = None,
        kind: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> JobPage:
        """The newest first; ``cursor`` is the ``next`` of the page before."""
        return await self._client._send(calls.jobs(state, kind, limit, cursor))

    async def cancel(self, job_id: str) -> Job:
        """Ask for the job's end; one that has ended stays as it is."""
        return await self._client._send(calls.cancel(job_id))

    async def events(self, job_id: str) -> AsyncGenerator[Job, None]:
        """The job now and after every change, to its end; over lost connections, too."""
        lost = 0
        while True:
            try:
                async with self._client._open(calls.job_events(job_id)) as response:
                    async for event in EventSource(response).aiter_sse():
                        job, lost = Job.model_validate_json(event.data), 0
                        yield job
                        if job.is_final:
                            return
            except MixdownError as error:
                if error.code not in ("connection_lost", "timeout") or lost >= self._client._retries.limit:
                    raise
            lost += 1
            await anyio.sleep(FIRST_DELAY)

    async def wait(self, job_id: str, on_progress: Callable[[Job], object] | None = None) -> Job:
        """The job once it has ended, well or not. ``on_progress`` is called after every change."""
        job = None
        async with aclosing(self.events(job_id)) as events:
            async for job in events:
                if on_progress:
                    on_progress(job)
        assert job is not None  # noqa: S101 - events end with the last one, or raise
        return job


async def _save(chunks: AsyncIterator[bytes], path: str | os.PathLike[str]) -> Path:
    with replacing(path) as file:
        async for chunk in chunks:
            await anyio.to_thread.run_sync(file.write, chunk)
    return Path(path)


async def _loaded(mixture: Mixture) -> str | calls.Upload:
    if isinstance(mixture, str):
        return mixture
    return calls.Upload(Path(mixture).name, await anyio.Path(mixture).read_bytes())
