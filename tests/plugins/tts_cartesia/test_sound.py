"""Samples as they were sent, in every format of the contract."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from mixdown_kernel.testing.rendering import collect
from mixdown_tts_cartesia.pcm import Decoder

from .conftest import OpenSonic, say
from .stand_in import StandIn
from .stand_in.rules import RATES
from .stand_in.speech import SUBTYPES, speech

STEP = {"pcm_f32le": 0, "pcm_s16le": 1 / 32768, "pcm_mulaw": 0.02, "pcm_alaw": 0.02}
TEXT = "One two."


@pytest.mark.parametrize("encoding", STEP)
async def test_every_encoding(sonic: OpenSonic, cartesia: StandIn, transport: str, encoding: str) -> None:
    cartesia.piece_seconds = 0.0371  # pieces of an odd number of samples
    backend = await sonic(transport=transport, encoding=encoding, sample_rate=8000)
    render = await collect(backend, say(TEXT))
    made = speech(cartesia.requests[0]).samples
    assert render.audio.samples.shape == (len(made), 1)
    assert np.abs(render.audio.samples[:, 0] - made).max() <= STEP[encoding]


@pytest.mark.parametrize("rate", sorted(RATES))
async def test_every_rate(sonic: OpenSonic, transport: str, rate: int) -> None:
    backend = await sonic(transport=transport, sample_rate=rate)
    render = await collect(backend, say(TEXT))
    assert (render.audio.rate, render.audio.frames) == (rate, round(0.06 * rate) * len(TEXT))


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "pcm_alaw"])
def test_every_code_of_g711_is_what_libsndfile_says(encoding: str) -> None:
    codes = bytes(range(256))
    theirs, _ = soundfile.read(
        io.BytesIO(codes),
        dtype="float32",
        format="RAW",
        subtype=SUBTYPES[encoding],
        samplerate=8000,
        channels=1,
    )
    ours = Decoder(encoding, 8000).feed(codes).samples[:, 0]
    assert np.array_equal(ours, theirs)


def test_samples_of_16_bits_come_back_exactly() -> None:
    pcm = np.arange(-32768, 32768, dtype="<i2")
    samples = Decoder("pcm_s16le", 48000).feed(pcm.tobytes()).samples[:, 0]
    assert np.array_equal((samples * 32768).astype("<i2"), pcm)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_pieces_may_end_within_a_sample(size: int) -> None:
    pcm = np.linspace(-1, 1, 99, dtype="<f4").tobytes()
    decoder = Decoder("pcm_f32le", 48000)
    pieces = [decoder.feed(pcm[start : start + size]).samples for start in range(0, len(pcm), size)]
    decoder.finish()
    assert np.concatenate(pieces).tobytes() == pcm
