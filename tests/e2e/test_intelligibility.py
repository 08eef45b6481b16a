"""A listener understands what the whole service says; the meter tells damage apart (see meters/matrix.py)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from meters.matrix import MatrixMeter, Sentence, sentences

from .server import Server
from .sound import Signal, decode

RATE = 24_000


def speak(server: Server, words: Sentence) -> Signal:
    asked = {
        "model": "tts-1",
        "voice": "en-us",
        "input": f"{' '.join(words).capitalize()}.",
        "response_format": "wav",
    }
    answer = server.http.post("/v1/audio/speech", json=asked)
    assert answer.status_code == 200, answer.text
    samples, rate = decode(answer.content)
    assert rate == RATE
    return samples


def with_gaps(samples: Signal) -> Signal:
    """Half of its 100 ms blocks, at random, are silent."""
    size = RATE // 10
    kept = np.random.default_rng(3).random(-(-len(samples) // size)) >= 0.5
    return samples * np.repeat(kept, size)[: len(samples), np.newaxis]


def test_thirty_matrix_sentences(server: Server) -> None:
    said = sentences(30)
    with ThreadPoolExecutor(4) as several:
        clips = list(several.map(lambda words: speak(server, words), said))
    meter = MatrixMeter()
    assert meter.score(clips, RATE, said) >= 0.95
    assert meter.score([with_gaps(clip) for clip in clips[:10]], RATE, said[:10]) < 0.6
