"""The personalised-message surface behind a real server, asked as the original's client asks: HTTP, a base URL, an
internal key, JSON bodies of the contract's members and nothing of ours."""

from __future__ import annotations

import io
import os
import time
import wave
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest

from .conftest import MakeServer
from .server import Server

KEY = "an internal key"


class Original:
    """The shape of the original's ``CLI.py``: one method a verb, an error for whatever is not 200."""

    def __init__(self, base_url: str, key: str | None, timeout: float = 60) -> None:
        headers = {"X-Internal-API-Key": key} if key else {}
        self.http = httpx.Client(base_url=base_url, headers=headers, timeout=timeout)

    def get(self, path: str, expected: int = 200, **params: Any) -> Any:
        return self._read(self.http.get(path, params=params), expected)

    def post(self, path: str, expected: int = 200, **body: Any) -> Any:
        return self._read(self.http.post(path, json=body), expected)

    def _read(self, answer: httpx.Response, expected: int) -> Any:
        assert answer.status_code == expected, f"{answer.request.url}: {answer.status_code} {answer.text}"
        return answer.json()

    def wav(self, url: str) -> wave.Wave_read:
        answer = self.http.get(httpx.URL(url).path)
        assert answer.headers["content-type"] == "audio/wav"
        return wave.open(io.BytesIO(answer.content))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """By the original's names in the environment, in production, without a Cartesia key."""
    before = {name: os.environ.get(name) for name in ("MODE", "INTERNAL_API_KEY")}
    server = Server(tmp_path_factory.mktemp("messages"), MODE="PROD", INTERNAL_API_KEY=KEY)
    server.http.headers["X-Internal-API-Key"] = KEY
    server.start()
    yield server
    server.stop()
    assert {name: os.environ.get(name) for name in before} == before


@pytest.fixture
def original(server: Server) -> Iterator[Original]:
    client = Original(server.url, KEY)
    with client.http:
        yield client


def test_generate(original: Original, server: Server) -> None:
    first = original.post("/generate/name", name="Jose", extended=False)
    assert {"status", "label", "path"} <= set(first)
    assert (first["label"], first["path"]) == ("stem.name.jose", "stems/name/stem.name.jose.wav")
    spoken = server.spoken()
    again = original.post("/generate/name", name="jose")
    assert again["status"] == "cached"
    assert server.spoken() == spoken
    assert original.post("/generate/developer", developer="Hilton")["status"] in ("generated", "cached")
    both = original.post("/generate/combined", name="John", developer="Hilton")
    assert {"status", "name", "developer", "pair", "voice_id"} <= set(both)
    assert both["name"]["label"] == "stem.name.john"
    extended = original.http.post("/generate/name?extended=true", json={"name": "jose"}).json()
    assert extended["cache_entry"]["contract_signature"]
    with original.wav(first["url"]) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (48_000, 1, 2)
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    assert np.abs(samples).max() > 1000, "espeak says it"
    assert original.get("/generate/check/stem_path", label="stem.name.jose")["status"] == "ok"
    assert original.get("/generate/preset_names")["items"]
    assert original.get("/generate/preset_developers")["items"]


def test_assemble(original: Original) -> None:
    made = original.post(
        "/assemble/template", first_name="Jose", developer="Hilton", template="double_anchor.json"
    )
    assert {"status", "segments", "output_file", "upload"} <= set(made)
    assert (made["segments"], made["upload"]) == (4, False)
    extended = original.http.post(
        "/assemble/template?extended=true",
        json={
            "first_name": "Jose",
            "developer": "Hilton",
            "template": "double_anchor_hybrid",
            "upload": False,
        },
    ).json()
    assert {"stem_details", "timing_map", "template_voice_config", "sample_rate"} <= set(extended)
    assert all(one["status"] == "cached" for one in extended["stem_details"])
    with original.wav(made["url"]) as wav:
        assert abs(wav.getnframes() / 48 - made["duration_ms"]) < 1
    segments = original.post(
        "/assemble/segments", segments=["Hello.", "Goodbye."], segment_ids=["a", "b"], upload=False
    )
    assert segments["segments"] == 2
    assert original.get("/assemble/output_location")["latest_output"] == segments["output_file"]


