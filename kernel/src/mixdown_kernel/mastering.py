"""The last stage: a mix brought to its level.

*live*: one gain and the limiter, block by block. *finished*: the whole mix is spooled and measured, one linear
gain brings it to the loudness asked for, and the limiter keeps the ceiling. Limiting costs loudness, so what came out
is measured again and the gain corrected.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixdown_kernel.audio import Samples
from mixdown_kernel.contracts import Limiter, Meter, MixingBackend
from mixdown_kernel.pcm import PcmFile, PcmWriter
from mixdown_kernel.receipts import LoudnessReceipt
from mixdown_kernel.scene import Master
from mixdown_kernel.streams import closing

QUIETEST_LUFS = -70.0
"""The absolute gate of BS.1770: below it there is nothing to normalise."""
MOST_CORRECTIONS = 6
CLOSE_ENOUGH_LU = 0.05
LEAST_YIELD = 0.1
"""LU a decibel. Below that the limiter takes it all."""


@dataclass
class Mastered:
    """What mastering found out; complete when the sound is."""

    loudness: LoudnessReceipt | None = None
    gain: float = 1.0
    """Linear; also what each part of the mix is multiplied by to fit under the master."""


class Mastering:
    """Masters one mix of a given rate and channels. Signal processing runs in threads."""

    def __init__(self, master: Master, mixing: MixingBackend, rate: int, channels: int, spool: Path) -> None:
        self._master = master
        self._mixing = mixing
        self._rate = rate
        self._channels = channels
        self._spool = spool
        self.result = Mastered()

    def process(self, blocks: AsyncIterator[Samples]) -> AsyncIterator[Samples]:
        return self._finished(blocks) if self._master.mode == "finished" else self._live(blocks)

    def _limiter(self) -> Limiter:
        return self._mixing.limiter(self._rate, self._channels, self._master.ceiling_dbtp)

    def _meter(self) -> Meter:
        return self._mixing.meter(self._rate, self._channels)

    async def _live(self, blocks: AsyncIterator[Samples]) -> AsyncIterator[Samples]:
        gain = self.result.gain = linear(self._master.gain_db)
        limiter = self._limiter()
        async with closing(blocks):
            async for block in blocks:
                yield await asyncio.to_thread(lambda block: limiter.process(scaled(block, gain)), block)
        yield await asyncio.to_thread(limiter.flush)

    async def _finished(self, blocks: AsyncIterator[Samples]) -> AsyncIterator[Samples]:
        meter = self._meter()
        with PcmWriter(self._spool, self._channels) as writer:
            async with closing(blocks):
                async for block in blocks:
                    await asyncio.to_thread(_spool_and_measure, writer, meter, block)
        mix = PcmFile(self._spool, self._channels)
        await asyncio.to_thread(self._choose_gain, mix, meter)
        limited = self.result.loudness is not None and self.result.loudness.limited
        passage = self._measured(mix) if limited else self._passage(mix)
        while (samples := await asyncio.to_thread(next, passage, None)) is not None:
            yield samples

    def _choose_gain(self, mix: PcmFile, meter: Meter) -> None:
        """One gain to the target; where the limiter then has work to do, corrected by what it costs, as often as that
        brings the target nearer."""
        loudness, peak = meter.loudness(), meter.true_peak()
        gain_db = self._gain_db(loudness)
        limited = peak + gain_db > self._master.ceiling_dbtp
        self._settle(loudness + gain_db, peak + gain_db, gain_db, limited)
        if limited:
            self.result.gain = linear(self._corrected(mix, gain_db))

    def _corrected(self, mix: PcmFile, gain_db: float) -> float:
        """By the secant: the limiter takes a part of every further decibel."""
        best_db, missing, yields = gain_db, math.inf, 1.0
        reached = -math.inf
        for _ in range(MOST_CORRECTIONS):
            self.result.gain = linear(gain_db)
            before, reached = reached, self._reached(mix)
            if math.isfinite(before):
                yields = (reached - before) / (gain_db - best_db)
            if abs(self._master.loudness_lufs - reached) >= missing or yields < LEAST_YIELD:
                break  # what is louder going in is no louder coming out
            best_db, missing = gain_db, abs(self._master.loudness_lufs - reached)
            if missing <= CLOSE_ENOUGH_LU:
                break
            gain_db += (self._master.loudness_lufs - reached) / min(yields, 1.0)
        return best_db

    def _reached(self, mix: PcmFile) -> float:
        for _ in self._measured(mix):
            pass
        loudness = self.result.loudness.integrated_lufs if self.result.loudness else None
        return -math.inf if loudness is None else loudness

    def _gain_db(self, loudness: float) -> float:
        return self._master.loudness_lufs - loudness if loudness > QUIETEST_LUFS else 0.0

    def _settle(self, loudness: float, peak: float, gain_db: float, limited: bool) -> None:
        self.result.gain = linear(gain_db)
        self.result.loudness = LoudnessReceipt(
            integrated_lufs=round(loudness, 2) if math.isfinite(loudness) else None,
            true_peak_dbtp=round(peak, 2) if math.isfinite(peak) else None,
            gain_db=round(gain_db, 3),
            limited=limited,
        )

    def _measured(self, mix: PcmFile) -> Iterator[Samples]:
        """A passage, and at its end what it measured: what a limiter leaves is not known before."""
        meter = self._meter()
        for block in self._passage(mix):
            meter.push(block)
            yield block
        self._settle(meter.loudness(), meter.true_peak(), 20 * math.log10(self.result.gain), limited=True)

    def _passage(self, mix: PcmFile) -> Iterator[Samples]:
        """The spooled mix at the chosen gain, limited where it has to be."""
        gain, loudness = self.result.gain, self.result.loudness
        limiter = self._limiter() if loudness is not None and loudness.limited else None
        for block in mix.blocks(self._rate):
            louder = scaled(block, gain)
            yield limiter.process(louder) if limiter else louder
        if limiter:
            yield limiter.flush()


def _spool_and_measure(writer: PcmWriter, meter: Meter, block: Samples) -> None:
    writer.write(block)
    meter.push(block)


def linear(db: float) -> float:
    return float(10 ** (db / 20))


def scaled(block: Samples, gain: float) -> Samples:
    return block if gain == 1.0 else block * np.float32(gain)
