"""Finished audio: made, planned, fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from mixdown_client import AsyncMixdown, Mixdown, MixdownError

from .conftest import PUBLIC_URL

TEXT = "It's a rainy day."


def test_a_render_is_described_and_downloaded(mixdown: Mixdown, tmp_path: Path) -> None:
    made = mixdown.generate(
        TEXT,
        voice="en_us_001",
        background={"type": "rain", "volume": 30},
        music={"genre": "lofi", "bpm": 80},
        output={"format": "wav", "captions": "vtt", "separate_tracks": True},
    )
    assert [word.text for word in made.components.voice.words][:2] == ["It's", "a"]
    assert made.components.music
    assert made.components.music.bpm == 80
    assert made.captions
    assert mixdown.fetch(made.captions.url).decode() == made.captions.text
    assert made.components.background
    for url in (made.audio_url, made.components.voice.url, made.components.background.url):
        assert url
        path = mixdown.download(url, tmp_path / "audio.wav")
        assert path.read_bytes().startswith(b"RIFF")


def test_a_render_is_asked_of_the_server_that_we_know(mixdown: Mixdown) -> None:
    """Its URL may name a host that we do not reach, and our key must not go there."""
    url = mixdown.generate(TEXT).audio_url
    assert url.startswith(PUBLIC_URL)
    assert mixdown.fetch(url) == mixdown.fetch(url.rpartition("/")[2])


@pytest.mark.parametrize("url", ["", "http://elsewhere.example/song.mp3", "http://x/v1/renders/a/b"])
def test_other_urls_are_not_fetched(mixdown: Mixdown, url: str) -> None:
    with pytest.raises(ValueError, match="no URL of a render"):
        mixdown.fetch(url)


def test_equal_seeds_make_equal_renders(mixdown: Mixdown) -> None:
    first = mixdown.generate(TEXT, seed=7, music={"genre": "lofi"})
    again = mixdown.generate(TEXT, seed=7, music={"genre": "lofi"})
    assert (first.cached, again.cached) == (False, True)
    assert first.audio_url == again.audio_url


def test_a_dry_run_estimates_and_makes_nothing(mixdown: Mixdown) -> None:
    plan = mixdown.dry_run(TEXT, background={"type": "rain"})
    assert plan.estimated_duration_ms > 500
    assert [layer["id"] for layer in plan.layers] == ["voice", "background"]
    assert not plan.cached


def test_a_download_that_fails_leaves_the_old_file(mixdown: Mixdown, tmp_path: Path) -> None:
    path = tmp_path / "audio.mp3"
    path.write_bytes(b"before")
    with pytest.raises(MixdownError) as caught:
        mixdown.download("0" * 32, path)
    assert (caught.value.status, caught.value.code) == (404, "unknown_render")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_server_has_is_listed(mixdown: Mixdown) -> None:
    assert {voice.language for voice in mixdown.voices(language="de")} == {"de"}
    assert next(voice for voice in mixdown.voices() if voice.id == "alloy").stands_for
    assert {"tts-1", "espeak"} <= {model.id for model in mixdown.models()}
    assert {plugin.state for plugin in mixdown.plugins().plugins} == {"active"}
    health = mixdown.health()
    assert (health.status, health.ready, health.missing_backends) == ("ok", True, [])


async def test_the_asynchronous_client_does_the_same(amixdown: AsyncMixdown, tmp_path: Path) -> None:
    made = await amixdown.generate(TEXT, seed=8, output={"format": "flac"})
    path = await amixdown.download(made.audio_url, tmp_path / "audio.flac")
    assert path.read_bytes() == await amixdown.fetch(made.audio_url)
    assert (await amixdown.dry_run(TEXT, seed=8, output={"format": "flac"})).cached
    assert await amixdown.voices(language="fr")
    assert await amixdown.models()
    assert (await amixdown.plugins()).backends
    assert (await amixdown.health()).status == "ok"
