"""The ceiling is kept by what a listener decodes, whatever the coder does to the peaks; and the loudness is met."""

from __future__ import annotations

import httpx
import pytest
from meters.levels import loudness, true_peak

from .server import Server
from .sound import decode

LOUD = {"background": {"type": "fireplace", "volume": 60}, "music": {"genre": "electronic", "volume": 80}}


@pytest.mark.parametrize(
    ("format_", "bitrate"),
    [("wav", None), ("flac", None), ("mp3", None), ("mp3", 96), ("opus", None), ("opus", 64), ("aac", None)],
)
def test_a_loud_mix_decodes_below_the_ceiling_at_its_loudness(
    server: Server, format_: str, bitrate: int | None
) -> None:
    output = {"format": format_, "loudness": -12} | ({"bitrate_kbps": bitrate} if bitrate else {})
    body = {"text": "It is late, and the fire burns on.", "seed": 5, "output": output, **LOUD}
    answer = server.http.post("/v1/audio/generate", json=body)
    assert answer.status_code == 200, answer.text
    samples, rate = decode(httpx.get(answer.json()["audio_url"]).content)
    assert true_peak(samples) <= -1.0
    assert loudness(samples, rate) == pytest.approx(-12, abs=0.2)
