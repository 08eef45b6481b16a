"""The synchronous client."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx
from httpx_sse import EventSource

from mixdown_client import calls
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
from mixdown_client.synchronous_messages import Messages

T = TypeVar("T")
Mixture = str | os.PathLike[str]
"""A URL or a render's id; or the path of a file."""


class Speech(SpeechHeaders):
    """Speech while it is made: iterate over its bytes, or save them."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response)
        self._chunks = response.iter_bytes()

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the rest to ``path``, which appears once it is whole."""
        with replacing(path) as file:
            file.writelines(self)
        return Path(path)


class Mixdown:
    """A Mixdown server::

        with Mixdown("http://127.0.0.1:8000") as mixdown:
            render = mixdown.generate("It's a rainy day", background={"type": "rain", "volume": 30})
            mixdown.download(render.audio_url, "rainy.mp3")

    Every method raises `MixdownError`. Safe to use from several threads.

    Args:
        base_url: where the server answers.
        api_key: sent as a bearer token, to ``base_url`` alone.
        timeout: seconds of silence that are endured; connecting has 5 of its own. An `httpx.Timeout` says more.
        retries: how often a request is sent again where that is safe (`Retries`).
        transport: another way to the server than the network (httpx).
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        api_key: str | None = None,
        *,
        timeout: float | httpx.Timeout = 600.0,
        retries: int = 2,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._http = httpx.Client(transport=transport, **calls.http_options(base_url, api_key, timeout))
        self._retries = Retries(retries)
        self.jobs = Jobs(self)
        self.messages = Messages(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def speak(self, text: str, voice: str = "alloy", **options: Unpack[SpeechOptions]) -> bytes:
        """The text as audio, whole. ``format`` is mp3 unless told otherwise."""
        return self._send(calls.speech(text, voice, options))

    @contextmanager
    def stream_speech(
        self, text: str, voice: str = "alloy", **options: Unpack[SpeechOptions]
    ) -> Iterator[Speech]:
        """The text as audio while it is made. Leaving the block early stops the work."""
        with self._open(calls.speech(text, voice, options)) as response:
            yield Speech(response)

    def generate(self, text: str, **options: Unpack[GenerateOptions]) -> Generated:
        """A voice over ambience and music, mixed and kept. Long ones are better submitted as a job."""
        return self._send(calls.generate(text, options))

    def dry_run(self, text: str, **options: Unpack[GenerateOptions]) -> DryRun:
        """What `generate` would make, checked and estimated; no sound is made."""
        return self._send(calls.dry_run(text, options))

    def submit(self, text: str, **options: Unpack[GenerateOptions]) -> Job:
        """`generate` as a job: durable, watched and cancelled through `jobs`."""
        return self._send(calls.submit(text, options))

    def layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> Layered:
        """Layers on one timeline, mixed and kept."""
        return self._send(calls.layers(layers, options))

    def dry_run_layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> DryRun:
        """What `layers` would make, checked and estimated; no sound is made."""
        return self._send(calls.dry_run_layers(layers, options))

    def submit_layers(self, layers: Sequence[Layer], **options: Unpack[LayersOptions]) -> Job:
        """`layers` as a job; `Job.layered` is its result."""
        return self._send(calls.submit_layers(layers, options))

    def compose(self, prompt: str, **options: Unpack[MusicOptions]) -> Piece:
        """A piece of music by a prompt, exactly as long as ``duration_sec``. `Piece.reading` says how it was read."""
        return self._send(calls.compose(prompt, options))

    def dry_run_music(self, prompt: str, **options: Unpack[MusicOptions]) -> DryRun:
        """How `compose` would read the prompt, and what it would make; no sound is made."""
        return self._send(calls.dry_run_music(prompt, options))

    def submit_music(self, prompt: str, **options: Unpack[MusicOptions]) -> Job:
        """`compose` as a job; `Job.composed` is its result."""
        return self._send(calls.submit_music(prompt, options))

    def stems(self, mixture: Mixture, **options: Unpack[StemsOptions]) -> Stems:
        """A piece of music apart: by its URL, by the id of a render, or a file of yours (a `Path`), which is sent."""
        return self._send(calls.stems(_loaded(mixture), options))

    def submit_stems(self, mixture: Mixture, **options: Unpack[StemsOptions]) -> Job:
        """`stems` as a job; `Job.separated` is its result."""
        return self._send(calls.submit_stems(_loaded(mixture), options))

    def presets(self) -> Presets:
        """What ``preset`` and ``levels`` of a request fill in."""
        return self._send(calls.presets())

    def fetch(self, url: str) -> bytes:
        """A render's bytes, by the URL in an answer or by its id."""
        return self._send(calls.render(url))

    def download(self, url: str, path: str | os.PathLike[str]) -> Path:
        """A render into a file, which appears once it is whole."""
        with self._open(calls.render(url)) as response, replacing(path) as file:
            file.writelines(response.iter_bytes())
        return Path(path)

    def words(self, url: str) -> list[Word]:
        """The word times behind `Speech.timestamps_url`."""
        return self._send(calls.words(url))

    def voices(self, *, language: str | None = None, backend: str | None = None) -> list[Voice]:
        return self._send(calls.voices(language, backend))

    def clone_voice(self, recording: Mixture, name: str, **options: Unpack[VoiceOptions]) -> ClonedVoice:
        """A voice made of ten to thirty seconds of somebody's speech: a URL, a render's, or a file of yours (a `Path`)."""
        return self._send(calls.clone_voice(_loaded(recording), name, options))

    def delete_voice(self, voice: str) -> None:
        """A cloned voice and its recording, by id or name."""
        self._send(calls.delete_voice(voice))

    def models(self) -> list[Model]:
        return self._send(calls.models())

    def plugins(self) -> PluginReport:
        return self._send(calls.plugins())

    def health(self) -> Health:
        return self._send(calls.health())

    def _send(self, call: Call[T]) -> T:
        with self._open(call) as response:
            response.read()
            return call.parse(response)

    @contextmanager
    def _open(self, call: Call[Any]) -> Iterator[httpx.Response]:
        """A successful answer, its body still to come."""
        response = self._answer(call)
        try:
            yield response
        except httpx.TransportError as error:
            raise of_transport(error, str(self._http.base_url)) from error
        finally:
            response.close()

    def _answer(self, call: Call[Any]) -> httpx.Response:
        for attempt in itertools.count():
            try:
                response = self._http.send(call.request(self._http), stream=True)
                if response.is_success:
                    return response
                response.read()
            except httpx.TransportError as error:
                delay = self._retries.after_failure(
                    error, attempt, str(self._http.base_url), repeatable=call.repeatable
                )
            else:
                delay = self._retries.after_answer(response, attempt)
            time.sleep(delay)
        raise AssertionError("unreachable")


