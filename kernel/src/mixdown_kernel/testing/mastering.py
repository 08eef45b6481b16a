"""Mixing, part two: what `Meter` and `Limiter` owe.

Levels are judged against EBU Tech 3341 and ITU-R BS.1770-4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Samples
from mixdown_kernel.contracts import MixingBackend
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.signals import (
    below,
    constant,
    cut,
    faded,
    noise,
    signal_to_noise_db,
    sine,
    true_peak_db,
)

RATE = 48_000
GRID = RATE // 100


class MasteringContract(BackendContract):
    """`MixingBackend.meter` and `MixingBackend.limiter`."""

    role: ClassVar[str] = "mixing"

    # ------------------------------------------------------------ meter (EBU Tech 3341)

    @pytest.mark.parametrize("level", [-23.0, -33.0])
    def test_a_stereo_sine_reads_its_level(self, opened: MixingBackend, level: float) -> None:
        """Cases 1 and 2: 1 kHz at -23 and -33 dBFS in both channels."""
        assert abs(loudness(opened, sine(1000, 20 * RATE, RATE, dbfs=level, channels=2)) - level) <= 0.1

    def test_a_mono_sine_reads_three_less(self, opened: MixingBackend) -> None:
        """BS.1770: a 997 Hz sine at 0 dBFS in one channel is -3.01 LKFS."""
        assert abs(loudness(opened, sine(997, 10 * RATE, RATE, dbfs=-20)) + 23.01) <= 0.1

    def test_quiet_passages_are_gated(self, opened: MixingBackend) -> None:
        """Case 3: 10 s at -36, 60 s at -23, 10 s at -36 is -23."""
        quiet = sine(1000, 10 * RATE, RATE, dbfs=-36, channels=2)
        loud = sine(1000, 60 * RATE, RATE, dbfs=-23, channels=2)
        assert abs(loudness(opened, np.concatenate([quiet, loud, quiet])) + 23) <= 0.1

    def test_silence_is_minus_infinity(self, opened: MixingBackend) -> None:
        meter = opened.meter(RATE, 2)
        meter.push(constant(0, RATE, 2))
        assert meter.loudness() == -np.inf
        assert meter.true_peak() == -np.inf

    def test_the_true_peak_lies_between_the_samples(self, opened: MixingBackend) -> None:
        """Tech 3341 cases 15 to 19: a quarter of the rate at 45° has samples 3 dB below its peak."""
        signal = faded(sine(RATE / 4, RATE, RATE, dbfs=-6, channels=2, phase=np.pi / 4), 4_800)
        meter = opened.meter(RATE, 2)
        meter.push(signal)
        assert -0.4 <= meter.true_peak() + 6 <= 0.2

    def test_a_meter_does_not_mind_how_it_is_fed(self, opened: MixingBackend) -> None:
        signal = noise(5 * RATE, channels=2)
        whole, parted = opened.meter(RATE, 2), opened.meter(RATE, 2)
        whole.push(signal)
        for block in cut(signal, [1, 479, 480, 4_801]):
            parted.push(block)
        assert abs(whole.loudness() - parted.loudness()) < 0.01
        assert abs(whole.true_peak() - parted.true_peak()) < 0.05

    # ------------------------------------------------------------ limiter

    @pytest.mark.parametrize("ceiling", [-1.0, -3.0, -9.0])
    @pytest.mark.parametrize("channels", [1, 2])
    def test_no_true_peak_passes_the_ceiling(
        self, opened: MixingBackend, ceiling: float, channels: int
    ) -> None:
        """Judged by exact interpolation over the audible band. (Right below half the rate no finite filter sees
        every peak, and nobody hears it.)"""
        """Judged by exact interpolation, over the audible band. (Right below half the rate no finite filter sees
        every peak, and nobody hears one.)"""
        loud = below(20_000, noise(2 * RATE, channels=channels, dbfs=12), RATE)
        between = sine(RATE / 4, RATE, RATE, dbfs=2, channels=channels, phase=np.pi / 4)
        for signal in (loud, between, sine(60, RATE, RATE, dbfs=6, channels=channels)):
            out = limited(opened, faded(signal, 4_800), ceiling, [4_800])
            assert true_peak_db(out) <= ceiling + 0.1

    @pytest.mark.parametrize("frames", [0, 1, 50, 480, 4_801, 100_003])
    def test_what_goes_in_comes_out_equally_long(self, opened: MixingBackend, frames: int) -> None:
        assert limited(opened, noise(frames, channels=2, dbfs=6), -1, [960]).shape == (frames, 2)

    def test_below_the_ceiling_nothing_changes_or_moves(self, opened: MixingBackend) -> None:
        signal = faded(noise(RATE, channels=2, dbfs=-12), 480)
        assert np.allclose(limited(opened, signal, -1, [960]), signal, atol=1e-6)

    def test_a_limiter_s_block_size_is_inaudible(self, opened: MixingBackend) -> None:
        """What is streamed equals the offline master bit for bit."""
        signal = noise(2 * RATE + 77, channels=2, dbfs=6)
        whole = limited(opened, signal, -1, [signal.shape[0]])
        for sizes in ([GRID], [2 * GRID, 7 * GRID], [100 * GRID]):
            assert np.array_equal(limited(opened, signal, -1, sizes), whole), sizes

    def test_limiting_is_not_clipping(self, opened: MixingBackend) -> None:
        """A loud sine comes out as a softer sine: its shape is kept within 30 dB."""
        signal = faded(sine(440, RATE, RATE, dbfs=6), 9_600)
        middle = slice(RATE // 4, 3 * RATE // 4)
        out = limited(opened, signal, -1, [960])[middle]
        gain = float((out * signal[middle]).sum() / np.square(signal[middle]).sum())
        assert signal_to_noise_db(out, signal[middle] * np.float32(gain)) > 30


def loudness(backend: MixingBackend, signal: Samples) -> float:
    meter = backend.meter(RATE, signal.shape[1])
    for block in cut(signal, [RATE]):
        meter.push(block)
    return meter.loudness()


def limited(backend: MixingBackend, signal: Samples, ceiling: float, sizes: Sequence[int]) -> Samples:
    limiter = backend.limiter(RATE, signal.shape[1], ceiling)
    return np.concatenate([*(limiter.process(block) for block in cut(signal, sizes)), limiter.flush()])
