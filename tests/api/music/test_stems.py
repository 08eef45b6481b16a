"""``POST /v1/music/stems``: exact stems of what was composed here, separated ones of anything else."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from mixdown_api.renders.keeping import document_key
from mixdown_kernel import MusicRequest
from mixdown_kernel.testing.signals import noise

from ..application import Application, application

RATE = 48_000
PIECE = {"type": "music", "genre": "lofi", "duration_ms": 3000}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Application]:
    async with application(tmp_path) as app:
        yield app


def song(seconds: float = 1.0, *, channels: int = 2) -> np.ndarray:
    samples = 0.1 * noise(round(seconds * RATE), channels=channels)
    samples[:: RATE // 4] += 0.4
    return samples


def wav(samples: np.ndarray, rate: int = RATE) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype="FLOAT")
    return file.getvalue()


async def upload(app: Application, data: bytes, **fields: str) -> httpx.Response:
    return await app.http.post("/v1/music/stems", files={"file": ("song", data)}, data=fields)


async def ask(app: Application, **body: Any) -> dict[str, Any]:
    answer = await app.http.post("/v1/music/stems", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def compose(app: Application, *layers: dict[str, Any], **output: Any) -> str:
    body = {"layers": layers or [PIECE], "seed": 5, "output": {"format": "wav", **output}}
    answer = await app.http.post("/v1/audio/layers", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["audio_url"])


async def heard(app: Application, url: str) -> np.ndarray:
    data = (await app.fetch(url)).content
    return np.asarray(soundfile.read(io.BytesIO(data), dtype="float64", always_2d=True)[0])


async def summed(app: Application, stems: dict[str, str]) -> np.ndarray:
    return np.sum([await heard(app, url) for url in stems.values()], axis=0)


async def test_a_piece_of_ours_comes_apart_as_it_was_composed(app: Application) -> None:
    url = await compose(app)
    answer = await ask(app, audio_url=url, stems=["drums", "vocals", "bass", "other"])
    assert list(answer["stems"]) == ["drums", "vocals", "bass", "other"]
    assert (answer["method"], answer["duration_ms"]) == ("exact", 3000)
    composer = app.service.kernel.backend("music")
    seed = answer["receipt"]["sources"][0]["seed"]
    request = MusicRequest(genre="lofi", duration_ms=3000, seed=seed, stems=True)
    drums = np.concatenate([chunk.stems["drums"].samples async for chunk in composer.render(request)])
    found = await heard(app, answer["stems"]["drums"])
    gain = np.vdot(found, drums) / np.vdot(drums, drums)
    assert np.abs(found - gain * drums).max() < 1e-6
    assert not (await heard(app, answer["stems"]["vocals"])).any()


@pytest.mark.parametrize("format_", ["mp3", "opus", "aac", "flac", "pcm"])
async def test_a_piece_in_any_format_comes_apart_as_it_was_composed(app: Application, format_: str) -> None:
    body = {"prompt": "calm jazz for a rainy evening", "duration_sec": 3, "output": {"format": format_}}
    made = await app.http.post("/v1/music/generate", json=body)
    answer = await ask(app, audio_url=made.json()["audio_url"])
    assert answer["method"] == "exact"


async def test_exact_stems_sum_to_the_render(app: Application) -> None:
    """Whose file has 16 bits."""
    url = await compose(app)
    answer = await ask(app, render=url.rpartition("/")[2])
    assert np.abs(await summed(app, answer["stems"]) - await heard(app, url)).max() < 2 / 32768


async def test_the_composers_own_groups_may_be_asked_for(app: Application) -> None:
    answer = await ask(app, audio_url=await compose(app), stems=["harmony", "other"])
    assert list(answer["stems"]) == ["harmony", "other"]


VOICE = {"type": "voice", "text": "Hello there, how are you today?"}
RAIN = {"type": "background", "kind": "rain", "volume": 10}
SCENES: dict[str, list[dict[str, Any]]] = {
    "under a voice": [PIECE, {**VOICE, "start_ms": 200}],
    "faded and panned": [{**PIECE, "fade_in": 2000, "fade_out": 400, "pan": -40}],
    "two pieces in a row": [PIECE, {**PIECE, "genre": "jazz", "after": "music", "crossfade_ms": 700}],
    "as long as the voice": [
        VOICE, {"type": "music", "genre": "electronic", "duck": True, "fade_out": 600}, RAIN,
    ],
    "a dialogue": [
        {**VOICE, "id": "Ann", "voice": "onyx"}, {**VOICE, "id": "Bob", "after": "Ann", "gap_ms": 137, "pan": 30},
        {"type": "silence", "duration_ms": 555, "after": "Bob"}, {"type": "music", "start_ms": 333}, RAIN,
    ],
    "after a piece": [{**PIECE, "duration_ms": 1234}, {**VOICE, "after": "music"}],
    "words alone": [VOICE, RAIN],
}  # fmt: skip


@pytest.mark.parametrize("name", SCENES)
async def test_a_scene_of_ours_comes_apart_as_it_was_made(app: Application, name: str) -> None:
    """Quiet enough for its limiter to rest."""
    made = await app.http.post(
        "/v1/audio/layers",
        json={
            "layers": SCENES[name],
            "output": {"format": "wav", "loudness": -30, "separate_tracks": True},
        },
    )
    assert made.status_code == 200, made.text
    url, components = made.json()["audio_url"], made.json()["components"]
    answer = await ask(app, audio_url=url)
    assert (answer["method"], answer["notices"]) == ("exact", [])
    assert np.abs(await summed(app, answer["stems"]) - await heard(app, url)).max() < 2 / 32768
    voices = [await heard(app, one["url"]) for one in components.values() if one["type"] == "voice"]
    vocals = await heard(app, answer["stems"]["vocals"])
    assert np.abs(vocals - sum(voices, np.zeros_like(vocals))).max() < 1e-6
    drums = await heard(app, answer["stems"]["drums"])
    assert drums.any() == any(layer["type"] == "music" for layer in SCENES[name])
    assert not app.spooled()


async def test_a_generated_scene_comes_apart_whatever_its_format(app: Application) -> None:
    made = await app.generate(
        "It is raining over the hills, and nobody minds.",
        background={"type": "rain"},
        music={"genre": "lofi"},
        output={"format": "mp3", "loudness": -30},
    )
    answer = await ask(app, audio_url=made["audio_url"], stems=["vocals", "other"])
    assert (answer["method"], list(answer["stems"])) == ("exact", ["vocals", "other"])
    assert answer["duration_ms"] == made["duration_ms"]


async def test_what_a_limiter_held_down_is_told(app: Application) -> None:
    url = await compose(app, PIECE, {**VOICE, "volume": 100}, loudness=-6)
    assert [notice["code"] for notice in (await ask(app, audio_url=url))["notices"]] == ["limited"]


async def test_a_scene_comes_apart_as_a_job(app: Application) -> None:
    body = {"audio_url": await compose(app, *SCENES["under a voice"])}
    answer = await app.http.post("/v1/music/stems", json=body, headers={"prefer": "respond-async"})
    assert answer.status_code == 202, answer.text
    job = answer.json()
    while job["state"] in ("queued", "running"):
        await asyncio.sleep(0.05)
        job = (await app.http.get(answer.headers["location"])).json()
    assert (job["state"], job["result"]["method"]) == ("succeeded", "exact")


async def test_the_example_of_the_source(tmp_path: Path) -> None:
    """3.2 of sources/audio-layer-api.md: somebody's track, by its URL; asked for twice, separated once."""
    track = song(2.0)
    with serving(wav(track)) as port:
        inside = {"fetch_ports": (port,), "fetch_allow_private": ("127.0.0.1",)}
        async with application(tmp_path, **inside) as app:
            body = {"audio_url": f"http://127.0.0.1:{port}/track.wav", "stems": ["drums", "vocals", "bass"]}
            answer = await ask(app, **body)
            assert list(answer["stems"]) == ["drums", "vocals", "bass"]
            assert (answer["method"], answer["duration_ms"], answer["cached"]) == ("two-stage", 2000, False)
            rest = await ask(app, **{**body, "stems": ["other"]})
            assert rest["cached"]
            stems = {**answer["stems"], **rest["stems"]}
            assert np.abs(await summed(app, stems) - track).max() < 1e-6
            by_name = await ask(app, render=stems["drums"].rpartition("/")[2], stems=["bass"])
            assert by_name["method"] == "two-stage"  # what is stored is a mixture as any other