def test_cache(original: Original) -> None:
    original.post("/generate/name", name="Gone")
    listed = original.get("/cache/list", extended="true")
    assert {
        "status", "cache_engine", "extended", "summary", "stems_count", "stems", "compatibility",
    } <= set(listed)  # fmt: skip
    assert listed["compatibility"]["stem.name.gone"]["compatible"] is True
    assert original.post("/cache/invalidate", stem_name="stem.name.gone")["status"] == "ok"
    assert original.post("/cache/invalidate", stem_name="stem.name.gone")["status"] == "not_found"
    many = original.get("/cache/check_many", labels="stem.name.gone,stem.name.jose")
    assert many["summary"]["total"] == 2
    assert original.get("/cache/consistency_report")["traffic"] == "green"
    assert original.post("/cache/verify_and_repair")["summary"]["total_missing"] == 0
    for path, query in (
        ("/cache/check_in_bucket", {"label": "stem.name.jose"}),
        ("/cache/bucket_list", {}),
        ("/generate/check/stem_in_bucket", {"label": "stem.name.jose"}),
        ("/assemble/check/stem_in_bucket", {"stem_name": "stem.name.jose"}),
        ("/assemble/check/output_in_bucket", {"filename": "x.wav"}),
        ("/rotation/check_bucket", {"label": "stem.name.jose"}),
    ):
        assert original.get(path, 503, **query)["code"] == "no_bucket"


def test_bulk(original: Original) -> None:
    file = {"file": ("few.csv", b"name\nAda\nBea\n")}
    upload = original.http.post(
        "/external/upload_base", files=file, data={"dataset_role": "names", "target_name": "few"}
    )
    assert upload.json()["status"] == "ok"
    accepted = original.post(
        "/cache/bulk_generate", 202, names_path="few.json", developers_path="developer_names"
    )
    deadline = time.monotonic() + 60
    while (job := original.get(f"/v1/jobs/{accepted['job_id']}"))["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert job["state"] == "succeeded"
    assert job["result"]["failed"] == 0
    assert original.get("/generate/check/stem_path", label="stem.name.ada")["status"] == "ok"


def test_rotation_and_external(original: Original) -> None:
    for path in ("next", "next_name", "next_developer", "next_pair", "next_script", "stats"):
        assert original.get(f"/rotation/{path}")["status"] == "ok"
    assert original.get("/rotation/pairs_stream", limit=3)["stream"]
    assert original.get("/rotation/scripts_stream", limit=2)["stream"]
    pair = original.post("/rotation/generate_pair", extended=True)
    assert {"status", "rotation", "pair", "stems"} <= set(pair)
    assert set(pair["stems"]) == {"name", "developer"}
    assert original.post("/rotation/generate_script")["stem"]["label"].startswith("stem.script.")
    assert original.get("/external/list")["status"] == "ok"


def test_integrity_contract_and_health(original: Original) -> None:
    original.post("/assemble/segments", segments=["Hello."])
    for path in ("stems", "outputs", "stems-index"):
        assert original.get(f"/integrity/{path}")["status"] == "ok"
    contract = original.get("/contract")["contract"]
    assert (contract["sample_rate"], contract["encoding"], contract["backend"]) == (
        48_000,
        "pcm_s16le",
        "espeak",
    )
    assert original.get("/health/extended")["messages"]["mode"] == "local"
    for path in ("/live", "/ready", "/health"):
        assert original.http.get(path).status_code == 200


def test_the_key(server: Server) -> None:
    for key, status in ((None, 401), ("wrong", 403)):
        client = Original(server.url, key)
        with client.http:
            assert client.post("/generate/name", status, name="Jose")["detail"]
            assert client.get("/cache/list", status)["detail"]


def test_stems_outlive_a_crash(make_server: MakeServer) -> None:
    """Killed while it renders a dataset: what was kept is whole and is not rendered again."""
    server = make_server()
    original = Original(server.url, None)
    with original.http:
        accepted = original.post("/cache/bulk_generate", 202)
        server.wait_until(lambda: original.get("/cache/list", limit=1)["stems_count"] >= 5)
        server.kill()
        kept = server.listed()
        server.start()
        server.wait_until(
            lambda: original.get(f"/v1/jobs/{accepted['job_id']}")["progress"]["done"] >= len(kept), 100
        )
        original.http.post(f"/v1/jobs/{accepted['job_id']}/cancel")
        assert original.get("/integrity/stems")["status"] == "ok"
        assert original.get("/integrity/stems-index")["status"] == "ok"
        assert kept <= server.listed()
