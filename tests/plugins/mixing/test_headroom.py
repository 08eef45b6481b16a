"""A master that keeps the headroom its format declares stays under the ceiling after decoding, at about its bit rate."""

from __future__ import annotations

import numpy as np
import pytest
from meters.levels import decoded, true_peak
from meters.overshoot import encoded

from mixdown_kernel import Encoding, Problem, Samples
from mixdown_mixing.backend import load_numpy
from mixdown_mixing.encoders import BuiltinEncoders
from mixdown_mixing.limiter import MARGIN_DB

from .sounds import RATE, programme, run
from .test_stretch import speech

ENCODERS = BuiltinEncoders()
CEILING = -1.0


def sound(rate: int, channels: int) -> Samples:
    """A clean voice with pauses, and in stereo dense noise under it; 10 s."""
    voice = np.tile(np.concatenate([speech(3.5, 1)[0], np.zeros((24_000, 1), np.float32)]), (2, 1))
    if rate == 24_000:
        return voice * np.float32(3)
    resampler = load_numpy().resampler(24_000, rate, 1)
    louder = run(resampler, voice, rate) * np.float32(3)
    return louder if channels == 1 else louder + programme(9, level=0.1)[: len(louder)]


CASES = [("mp3", 1, None), ("mp3", 1, 32), ("mp3", 2, None), ("mp3", 2, 96), ("mp3", 2, 320)]
CASES += [("opus", 1, None), ("opus", 1, 24), ("opus", 2, None), ("opus", 2, 64)]
CASES += [("aac", 1, None), ("aac", 1, 48), ("aac", 2, None), ("aac", 2, 96)]


@pytest.mark.parametrize(("name", "channels", "kbps"), CASES)
def test_decoded_it_stays_under_the_ceiling(name: str, channels: int, kbps: int | None) -> None:
    rate, encoding = 24_000 * channels, Encoding(format=name, bitrate_kbps=kbps)
    headroom = ENCODERS.headroom_db(encoding, rate, channels)
    limiter = load_numpy().limiter(rate, channels, CEILING - headroom)
    master = run(limiter, sound(rate, channels), rate)
    assert true_peak(master) == pytest.approx(CEILING - headroom - MARGIN_DB, abs=0.1)
    assert true_peak(decoded(encoded(ENCODERS, encoding, master, rate))[0]) <= CEILING


@pytest.mark.parametrize("name", ["wav", "pcm", "flac"])
def test_what_is_lossless_needs_no_headroom(name: str) -> None:
    assert ENCODERS.headroom_db(Encoding(format=name), RATE, 2) == 0


def test_more_bits_need_less_headroom() -> None:
    for name, rates in (("mp3", (64, 128, 320)), ("opus", (64, 128, 256)), ("aac", (64, 128, 320))):
        needed = [ENCODERS.headroom_db(Encoding(format=name, bitrate_kbps=kbps), RATE, 2) for kbps in rates]
        assert needed == sorted(needed, reverse=True)


def test_a_bit_rate_that_the_format_has_not_is_a_problem() -> None:
    with pytest.raises(Problem):
        ENCODERS.headroom_db(Encoding(format="mp3", bitrate_kbps=97), RATE, 2)


@pytest.mark.parametrize(
    ("name", "kbps", "framing"), [("opus", 64, 12), ("aac", 64, 3), ("aac", 96, 3), ("mp3", 96, 2)]
)
def test_a_clean_voice_is_no_larger_than_asked_for(name: str, kbps: int, framing: int) -> None:
    """Beside the container's own kbps; the coder of AAC needs some seconds to settle."""
    voice = np.tile(sound(24_000, 1), (4, 1))
    size = len(encoded(ENCODERS, Encoding(format=name, bitrate_kbps=kbps), voice, 24_000))
    assert size * 8 / 1000 / (len(voice) / 24_000) <= (kbps + framing) * 1.03