async def test_empty_fields_of_a_form_say_nothing(app: Application) -> None:
    answer = await upload(app, wav(song()), audio_url="", render=" ", stems="")
    assert set(answer.json()["stems"]) == {"drums", "vocals", "bass", "other"}


async def test_a_scene_whose_stems_have_no_room_is_separated(tmp_path: Path) -> None:
    """Decoded sounds may take a megabyte here, and each stem of three seconds takes more."""
    async with application(tmp_path, config={"assets_bytes": 1 << 20}) as app:
        answer = await ask(app, audio_url=await compose(app, *SCENES["under a voice"]))
    assert answer["method"] == "two-stage"


async def test_a_cancelled_recomposition_leaves_nothing(app: Application) -> None:
    url = await compose(app, {**PIECE, "duration_ms": 20_000}, VOICE)
    before = await app.listed(), await app.objects()
    task = asyncio.create_task(ask(app, audio_url=url))
    while not app.spooled():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await app.listed(), await app.objects()) == before
    assert not app.spooled()


async def test_a_scene_with_somebody_s_recording_is_separated(tmp_path: Path) -> None:
    recording = wav(song())
    with serving(recording) as port:
        inside = {"fetch_ports": (port,), "fetch_allow_private": ("127.0.0.1",)}
        async with application(tmp_path, **inside) as app:
            clip = {"type": "clip", "audio_url": f"http://127.0.0.1:{port}/song.wav"}
            url = await compose(app, VOICE, clip)
            answer = await ask(app, audio_url=url)
            assert answer["method"] == "two-stage"
            assert np.abs(await summed(app, answer["stems"]) - await heard(app, url)).max() < 1e-6


