"""Mixing, part three: what `Resampler` and ``stretch`` owe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Audio, Samples
from mixdown_kernel.contracts import MixingBackend
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.signals import (
    constant,
    cut,
    dominant_frequency,
    faded,
    noise,
    rms_db,
    signal_to_noise_db,
    sine,
)

RATE = 48_000
GRID = RATE // 100


class TimingContract(BackendContract):
    """`MixingBackend.resampler` and `MixingBackend.stretch`."""

    role: ClassVar[str] = "mixing"

    # ------------------------------------------------------------ resampler

    RATES: ClassVar[Sequence[tuple[int, int]]] = (
        (24_000, 48_000),
        (22_050, 48_000),
        (48_000, 16_000),
        (44_100, 24_000),
        (16_000, 44_100),
        (48_000, 48_000),
    )

    @pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
    def test_lengths_are_exact(self, opened: MixingBackend, rate_in: int, rate_out: int) -> None:
        for frames in (0, 1, 2, 3, 99, 4_410, 12_347):
            for sizes in ([max(1, frames)], [480], [1, 777]):
                out = resampled(opened, noise(frames), rate_in, rate_out, sizes)
                assert out.shape[0] == round(frames * rate_out / rate_in), (frames, sizes)

    @pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
    def test_a_sine_stays_itself_and_in_place(
        self, opened: MixingBackend, rate_in: int, rate_out: int
    ) -> None:
        out = resampled(opened, sine(1000, rate_in, rate_in), rate_in, rate_out, [480])
        ideal = sine(1000, rate_out, rate_out)
        middle = slice(rate_out // 4, 3 * rate_out // 4)
        assert signal_to_noise_db(out[middle], ideal[middle]) > 60

    def test_what_the_lower_rate_cannot_hold_is_removed(self, opened: MixingBackend) -> None:
        out = resampled(opened, faded(sine(12_000, RATE, RATE), 4_800), RATE, 16_000, [4_800])
        assert rms_db(out) < -60

    def test_resampling_does_not_mind_how_it_is_fed(self, opened: MixingBackend) -> None:
        signal = noise(12_345, channels=2)
        whole = resampled(opened, signal, 24_000, RATE, [signal.shape[0]])
        parted = resampled(opened, signal, 24_000, RATE, [1, 240, 777])
        assert np.allclose(whole, parted, atol=1e-5)

    def test_channels_stay_apart(self, opened: MixingBackend) -> None:
        signal = np.concatenate([noise(12_000), constant(0, 12_000)], axis=1)
        out = resampled(opened, signal, 24_000, RATE, [480])
        assert out[:, 0].any()
        assert not out[:, 1].any()

    # ------------------------------------------------------------ stretch

    SPEEDS: ClassVar[Sequence[float]] = (0.25, 0.5, 0.8, 1.0, 1.37, 2.0, 4.0)

    @pytest.mark.parametrize("speed", SPEEDS)
    def test_stretch_is_exactly_long(self, opened: MixingBackend, speed: float) -> None:
        for frames in (0, 1, 100, 5_001, 48_000):
            for channels in (1, 2):
                out = opened.stretch(Audio(noise(frames, channels=channels), 24_000), speed).check()
                assert (out.frames, out.channels, out.rate) == (round(frames / speed), channels, 24_000)

    @pytest.mark.parametrize("speed", SPEEDS)
    def test_stretch_keeps_pitch_and_level(self, opened: MixingBackend, speed: float) -> None:
        tone = Audio(sine(440, 4 * 24_000, 24_000), 24_000)
        out = opened.stretch(tone, speed)
        middle = out.samples[out.frames // 4 : 3 * out.frames // 4]
        assert abs(dominant_frequency(middle, 24_000) / 440 - 1) < 0.01
        assert abs(rms_db(middle) - rms_db(tone.samples)) < 1.5

    def test_stretch_keeps_the_order_of_events(self, opened: MixingBackend) -> None:
        """Two tones after each other at half the tempo: the change lies in the middle again."""
        low, high = sine(300, 24_000, 24_000), sine(900, 24_000, 24_000)
        out = opened.stretch(Audio(np.concatenate([low, high]), 24_000), 0.5).samples
        assert abs(dominant_frequency(out[4_000:44_000], 24_000) / 300 - 1) < 0.01
        assert abs(dominant_frequency(out[52_000:92_000], 24_000) / 900 - 1) < 0.01

    def test_the_same_again_gives_the_same_bits(self, opened: MixingBackend) -> None:
        audio = Audio(noise(24_000), 24_000)
        assert np.array_equal(opened.stretch(audio, 1.3).samples, opened.stretch(audio, 1.3).samples)


def resampled(
    backend: MixingBackend, signal: Samples, rate_in: int, rate_out: int, sizes: Sequence[int]
) -> Samples:
    resampler = backend.resampler(rate_in, rate_out, signal.shape[1])
    return np.concatenate([*(resampler.process(block) for block in cut(signal, sizes)), resampler.flush()])
