"""What `POST /v1/audio/generate` promises, heard in what it made."""

from __future__ import annotations

import io
import json
import re
import wave
from typing import Any

import httpx
import numpy as np
import pytest

from .conftest import Website
from .server import Server, events
from .sound import decode, rms

TEXT = "Rain falls on the seven old houses. It costs $5.20, and nobody pays."
TRACKS = {"format": "wav", "separate_tracks": True}


def ask(server: Server, **members: Any) -> httpx.Response:
    return server.http.post("/v1/audio/generate", json={"text": TEXT, **members})


def generate(server: Server, **members: Any) -> dict[str, Any]:
    answer = ask(server, **members)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fetch(url: str) -> np.ndarray:
    return decode(httpx.get(url).content)[0]


# ---------------------------------------------------------------- levels


def test_volume_80_over_volume_20_is_a_factor_of_4(server: Server) -> None:
    loud, quiet = (
        generate(server, background={"type": "rain", "volume": volume}, output=TRACKS) for volume in (80, 20)
    )
    tracks = [fetch(one["components"]["background"]["url"]) for one in (loud, quiet)]
    gains = [10 ** (one["receipt"]["loudness"]["gain_db"] / 20) for one in (loud, quiet)]
    # A component's track carries the master's gain, so that tracks sum to the mix.
    assert (rms(tracks[0]) / gains[0]) / (rms(tracks[1]) / gains[1]) == pytest.approx(4, rel=0.001)


def test_tracks_sum_to_the_mix_before_its_limiter(server: Server) -> None:
    found = generate(
        server,
        background={"type": "rain", "volume": 10},
        music={"genre": "lofi", "volume": 10},
        output=TRACKS | {"loudness": -30},
        seed=1,
    )
    assert not found["receipt"]["loudness"]["limited"]
    parts = [fetch(component["url"]) for component in found["components"].values()]
    mix = fetch(found["audio_url"])
    assert len(parts) == 3
    assert np.abs(sum(parts) - mix).max() <= 1 / 32_768  # the mix is 16 bit


def test_the_loudness_target_is_met_and_measured(server: Server) -> None:
    found = generate(server, background={"type": "rain"}, output={"format": "wav", "loudness": -23})
    loudness = found["receipt"]["loudness"]
    assert loudness["integrated_lufs"] == pytest.approx(-23, abs=0.2)
    assert loudness["true_peak_dbtp"] <= -1


def test_a_tail_is_played_after_the_voice(server: Server) -> None:
    bed = {"background": {"type": "rain"}}
    short = generate(server, **bed, output={"format": "wav"})
    long = generate(server, **bed, output={"format": "wav", "tail_ms": 1500})
    assert long["receipt"]["frames"] - short["receipt"]["frames"] == 72_000
    assert rms(fetch(long["audio_url"])[-72_000:-48_000]) > 0.001