async def test_a_scene_that_would_no_longer_sound_the_same_is_separated(app: Application) -> None:
    """Its rain was made by another version."""
    url = await compose(app, VOICE, RAIN)
    file = await app.service.renders.find(url.rpartition("/")[2])
    assert file is not None
    known = json.loads(await app.service.renders.document(file) or b"")
    for source in known["receipt"]["sources"]:
        if source["layer"] == "background":
            source["signature"] = "0" * 64

    async def rewritten() -> AsyncIterator[bytes]:
        yield json.dumps(known).encode()

    await app.service.renders.storage.put(document_key(file), rewritten(), media_type="application/json")
    assert (await ask(app, audio_url=url))["method"] == "two-stage"


@contextmanager
def serving(data: bytes) -> Iterator[int]:
    """A website with one file; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def test_a_backend_asked_for_separates_even_a_piece_of_ours(app: Application) -> None:
    answer = await ask(app, audio_url=await compose(app), model="two-stage")
    assert answer["method"] == "two-stage"


@pytest.mark.parametrize("channels", [1, 2])
async def test_stems_of_an_upload_sum_to_it(app: Application, channels: int) -> None:
    mixture = song(channels=channels)
    answer = (await upload(app, wav(mixture))).json()
    assert answer["method"] == "two-stage"
    assert answer["duration_ms"] == 1000
    assert set(answer["stems"]) == {"drums", "vocals", "bass", "other"}
    assert np.abs(await summed(app, answer["stems"]) - mixture).max() < 1e-7


async def test_only_the_stems_that_were_asked_for_are_kept(app: Application) -> None:
    answer = (await upload(app, wav(song()), stems="vocals, bass,vocals")).json()
    assert list(answer["stems"]) == ["vocals", "bass"]
    assert len(await app.listed()) == 2
    assert not app.spooled()


async def test_the_same_mixture_is_not_separated_twice(app: Application) -> None:
    first = (await upload(app, wav(song()))).json()
    second = (await upload(app, wav(song()), stems="drums")).json()
    assert (first["cached"], second["cached"]) == (False, True)
    drums = [await heard(app, answer["stems"]["drums"]) for answer in (first, second)]
    assert np.array_equal(*drums)


async def test_a_job_for_a_stem_that_nobody_makes_is_refused_at_once(app: Application) -> None:
    body = {"audio_url": await compose(app), "stems": ["kazoo"]}
    answer = await app.http.post("/v1/music/stems", json=body, headers={"prefer": "respond-async"})
    assert (answer.status_code, answer.json()["error"]) == (400, "UNKNOWN_STEM")
    assert "harmony" in answer.json()["valid_values"]


async def test_as_a_job_it_is_the_same(app: Application) -> None:
    answer = await app.http.post(
        "/v1/music/stems", files={"file": ("a.wav", wav(song()))}, headers={"prefer": "respond-async"}
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert job["kind"] == "stems"
    while job["state"] in ("queued", "running"):
        await asyncio.sleep(0.05)
        job = (await app.http.get(answer.headers["location"])).json()
    assert job["state"] == "succeeded", job["error"]
    assert job["progress"]["done"] == job["progress"]["total"] == 1000
    assert np.abs(await summed(app, job["result"]["stems"]) - song()).max() < 1e-7


async def test_a_cancelled_request_leaves_nothing(app: Application) -> None:
    task = asyncio.create_task(upload(app, wav(song(8))))
    while not app.service.edge.admission.running:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await app.listed()
    assert not await app.objects()
    assert not app.spooled()


BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({}, 400, "MISSING_AUDIO_URL", "audio_url"),
    ({"audio_url": "http://x.org/a", "render": "b"}, 400, "SEVERAL_MIXTURES", "render"),
    ({"audio_url": "http://127.0.0.1/a.wav"}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "file:///etc/passwd"}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "http://[::1]/a.wav"}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "http://169.254.169.254/latest"}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "http://["}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "nonsense"}, 400, "UNSAFE_URL", "audio_url"),
    ({"audio_url": "http://127.0.0.1:8000/v1/renders/none"}, 404, "UNKNOWN_RENDER", "audio_url"),
    ({"audio_url": ""}, 400, "INVALID_AUDIO_URL", "audio_url"),
    ({"render": "../../etc/passwd"}, 404, "UNKNOWN_RENDER", "render"),
    ({"audio_url": "http://127.0.0.1/a", "stems": ["drums", "kazoo"]}, 400, "UNKNOWN_STEM", "stems.1"),
    ({"audio_url": "http://127.0.0.1/a", "stems": []}, 400, "INVALID_STEMS", "stems"),
    ({"audio_url": "http://127.0.0.1/a", "stems": ["drums"] * 17}, 400, "INVALID_STEMS", "stems"),
    ({"audio_url": "http://127.0.0.1/a", "stems": "drums"}, 400, "INVALID_STEMS", "stems"),
    ({"audio_url": "http://127.0.0.1/a", "model": "magic"}, 404, "UNKNOWN_BACKEND", "model"),
    ({"audio_url": "http://127.0.0.1/a", "volume": 3}, 400, "UNKNOWN_FIELD", "volume"),
]


async def test_bad_requests_are_refused_before_any_work(app: Application) -> None:
    for body, status, error, field in BAD:
        answer = await app.http.post("/v1/music/stems", json=body)
        assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
        assert answer.json()["field"] == field
    assert not await app.objects()


async def test_bad_audio_is_refused_before_any_work(app: Application) -> None:
    for data, error in [
        (b"", "UNDECODABLE_AUDIO"),
        (b"no audio at all" * 100, "UNDECODABLE_AUDIO"),
        (wav(song())[:20_000], "UNDECODABLE_AUDIO"),
        (wav(np.zeros((RATE, 2), np.float32)), "SILENT_AUDIO"),
        (wav(np.full((RATE, 2), 3e-5, np.float32)), "SILENT_AUDIO"),
    ]:
        answer = await upload(app, data)
        assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
        assert answer.json()["field"] == "file"
    assert not await app.objects()
    assert not app.spooled()


@pytest.mark.parametrize(
    ("request_", "status", "error"),
    [
        ({"files": {"song": ("a", b"RIFF")}}, 400, "UNKNOWN_FIELD"),
        ({"files": {"file": ("a", b"RIFF")}, "data": {"stems": "kazoo"}}, 400, "UNKNOWN_STEM"),
        ({"files": {"file": ("a", b"RIFF")}, "data": {"tempo": "3"}}, 400, "UNKNOWN_FIELD"),
        ({"files": {"file": ("a", b"RIFF")}, "data": {"model": "a\x00b"}}, 400, "CONTROL_CHARACTER"),
        ({"files": [("file", ("a", b"RIFF"))] * 2}, 400, "BAD_REQUEST"),
        ({"files": {"file": ("a", b"RIFF")}, "data": {"render": "x"}}, 400, "SEVERAL_MIXTURES"),
        ({"content": b"hello", "headers": {"content-type": "text/plain"}}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"content": b"", "headers": {"content-type": "application/json"}}, 400, "INVALID_BODY"),
        ({"content": b"[]", "headers": {"content-type": "application/json"}}, 400, "INVALID_BODY"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_bad_forms_are_refused(
    app: Application, request_: dict[str, Any], status: int, error: str
) -> None:
    answer = await app.http.post("/v1/music/stems", **request_)
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text


async def test_what_is_too_long_for_its_stems_to_be_kept_says_how_long_it_may_be(tmp_path: Path) -> None:
    a_second = RATE * 2 * 4
    async with application(tmp_path, config={"cache_bytes": 5 * a_second}) as app:
        answer = await upload(app, wav(song(1.5)))
        assert answer.status_code == 413
        assert answer.json()["error"] == "AUDIO_TOO_LONG"
        assert answer.json()["valid_range"] == [0, 1]
        assert (await upload(app, wav(song(0.8)))).status_code == 200


async def test_without_a_separation_backend_only_exact_stems_are_to_be_had(tmp_path: Path) -> None:
    config = {"backends": {"separation": []}}
    async with application(tmp_path, config=config) as app:
        answer = await upload(app, wav(song()))
        assert (answer.status_code, answer.json()["error"]) == (503, "NO_BACKEND")
        assert (await ask(app, audio_url=await compose(app)))["method"] == "exact"
