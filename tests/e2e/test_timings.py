"""Word times hold for the file that a user gets: compared with a forced alignment of what it decodes to."""

from __future__ import annotations

import numpy as np
import pytest
from meters.alignment import Aligner
from meters.timings import FIGURES, PAUSES, PLAIN, Errors, Passage, compare, passage

from mixdown_kernel import TimedWord

from .server import Server
from .sound import decode

WITHIN = 0.03
LINES = {
    name: text.strip().splitlines()
    for name, text in (("plain", PLAIN), ("pauses", PAUSES), ("figures", FIGURES))
}


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner()


def generate(server: Server, aligner: Aligner, said: Passage, **members: object) -> Errors:
    body = {"text": said.text, "voice": "en-us", **members}
    answer = server.http.post("/v1/audio/generate", json=body)
    assert answer.status_code == 200, answer.text
    made = answer.json()
    words = [
        TimedWord("voice", word["text"], word["start_ms"], word["end_ms"], word["start"], word["end"])
        for word in made["components"]["voice"]["words"]
    ]
    sound, rate = decode(server.http.get(made["audio_url"]).content)
    return compare(aligner, said, words, sound, rate)


def check(errors: Errors, *, slowed: float = 1.0) -> None:
    """Typical words are within half of what is promised, three quarters within all of it, and there is no bias."""
    assert not errors.skipped
    for found in (errors.starts, errors.ends):
        assert abs(np.median(found)) < WITHIN / 3
        assert np.median(np.abs(found)) < WITHIN / 2
        assert np.percentile(np.abs(found), 75) < WITHIN * slowed


@pytest.mark.parametrize("kind", LINES)
def test_fifteen_sentences(server: Server, aligner: Aligner, kind: str) -> None:
    check(generate(server, aligner, passage(" ".join(LINES[kind][:15])), output={"format": "flac"}))


@pytest.mark.parametrize("speed", [0.4, 0.5, 1.4, 2.0])
def test_at_another_speed(server: Server, aligner: Aligner, speed: float) -> None:
    """0.4 is stretched; there the meter, too, finds borders less exactly."""
    said = passage(" ".join(LINES["plain"][:4]))
    check(generate(server, aligner, said, speed=speed), slowed=max(1.0, 1 / speed))


def test_over_rain(server: Server, aligner: Aligner) -> None:
    rain = {"type": "rain", "volume": 3}
    check(
        generate(
            server, aligner, passage(" ".join(LINES["plain"][4:9])), background=rain, output={"tail_ms": 500}
        )
    )


@pytest.mark.parametrize(("format_", "late_ms"), [("mp3", 0), ("opus", 0), ("wav", 0), ("aac", 1024 / 48)])
def test_in_every_format(server: Server, aligner: Aligner, format_: str, late_ms: float) -> None:
    """AAC has no place for its encoder's delay: 1024 frames."""
    errors = generate(server, aligner, passage(" ".join(LINES["plain"][9:13])), output={"format": format_})
    errors.starts = [error + late_ms / 1000 for error in errors.starts]
    errors.ends = [error + late_ms / 1000 for error in errors.ends]
    check(errors)
