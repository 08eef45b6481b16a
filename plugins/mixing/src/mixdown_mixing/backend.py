"""The two mixing backends: one road of signal processing, its inner loops in numpy or compiled by numba."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from mixdown_kernel import (
    Audio,
    Backend,
    Context,
    Limiter,
    Meter,
    Mixer,
    MixingBackend,
    PluginSettings,
    Resampler,
)
from mixdown_kernel.loading import importing

if TYPE_CHECKING:
    from mixdown_mixing.kernels import Kernels


class SignalProcessing:
    """Role ``mixing`` over one set of inner loops; makes objects, holds no state."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels

    def mixer(self, rate: int, channels: int) -> Mixer:
        from mixdown_mixing.mixer import TimelineMixer

        return TimelineMixer(rate, channels, self._kernels)

    def meter(self, rate: int, channels: int) -> Meter:
        from mixdown_mixing.loudness import LoudnessMeter

        return LoudnessMeter(rate, channels, self._kernels)

    def limiter(self, rate: int, channels: int, ceiling_dbtp: float) -> Limiter:
        from mixdown_mixing.limiter import TruePeakLimiter

        return TruePeakLimiter(rate, channels, ceiling_dbtp, self._kernels)

    def resampler(self, rate_in: int, rate_out: int, channels: int) -> Resampler:
        from mixdown_mixing.resampling import Passthrough, SoxrResampler

        if rate_in == rate_out:
            return Passthrough(channels)
        return SoxrResampler(rate_in, rate_out, channels)

    def stretch(self, audio: Audio, speed: float) -> Audio:
        from mixdown_mixing.stretching import stretch

        return stretch(audio, speed)


def load_numpy() -> SignalProcessing:
    import soxr  # noqa: F401 - loaded here, off the event loop, and not in the first request

    from mixdown_mixing.numpy_kernels import NumpyKernels

    return SignalProcessing(NumpyKernels())


def load_numba() -> SignalProcessing:
    import soxr  # noqa: F401

    from mixdown_mixing.numba_kernels import NumbaKernels

    return SignalProcessing(NumbaKernels())


@asynccontextmanager
async def _open_numpy(settings: PluginSettings, context: Context) -> AsyncIterator[MixingBackend]:
    yield await importing(load_numpy)


@asynccontextmanager
async def _open_numba(settings: PluginSettings, context: Context) -> AsyncIterator[MixingBackend]:
    yield await importing(load_numba)


numpy: Backend[MixingBackend] = Backend(
    name="numpy",
    open=_open_numpy,
    preference=10,
    description="Timeline mix, ducking, EBU R 128 loudness, true-peak limiter, resampling and time-stretch in numpy.",
)
numba: Backend[MixingBackend] = Backend(
    name="numba",
    open=_open_numba,
    preference=20,
    description="The same signal processing with mix, loudness and limiter compiled (the extra `fast`).",
)
