"""Figures by route template, for machines and for people, apart for each application."""

from __future__ import annotations

import pytest
from fastapi import APIRouter
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mixdown_kernel import Receipt, SourceReceipt


@pytest.fixture
def app(make_app):
    app = make_app(rate_limit="off")
    router = APIRouter()

    @router.get("/{voice_id}")
    async def voice(voice_id: int) -> str:
        return "voice"

    @router.get("/{voice_id}/files/{file:path}")
    async def file(voice_id: str, file: str) -> str:
        return "file"

    app.include_router(router, prefix="/v1/voices")
    app.mount("/static", Mount("", routes=[Route("/{name}", lambda request: PlainTextResponse("static"))]))
    return app


async def test_requests_are_counted_by_template_method_and_status(app, ask):
    async with ask(app) as client:
        for path in (
            "/v1/voices/1",
            "/v1/voices/2",
            "/v1/voices/x",
            "/v1/voices/1/files/a/b.wav",
            "/nowhere/1",
            "/nowhere/2",
        ):
            await client.get(path)
        await client.request("BREW", "/v1/voices/1")
        text = (await client.get("/metrics")).text
    for labels, count in (
        ('method="GET",route="/v1/voices/{voice_id}",status="200"', 2),
        ('method="GET",route="/v1/voices/{voice_id}",status="400"', 1),
        ('method="GET",route="/v1/voices/{voice_id}/files/{file}",status="200"', 1),
        ('method="GET",route="(unmatched)",status="404"', 2),
        ('method="OTHER",route="/v1/voices/{voice_id}",status="405"', 1),
    ):
        assert f"mixdown_http_requests_total{{{labels}}} {count}.0" in text.replace("{file:path}", "{file}")
    assert 'mixdown_http_sent_bytes_total{route="/v1/voices/{voice_id}"}' in text
    assert "mixdown_http_requests_in_flight 1.0" in text


async def test_names_below_a_mount_are_no_labels(app, ask, tmp_path):
    (tmp_path / "secret-name").write_text("file")
    app.mount("/files", StaticFiles(directory=tmp_path))
    async with ask(app) as client:
        assert (await client.get("/static/secret-name")).text == "static"
        assert (await client.get("/files/secret-name")).text == "file"
        text = (await client.get("/metrics")).text
    assert "secret-name" not in text
    assert 'route="/static/{name}"' in text
    assert 'route="/files/*"' in text


async def test_the_json_view_holds_the_same_figures(app, ask):
    async with ask(app) as client:
        await client.get("/v1/voices/1")
        figures = (await client.get("/api/v1/metrics")).json()
    assert figures["mixdown_http_requests_total"] == [
        {"labels": {"method": "GET", "route": "/v1/voices/{voice_id}", "status": "200"}, "value": 1.0}
    ]
    assert not [name for name in figures if name.endswith("_bucket")]


async def test_the_kernels_hooks_count_renders_and_failures(app, ask):
    metrics = app.state.edge.metrics
    source = SourceReceipt(
        layer="v", role="synthesis", backend="espeak", plugin="p", version="1", signature="s"
    )
    metrics.render_finished(
        Receipt(
            kernel="1", mix_signature="m", seed=1, rate=24_000, channels=1, frames=48_000, master="live",
            sources=(source,), stages_ms={"synthesis": 500.0},
        )
    )  # fmt: skip
    metrics.backend_failed("synthesis", "kokoro", RuntimeError("no"))
    async with ask(app) as client:
        text = (await client.get("/metrics")).text
    for line in (
        'mixdown_renders_total{master="live"} 1.0',
        "mixdown_audio_seconds_total 2.0",
        'mixdown_stage_seconds_total{stage="synthesis"} 0.5',
        'mixdown_stage_rtf_sum{stage="synthesis"} 0.25',
        'mixdown_sources_total{backend="espeak",cached="false",role="synthesis"} 1.0',
        'mixdown_backend_failures_total{backend="kokoro",error="RuntimeError",role="synthesis"} 1.0',
    ):
        assert line in text


def test_applications_have_figures_of_their_own(make_app):
    first, second = make_app().state.edge.metrics, make_app().state.edge.metrics
    first.audio.inc(5)
    assert b"mixdown_audio_seconds_total 0.0" in second.text()
