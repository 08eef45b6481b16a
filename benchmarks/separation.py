"""``make separation``: how well stems are told apart, on mixtures of the composer with a voice.

Nothing of the method was tuned on their instruments, rooms and voices (``training/separation`` has others).

SDR is 10 log10 of a stem's energy over that of its error, over the whole piece (as in the Music Demixing Challenge 2021,
Mitsufuji et al.: nothing is filtered or scaled to fit); the figure in brackets is the same with the mixture as the
estimate. It depends on how loud a stem is beside the others. So there are two balances: *even*, where every stem is as
loud as every other (LUFS), which is what the figures that are wanted are compared with; and *as played*, the composer's
own balance under a voice that is as loud as the music.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence

import numpy as np
from meters.levels import loudness
from numpy.typing import NDArray

from benchmarks.separation_material import RATE, SECONDS, STEMS, Mixture, Sound, judging
from mixdown_kernel import Kernel
from mixdown_separation.network import Network
from mixdown_separation.two_stage import GRID, TwoStage

WANTED: Mapping[str, float] = {"vocals": 5.3, "drums": 1.6, "bass": 4.7, "other": 1.7}
"""dB: what two stages without a network were measured at, on mixtures that are lost."""
EVEN_LUFS = -23.0


def sdr(stem: NDArray[np.float32], estimate: NDArray[np.float32]) -> float:
    """In dB; NaN for a stem that nobody plays."""
    error = np.sum(np.square((stem - estimate).astype(np.float64)))
    energy = np.sum(np.square(stem.astype(np.float64)))
    return float(10 * np.log10(energy / error)) if energy > 0 else float("nan")


def separate(method: TwoStage, mix: Sound) -> dict[str, Sound]:
    whole = np.pad(mix, ((0, -len(mix) % GRID), (0, 0)))
    return {name: stem.T[: len(mix)] for name, stem in method.separate(np.ascontiguousarray(whole.T)).items()}


def scores(method: TwoStage, mixture: Mixture) -> dict[str, float]:
    """SDR by stem."""
    found = separate(method, mixture.mix)
    return {name: sdr(mixture.stems[name], found[name]) for name in STEMS}


async def material() -> list[Mixture]:
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:
            return await judging(kernel)


def evened(mixture: Mixture) -> Mixture:
    """The same with every stem as loud as every other."""
    stems = {}
    for name, stem in mixture.stems.items():
        loud = loudness(stem, RATE)
        stems[name] = stem * np.float32(10 ** ((EVEN_LUFS - loud) / 20)) if np.isfinite(loud) else stem
    return Mixture(mixture.name, stems)


def judged(method: TwoStage, mixtures: Sequence[Mixture], balance: str) -> list[float]:
    """Prints a line for each mixture, and gives the mean of each stem."""
    print(balance.ljust(34) + "".join(f"{name:>16}" for name in STEMS))
    rows = []
    for mixture in mixtures:
        found = scores(method, mixture)
        rows.append([found[name] for name in STEMS])
        before = {name: sdr(mixture.stems[name], mixture.mix) for name in STEMS}
        print(f"  {mixture.name:32}" + "".join(f"{found[name]:8.2f} ({before[name]:5.1f})" for name in STEMS))
    means = [float(mean) for mean in np.nanmean(rows, axis=0)]
    print("  mean".ljust(34) + "".join(f"{mean:8.2f}        " for mean in means))
    return means


def main() -> None:
    method = TwoStage(RATE, Network.load())
    mixtures = asyncio.run(material())
    print("SDR in dB (and of the mixture itself)")
    judged(method, mixtures, "as played")
    start = time.process_time()
    means = judged(method, [evened(one) for one in mixtures], "even")
    spent = time.process_time() - start
    print("  wanted".ljust(34) + "".join(f"{WANTED[name]:8.2f}        " for name in STEMS))
    print(f"  {len(mixtures) * SECONDS / spent:.1f} times real time (processor time)")
    if any(mean < WANTED[name] for name, mean in zip(STEMS, means, strict=True)):
        raise SystemExit("below what is wanted")


if __name__ == "__main__":
    main()