def test_music_has_the_tempo_that_was_asked_for(server: Server) -> None:
    """Onsets repeat with the bar: the drums' envelope looks most like itself four beats later."""
    found = generate(
        server, text=" ".join([TEXT] * 5), music={"genre": "electronic", "bpm": 120, "stems": True}, seed=2
    )
    stems = found["components"]["music"]["stems"]
    assert "drums" in stems
    drums, rate = decode(httpx.get(stems["drums"]).content)
    hop = rate // 100
    energy = np.square(drums[: len(drums) // hop * hop]).reshape(-1, hop * drums.shape[1]).sum(axis=1)
    onsets = np.maximum(np.diff(np.log1p(energy)), 0)
    likeness = {lag: float(np.dot(onsets[:-lag], onsets[lag:])) for lag in range(160, 240)}
    assert max(likeness, key=lambda lag: likeness[lag]) in (199, 200, 201)  # 120 a minute: 2 s a bar


# ---------------------------------------------------------------- timings


def test_words_map_to_the_original_text(server: Server) -> None:
    found = generate(server)
    voice = found["components"]["voice"]
    words = voice["words"]
    assert [TEXT[word["start"] : word["end"]] for word in words] == [word["text"] for word in words]
    assert [word["text"].rstrip(".,") for word in words] == [word.rstrip(".,") for word in TEXT.split()]
    times = [edge for word in words for edge in (word["start_ms"], word["end_ms"])]
    assert times == sorted(times)
    assert times[-1] <= found["duration_ms"]
    assert len(voice["timestamps"]) == 2
    assert voice["timestamps"][0][1] <= voice["timestamps"][1][0]


def test_captions_can_be_read_back(server: Server) -> None:
    srt = generate(server, output={"captions": "srt"})["captions"]
    vtt = generate(server, output={"captions": "vtt"})["captions"]
    assert httpx.get(srt["url"]).text == srt["text"]
    assert httpx.get(vtt["url"]).headers["content-type"].startswith("text/vtt")
    assert vtt["text"].startswith("WEBVTT\n\n")
    clock = r"(\d\d:\d\d:\d\d[,.]\d{3})"
    for text in (srt["text"], vtt["text"].removeprefix("WEBVTT\n\n")):
        cues = text.strip().split("\n\n")
        assert [cue.split("\n")[0] for cue in cues] == [str(number) for number in range(1, len(cues) + 1)]
        spans = [re.fullmatch(f"{clock} --> {clock}", cue.split("\n")[1]).groups() for cue in cues]  # type: ignore[union-attr]
        assert [edge for span in spans for edge in span] == sorted(edge for span in spans for edge in span)
        assert " ".join(" ".join(cue.split("\n")[2:]) for cue in cues) == TEXT


def test_ssml_is_spoken_with_its_pauses_and_marks(server: Server) -> None:
    text = '<speak>Hello <break time="1500ms"/> there.<mark name="end"/></speak>'
    found = generate(server, text=text)
    hello, there = found["components"]["voice"]["words"]
    assert there["start_ms"] - hello["end_ms"] >= 1400
    assert [text[word["start"] : word["end"]] for word in (hello, there)] == ["Hello", "there."]
    assert [mark["name"] for mark in found["components"]["voice"]["marks"]] == ["end"]


# ---------------------------------------------------------------- seeds, receipts, dry runs


def test_one_seed_one_render(server: Server) -> None:
    asked = {"music": {"genre": "jazz"}, "background": {"type": "rain"}, "output": {"format": "wav"}}
    first, second, other = (generate(server, **asked, seed=seed) for seed in (7, 7, 8))
    assert first["receipt"]["content_sha256"] == second["receipt"]["content_sha256"]
    assert (first["cached"], second["cached"], other["cached"]) == (False, True, False)
    assert first["audio_url"] == second["audio_url"]
    assert other["receipt"]["content_sha256"] != first["receipt"]["content_sha256"]
    bytes_ = httpx.get(first["audio_url"])
    assert bytes_.headers["etag"] == f'"{first["receipt"]["content_sha256"]}"'


def test_without_a_seed_one_is_drawn_and_told(server: Server) -> None:
    asked = {"music": {"genre": "lofi"}, "output": {"format": "wav"}}
    first, second = generate(server, **asked), generate(server, **asked)
    assert first["receipt"]["seed"] != second["receipt"]["seed"]
    again = generate(server, **asked, seed=first["receipt"]["seed"])
    assert again["receipt"]["content_sha256"] == first["receipt"]["content_sha256"]


def test_the_receipt_names_who_made_what(server: Server) -> None:
    receipt = generate(server, background={"type": "rain"}, music={"genre": "lofi"})["receipt"]
    made = {source["layer"]: (source["backend"], source["plugin"]) for source in receipt["sources"]}
    assert made["voice"] == ("espeak", "espeak")
    assert set(made) == {"voice", "background", "music"}
    for source in receipt["sources"]:
        assert re.fullmatch(r"[0-9a-f]{64}", source["signature"])
        assert source["version"]
    assert receipt["frames"] > 0


def test_a_dry_run_makes_no_sound(server: Server) -> None:
    files, listed, spoken = server.files_at_rest(), server.listed(), server.spoken()
    found = generate(
        server, text="Words that nobody has said here.", background={"type": "wind"}, music={}, dry_run=True
    )
    assert found["dry_run"] is True
    assert found["estimated_duration_ms"] > 500
    assert {layer["backends"][0] for layer in found["layers"]} == {"espeak", "composer", "loops"}
    assert (server.files(), server.listed(), server.spoken()) == (files, listed, spoken)


def test_a_dry_run_knows_what_is_kept(server: Server) -> None:
    asked = {"text": "Kept words.", "seed": 12}
    assert not generate(server, **asked, dry_run=True)["cached"]
    generate(server, **asked)
    assert generate(server, **asked, dry_run=True)["cached"]


# ---------------------------------------------------------------- jobs


def test_a_job_instead_of_waiting(server: Server) -> None:
    answer = server.http.post(
        "/v1/audio/generate",
        json={"text": TEXT, "music": {}, "seed": 21, "output": {"format": "flac"}},
        headers={"prefer": "respond-async"},
    )
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
    with server.http.stream("GET", f"{answer.headers['location']}/events") as stream:
        seen = events(stream.iter_lines())
    name, last = seen[-1]
    job = json.loads(last)
    assert (name, job["state"]) == ("end", "succeeded")
    assert {name for name, _ in seen[:-1]} <= {"progress"}
    assert len(fetch(job["result"]["audio_url"])) == job["result"]["receipt"]["frames"]


def test_an_idempotency_key_names_one_job(server: Server) -> None:
    headers = {"prefer": "respond-async", "idempotency-key": "once"}
    first, second = (
        server.http.post("/v1/audio/generate", json={"text": "Once."}, headers=headers).json()["id"]
        for _ in range(2)
    )
    assert first == second


# ---------------------------------------------------------------- outside audio


def tone(seconds: float, rate: int = 44_100) -> bytes:
    samples = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(int(seconds * rate)) / rate)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes((samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def test_a_loop_of_ones_own(server: Server, website: Website) -> None:
    """Half a second of a tone, repeated for as long as the voice speaks."""
    url = website.put("tone.wav", tone(0.5))
    found = generate(
        server, background={"type": "custom", "custom_audio_url": url, "volume": 50}, output=TRACKS
    )
    assert found["components"]["background"]["type"] == "custom"
    bed = fetch(found["components"]["background"]["url"]).mean(axis=1)
    assert len(bed) > 3 * 48_000
    for start in range(48_000, len(bed) - 2 * 48_000, 24_000):
        second = bed[start : start + 4800] * np.hanning(4800)
        assert abs(np.argmax(np.abs(np.fft.rfft(second))) * 10 - 1000) <= 10


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/a.wav",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.wav",
        "http://[::ffff:10.0.0.1]/a.wav",
        "http://2130706433/a.wav",
        "http://0x7f.1/a.wav",
        "http://localhost/a.wav",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "ftp://example.com/a.wav",
        "http://user:secret@example.com/a.wav",
    ],
)
def test_a_url_that_points_inside_is_refused(server: Server, url: str) -> None:
    files = server.files_at_rest()
    answer = ask(server, background={"type": "custom", "custom_audio_url": url})
    assert answer.status_code == 400, answer.text
    found = answer.json()
    assert (found["error"], found["field"]) == ("UNSAFE_URL", "background.custom_audio_url")
    assert "secret" not in answer.text
    assert server.files_at_rest() == files


def bombs() -> dict[str, bytes]:
    """Files that are not what they say, or far more than they look."""
    sound = tone(0.2)
    endless = sound[:4] + b"\xff\xff\xff\xff" + sound[8:40] + b"\xff\xff\xff\xff" + sound[44:]
    return {
        "empty.wav": b"",
        "text.mp3": b"This is no sound at all. " * 40,
        "header.wav": sound[:44],
        "short.flac": b"fLaC" + bytes(30),
        "channels.wav": sound[:22] + b"\xff\xff" + sound[24:],
        "rate.wav": sound[:24] + b"\xff\xff\xff\xff" + sound[28:],
        "page.html": b"<html><body>Not found</body></html>",
        "playlist.m3u8": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "endless-and-empty.wav": endless[:44],
    }


@pytest.mark.parametrize("name", bombs())
def test_a_file_that_is_no_sound_is_refused(server: Server, website: Website, name: str) -> None:
    files, listed = server.files_at_rest(), server.listed()
    url = website.put(name, bombs()[name])
    answer = ask(server, background={"type": "custom", "custom_audio_url": url})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["field"] == "background.custom_audio_url"
    assert (server.files(), server.listed()) == (files, listed)


def test_what_is_missing_there_is_said(server: Server, website: Website) -> None:
    url = f"http://127.0.0.1:{website.port}/nothing.wav"
    answer = ask(server, background={"type": "custom", "custom_audio_url": url})
    assert (answer.status_code, answer.json()["error"]) == (502, "FETCH_FAILED")
    assert "404" in answer.json()["message"]
