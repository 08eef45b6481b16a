"""Every request that the client makes and how its answer is read: the part that both clients share."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from mixdown_client.errors import MixdownError
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

T = TypeVar("T")
GENERATE, LAYERS, MUSIC = "/v1/audio/generate", "/v1/audio/layers", "/v1/music/generate"
STEMS = "/v1/music/stems"
VOICES = "/v1/voices"
RENDERS = "/v1/renders/"
DEFAULT_MODEL = "tts-1"
EVENT_SILENCE = 60.0
"""Seconds without a sign of life after which a stream of events counts as lost; the server gives one every 15."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of audio, to be sent in a form."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request. ``repeatable``: sent twice, it does no more than once."""

    method: str
    path: str
    parse: Callable[[httpx.Response], T]
    params: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, Any] | None = None
    upload: Upload | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    read_timeout: float | None = None
    repeatable: bool = False

    def request(self, http: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        params = {name: value for name, value in self.params.items() if value is not None}
        timeout = httpx.Timeout(http.timeout)
        timeout.read = self.read_timeout or timeout.read
        return http.build_request(
            self.method,
            self.path.lstrip("/"),
            params=params,
            json=self.json,
            data=self.form,
            files=None if self.upload is None else {"file": (self.upload.name, self.upload.data)},
            headers=self.headers,
            timeout=timeout,
        )


def http_options(base_url: str, api_key: str | None, timeout: float | httpx.Timeout) -> dict[str, Any]:
    """Arguments of httpx's clients. A number of seconds bounds the silence between two bytes, not the whole.

    Raises:
        ValueError: no http URL.
    """
    if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).netloc:
        raise ValueError(f"{base_url!r} is no URL of a server, like http://127.0.0.1:8000")
    return {
        "base_url": base_url.rstrip("/") + "/",
        "headers": {"authorization": f"Bearer {api_key}"} if api_key else {},
        "timeout": timeout if isinstance(timeout, httpx.Timeout) else httpx.Timeout(timeout, connect=5.0),
    }


def reader(type_: Any, member: str | None = None) -> Callable[[httpx.Response], Any]:
    """Reads an answer's JSON, or one member of it, as a type. `MixdownError` ``bad_answer`` for anything else."""
    adapter: TypeAdapter[Any] = TypeAdapter(type_)

    def read(response: httpx.Response) -> Any:
        try:
            body = response.json()
            return adapter.validate_python(body[member] if member else body)
        except (ValueError, KeyError, TypeError) as error:
            what = str(error) if isinstance(error, ValidationError) else "it is not what was asked for"
            raise MixdownError(
                f"The answer of {response.url} cannot be read: {what}",
                code="bad_answer",
                status=response.status_code,
                request_id=response.headers.get("x-request-id"),
            ) from error

    return read


_GENERATED = reader(Generated)
_LAYERED = reader(Layered)
_PIECE = reader(Piece)
_STEMS = reader(Stems)
_PRESETS = reader(Presets)
_DRY_RUN = reader(DryRun)
_JOB = reader(Job)
_JOBS = reader(JobPage)
_CLONED = reader(ClonedVoice)
_VOICES = reader(list[Voice], "voices")
_MODELS = reader(list[Model], "data")
_PLUGINS = reader(PluginReport)
_HEALTH = reader(Health)
_WORDS = reader(list[Word], "words")


def speech(text: str, voice: str, options: SpeechOptions) -> Call[bytes]:
    body = {"model": DEFAULT_MODEL, "input": text, "voice": voice, **options}
    if "format" in body:
        body["response_format"] = body.pop("format")
    return Call("POST", "/v1/audio/speech", _content, json=body)


def generate(text: str, options: GenerateOptions) -> Call[Generated]:
    return Call("POST", GENERATE, _GENERATED, json={"text": text, **options})


def dry_run(text: str, options: GenerateOptions) -> Call[DryRun]:
    return _planned(GENERATE, {"text": text, **options})


def submit(text: str, options: GenerateOptions) -> Call[Job]:
    return _submitted(GENERATE, {"text": text, **options})


def layers(given: Sequence[Layer], options: LayersOptions) -> Call[Layered]:
    return Call("POST", LAYERS, _LAYERED, json={"layers": [*given], **options})


def dry_run_layers(given: Sequence[Layer], options: LayersOptions) -> Call[DryRun]:
    return _planned(LAYERS, {"layers": [*given], **options})


def submit_layers(given: Sequence[Layer], options: LayersOptions) -> Call[Job]:
    return _submitted(LAYERS, {"layers": [*given], **options})