class Jobs:
    """``client.jobs``."""

    def __init__(self, client: Mixdown) -> None:
        self._client = client

    def get(self, job_id: str) -> Job:
        return self._client._send(calls.job(job_id))

    def list(
        self,
        *,
        state: JobState | None = None,
        kind: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> JobPage:
        """The newest first; ``cursor`` is the ``next`` of the page before."""
        return self._client._send(calls.jobs(state, kind, limit, cursor))

    def cancel(self, job_id: str) -> Job:
        """Ask for the job's end; one that has ended stays as it is."""
        return self._client._send(calls.cancel(job_id))

    def events(self, job_id: str) -> Iterator[Job]:
        """The job now and after every change, to its end; over lost connections, too."""
        lost = 0
        while True:
            try:
                with self._client._open(calls.job_events(job_id)) as response:
                    for event in EventSource(response).iter_sse():
                        job, lost = Job.model_validate_json(event.data), 0
                        yield job
                        if job.is_final:
                            return
            except MixdownError as error:
                if error.code not in ("connection_lost", "timeout") or lost >= self._client._retries.limit:
                    raise
            lost += 1
            time.sleep(FIRST_DELAY)

    def wait(self, job_id: str, on_progress: Callable[[Job], object] | None = None) -> Job:
        """The job once it has ended, well or not. ``on_progress`` is called after every change."""
        job = None
        for job in self.events(job_id):
            if on_progress:
                on_progress(job)
        assert job is not None  # noqa: S101 - events end with the last one, or raise
        return job


def _loaded(mixture: Mixture) -> str | calls.Upload:
    if isinstance(mixture, str):
        return mixture
    return calls.Upload(Path(mixture).name, Path(mixture).read_bytes())
