"""Resampling: exact lengths, no delay, and nothing changed where nothing is asked."""

import numpy as np
import pytest

from mixdown_kernel import MixingBackend

from .sounds import noise, run, tone

# The code is the same in both backends.
pytestmark = pytest.mark.parametrize("mixing", ["numpy"], indirect=True)

RATES = [
    (24_000, 48_000),
    (48_000, 24_000),
    (22_050, 48_000),
    (44_100, 48_000),
    (48_000, 44_100),
    (16_000, 44_100),
]


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_the_length_is_exact(mixing: MixingBackend, rate_in: int, rate_out: int) -> None:
    for frames in (0, 1, 2, 3, 100, 12_345, 48_001):
        out = run(mixing.resampler(rate_in, rate_out, 2), noise(frames), 1013)
        assert out.shape == (round(frames * rate_out / rate_in), 2)
        assert out.dtype == np.float32


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_a_tone_stays_where_it_was(mixing: MixingBackend, rate_in: int, rate_out: int) -> None:
    out = run(mixing.resampler(rate_in, rate_out, 1), tone(rate_in, 1000, rate=rate_in), 4321)
    middle = slice(rate_out // 10, -rate_out // 10)
    assert np.abs(out - tone(rate_out, 1000, rate=rate_out))[middle].max() < 1e-4


def test_the_block_size_does_not_change_a_bit(mixing: MixingBackend) -> None:
    sound = noise(30_000, 2)
    whole = run(mixing.resampler(24_000, 48_000, 2), sound, 30_000)
    for size in (1, 480, 7777):
        part = sound[:2000] if size == 1 else sound
        expected = whole if size > 1 else run(mixing.resampler(24_000, 48_000, 2), part, 2000)
        assert np.array_equal(run(mixing.resampler(24_000, 48_000, 2), part, size), expected)


def test_equal_rates_pass_without_a_copy(mixing: MixingBackend) -> None:
    resampler, sound = mixing.resampler(48_000, 48_000, 2), noise(480)
    assert resampler.process(sound) is sound
    assert resampler.flush().shape == (0, 2)