def compose(prompt: str, options: MusicOptions) -> Call[Piece]:
    return Call("POST", MUSIC, _PIECE, json={"prompt": prompt, **options})


def dry_run_music(prompt: str, options: MusicOptions) -> Call[DryRun]:
    return _planned(MUSIC, {"prompt": prompt, **options})


def submit_music(prompt: str, options: MusicOptions) -> Call[Job]:
    return _submitted(MUSIC, {"prompt": prompt, **options})


def stems(mixture: str | Upload, options: StemsOptions) -> Call[Stems]:
    return Call("POST", STEMS, _STEMS, **_mixture(mixture, options))


def submit_stems(mixture: str | Upload, options: StemsOptions) -> Call[Job]:
    return Call("POST", STEMS, _JOB, headers=_as_job(), repeatable=True, **_mixture(mixture, options))


def _mixture(mixture: str | Upload, options: StemsOptions) -> dict[str, Any]:
    """The body: a form with a file, or JSON with a URL or the id of a render."""
    if isinstance(mixture, Upload):
        form: dict[str, Any] = {**options}
        if "stems" in options:
            form["stems"] = ",".join(options["stems"])
        return {"form": form, "upload": mixture}
    return {"json": {"audio_url" if "://" in mixture else "render": mixture, **options}}


def presets() -> Call[Presets]:
    return get("/v1/audio/presets", _PRESETS)


def _planned(path: str, body: dict[str, Any]) -> Call[DryRun]:
    return Call("POST", path, _DRY_RUN, json={**body, "dry_run": True}, repeatable=True)


def _submitted(path: str, body: dict[str, Any]) -> Call[Job]:
    return Call("POST", path, _JOB, json=body, headers=_as_job(), repeatable=True)


def _as_job() -> dict[str, str]:
    return {"prefer": "respond-async", "idempotency-key": uuid.uuid4().hex}


def voices(language: str | None, backend: str | None) -> Call[list[Voice]]:
    return get(VOICES, _VOICES, language=language, backend=backend)


def clone_voice(recording: str | Upload, name: str, options: VoiceOptions) -> Call[ClonedVoice]:
    """Sent twice it is one voice: its id follows from its name."""
    members = {"name": name, **options}
    if isinstance(recording, Upload):
        return Call("POST", VOICES, _CLONED, form=members, upload=recording, repeatable=True)
    return Call("POST", VOICES, _CLONED, json={**members, "audio_url": recording}, repeatable=True)


def delete_voice(voice: str) -> Call[None]:
    return Call("DELETE", f"{VOICES}/{quote(voice, safe='')}", _nothing, repeatable=True)


def models() -> Call[list[Model]]:
    return get("/v1/models", _MODELS)


def plugins() -> Call[PluginReport]:
    return get("/v1/plugins", _PLUGINS)


def health() -> Call[Health]:
    return get("/health", _HEALTH)


def job(job_id: str) -> Call[Job]:
    return get(_job_path(job_id), _JOB)


def jobs(state: JobState | None, kind: str | None, limit: int, cursor: str | None) -> Call[JobPage]:
    return get("/v1/jobs", _JOBS, state=state, kind=kind, limit=limit, cursor=cursor)


def cancel(job_id: str) -> Call[Job]:
    return Call("POST", f"{_job_path(job_id)}/cancel", _JOB, repeatable=True)


def job_events(job_id: str) -> Call[None]:
    path = f"{_job_path(job_id)}/events"
    return Call("GET", path, _nothing, read_timeout=EVENT_SILENCE, repeatable=True)


def words(url: str) -> Call[list[Word]]:
    return get(render_path(url), _WORDS)


def render(url: str) -> Call[bytes]:
    return get(render_path(url), _content)


def render_path(url: str) -> str:
    """The path of a render's URL, or of its bare id.

    A server writes its URLs under the address that its operator gave it, which need not be the one that we reach
    it by, and the key must go nowhere else: so what counts is the id, and it is always asked of `base_url`.

    Raises:
        ValueError: no URL of a render.
    """
    path = urlsplit(url).path
    id_ = path.rpartition(RENDERS)[2] if RENDERS in path else path
    if not id_ or "/" in id_:
        raise ValueError(f"{url!r} is no URL of a render (…{RENDERS}<id>)")
    return RENDERS + quote(id_, safe="")


def get(path: str, parse: Callable[[httpx.Response], T], **params: Any) -> Call[T]:
    return Call("GET", path, parse, params=params, repeatable=True)


def _job_path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}"


def _content(response: httpx.Response) -> bytes:
    return response.content


def _nothing(_response: httpx.Response) -> None:
    return None
