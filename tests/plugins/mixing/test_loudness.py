"""The meter against libebur128 and against what the standard says of its test signals."""

from math import inf, isinf

import numpy as np
import pyebur128
import pytest

from mixdown_kernel import Meter, MixingBackend, Samples

from .sounds import RATE, cut, noise, programme, tone


def pushed(meter: Meter, samples: Samples, size: int = RATE) -> Meter:
    for block in cut(samples, size):
        meter.push(block)
    return meter


def reference(samples: Samples, rate: int = RATE) -> float:
    state = pyebur128.R128State(samples.shape[1], rate, 5)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), samples.shape[0])
    return float(pyebur128.get_loudness_global(state))


def test_the_standards_calibration_tone(mixing: MixingBackend) -> None:
    """BS.1770-4: 997 Hz at 0 dBFS in one channel reads -3.01 LUFS."""
    assert pushed(mixing.meter(RATE, 1), tone(5 * RATE, 997, amplitude=1)).loudness() == pytest.approx(
        -3.01, abs=0.02
    )


@pytest.mark.parametrize(
    ("channels", "rate"), [(1, 48_000), (2, 48_000), (2, 44_100), (1, 24_000), (2, 22_050)]
)
def test_loudness_is_libebur128s(mixing: MixingBackend, channels: int, rate: int) -> None:
    sound = programme(7.03)[:, :channels]
    assert pushed(mixing.meter(rate, channels), sound).loudness() == pytest.approx(
        reference(sound, rate), abs=1e-4
    )


def test_pauses_are_gated_out(mixing: MixingBackend) -> None:
    sound = programme(4)
    paused = np.concatenate([sound, np.zeros_like(sound), sound * np.float32(0.001), sound])
    assert pushed(mixing.meter(RATE, 2), paused).loudness() == pytest.approx(reference(paused), abs=1e-4)
    assert abs(reference(paused) - reference(sound)) < 1


@pytest.mark.parametrize("size", [1000, 4800, 44_444])
def test_the_block_size_does_not_change_a_bit(mixing: MixingBackend, size: int) -> None:
    sound = programme(3)
    whole, parts = (
        pushed(mixing.meter(RATE, 2), sound, sound.shape[0]),
        pushed(mixing.meter(RATE, 2), sound, size),
    )
    assert parts.loudness() == whole.loudness()
    assert parts.true_peak() == whole.true_peak()


def test_silence_is_minus_infinity(mixing: MixingBackend) -> None:
    for frames in (0, 480, 3 * RATE):
        meter = pushed(mixing.meter(RATE, 2), np.zeros((frames, 2), np.float32))
        assert meter.loudness() == meter.true_peak() == -inf


def test_a_clip_too_short_to_gate_is_measured_over_its_own_length(mixing: MixingBackend) -> None:
    long = pushed(mixing.meter(RATE, 1), tone(3 * RATE, 500)).loudness()
    for ms in (20, 100, 200, 399):
        short = pushed(mixing.meter(RATE, 1), tone(ms * RATE // 1000, 500)).loudness()
        assert short == pytest.approx(long, abs=0.3)


def test_a_whisper_below_the_absolute_gate_has_no_loudness(mixing: MixingBackend) -> None:
    for frames in (RATE // 10, 3 * RATE):
        assert isinf(pushed(mixing.meter(RATE, 1), tone(frames, 500, amplitude=1e-5)).loudness())


def test_true_peak_finds_what_lies_between_samples(mixing: MixingBackend) -> None:
    frames = np.arange(RATE)
    sine = (0.5 * np.sin(2 * np.pi * frames / 4 + np.pi / 4)).astype(np.float32)[:, None]
    assert 20 * np.log10(np.abs(sine).max()) == pytest.approx(-9.03, abs=0.01)
    meter = pushed(mixing.meter(RATE, 1), sine * np.hanning(RATE).astype(np.float32)[:, None])
    assert meter.true_peak() == pytest.approx(-6.02, abs=0.02)


def test_true_peak_agrees_with_libebur128(mixing: MixingBackend) -> None:
    for seed in range(3):
        sound = programme(2, seed=seed)
        state = pyebur128.R128State(2, RATE, 49)
        state.add_frames(sound.reshape(-1), sound.shape[0])
        theirs = 20 * np.log10(max(pyebur128.get_true_peak(state, c) for c in range(2)))
        assert pushed(mixing.meter(RATE, 2), sound).true_peak() == pytest.approx(theirs, abs=0.1)


def test_the_last_sample_counts(mixing: MixingBackend) -> None:
    sound = noise(RATE + 7, 1, level=0.01)
    sound[-1] = 0.9
    meter = pushed(mixing.meter(RATE, 1), sound)
    assert meter.true_peak() >= 20 * np.log10(0.9) - 1e-6
    assert meter.true_peak() == meter.true_peak()


def test_channels_must_be_those_it_was_made_for(mixing: MixingBackend) -> None:
    with pytest.raises(ValueError, match="2 channels"):
        mixing.meter(RATE, 2).push(noise(480, 1))
