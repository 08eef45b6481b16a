"""The true-peak limiter: what it holds, what it leaves alone, and that nobody hears how it was fed."""

import numpy as np
import pyebur128
import pytest
from scipy.signal import resample_poly

from mixdown_kernel import MixingBackend, Samples

from .sounds import RATE, noise, programme, run, tone


def dense_peak(samples: Samples) -> float:
    """True peak in dB by eightfold oversampling with scipy's filter, which is not ours."""
    return float(20 * np.log10(np.abs(resample_poly(samples.astype(np.float64), 8, 1, axis=0)).max()))


def ebu_peak(samples: Samples) -> float:
    state = pyebur128.R128State(samples.shape[1], RATE, 49)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), samples.shape[0])
    return float(20 * np.log10(max(pyebur128.get_true_peak(state, c) for c in range(samples.shape[1]))))


LOUD = {
    "programme": programme(2, level=0.5),
    "between the samples": tone(RATE, 12_000, amplitude=1.25, channels=2)[3:] * 1,
    "clicks": np.where(np.random.default_rng(5).random((2 * RATE, 2)) < 2e-4, 3.0, 0.01).astype(np.float32),
    "bass": tone(RATE, 40, amplitude=4, channels=2),
    "noise to half the rate": noise(2 * RATE, level=0.6, seed=7),
    "rising to half the rate": np.diff(noise(2 * RATE + 1, level=0.5, seed=8), axis=0),
    "square": np.sign(tone(RATE, 331, channels=2)) * np.float32(1.5),
}


@pytest.mark.parametrize("name", LOUD)
@pytest.mark.parametrize("ceiling", [-1.0, -6.0])
def test_no_true_peak_above_the_ceiling(mixing: MixingBackend, name: str, ceiling: float) -> None:
    out = run(mixing.limiter(RATE, 2, ceiling), LOUD[name], RATE)
    assert out.shape == LOUD[name].shape
    assert dense_peak(out) <= ceiling + 0.05
    if name != "clicks":  # libebur128's twelve taps overshoot on lone samples
        assert ebu_peak(out) <= ceiling + 0.05


def test_a_peak_between_two_samples_is_seen(mixing: MixingBackend) -> None:
    frames = np.arange(RATE)
    sine = (1.1 * np.sin(2 * np.pi * frames / 4 + np.pi / 4)).astype(np.float32)[:, None]
    sine *= np.hanning(RATE).astype(np.float32)[:, None]
    assert np.abs(sine).max() < 0.8  # every sample is below the ceiling
    assert dense_peak(sine) > 0.5
    assert dense_peak(run(mixing.limiter(RATE, 1, -1.0), sine, 4800)) <= -0.95


@pytest.mark.parametrize("size", [1, 97, 480, 4800, 33_333])
def test_the_block_size_does_not_change_a_bit(mixing: MixingBackend, size: int) -> None:
    sound = LOUD["programme"][: RATE // 4 if size == 1 else RATE]
    whole = run(mixing.limiter(RATE, 2, -1.0), sound, sound.shape[0])
    assert np.array_equal(run(mixing.limiter(RATE, 2, -1.0), sound, size), whole)
    assert not np.array_equal(whole, sound)


def test_what_stays_below_the_ceiling_passes_bit_for_bit(mixing: MixingBackend) -> None:
    quiet = noise(2 * RATE, level=0.1)
    assert np.array_equal(run(mixing.limiter(RATE, 2, -1.0), quiet, 4801), quiet)


def test_it_lets_go_again(mixing: MixingBackend) -> None:
    sound = noise(3 * RATE, level=0.1)
    sound[RATE : RATE + 4800] *= 30
    out = run(mixing.limiter(RATE, 2, -1.0), sound, 4800)
    assert np.array_equal(out[: RATE - 480], sound[: RATE - 480])
    assert np.array_equal(out[2 * RATE :], sound[2 * RATE :])


def test_a_long_steady_reduction_does_not_drift(mixing: MixingBackend) -> None:
    sound = tone(4 * RATE, 997, amplitude=1.5)
    out = run(mixing.limiter(RATE, 1, -1.0), sound, RATE)
    levels = np.abs(out).reshape(8, -1).max(axis=1)
    assert np.allclose(levels[1:-1], 10 ** (-1.1 / 20), rtol=2e-3)


def test_the_gain_moves_without_a_step(mixing: MixingBackend) -> None:
    sound = np.full((RATE, 1), 0.5, np.float32)
    sound[20_000:30_000] = 2.0
    kernel = np.hanning(2001) / np.hanning(2001).sum()
    sound = np.convolve(sound[:, 0], kernel, "same").astype(np.float32)[:, None]
    out = run(mixing.limiter(RATE, 1, -1.0), sound, RATE)
    gain = out[1000:-1000, 0] / sound[1000:-1000, 0]
    assert gain.min() < 0.5
    assert np.abs(np.diff(gain)).max() < 3e-3


def test_a_sudden_peak_is_met_by_a_ramp_that_began_before_it(mixing: MixingBackend) -> None:
    sound = np.full((RATE, 1), 0.1, np.float32)
    sound[RATE // 2] = 3.0
    gain = run(mixing.limiter(RATE, 1, -1.0), sound, RATE)[:, 0] / sound[:, 0]
    assert gain[RATE // 2] < 0.3
    assert 3 < 1000 * (RATE // 2 - np.flatnonzero(gain < 1)[0]) / RATE < 8
    assert np.abs(np.diff(gain)).max() < 0.7 / (0.002 * RATE)


@pytest.mark.parametrize("frames", [0, 1, 5, 47, 48, 300, 1000])
def test_short_sounds_keep_their_length(mixing: MixingBackend, frames: int) -> None:
    sound = np.full((frames, 2), 1.7, np.float32)
    out = run(mixing.limiter(RATE, 2, -1.0), sound, 10)
    assert out.shape == sound.shape
    assert np.abs(out).max(initial=0) <= 0.892


def test_channels_move_together(mixing: MixingBackend) -> None:
    sound = programme(2, level=0.1)
    sound[:, 1] *= 10
    out = run(mixing.limiter(RATE, 2, -1.0), sound, RATE)
    heard = np.abs(sound).min(axis=1) > 1e-3
    gains = out[heard] / sound[heard]
    assert np.allclose(gains[:, 0], gains[:, 1], rtol=1e-5)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 96_000])
def test_it_works_at_other_rates(mixing: MixingBackend, rate: int) -> None:
    sound = programme(2, level=0.5)[:, :1]
    out = run(mixing.limiter(rate, 1, -1.0), sound, 3331)
    assert dense_peak(out) <= -0.95


def test_channels_must_be_those_it_was_made_for(mixing: MixingBackend) -> None:
    with pytest.raises(ValueError, match="2 channels"):
        mixing.limiter(RATE, 2, -1.0).process(noise(480, 1))
