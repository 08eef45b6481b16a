"""``make separation``: how well stems are told apart, on mixtures of the composer with a voice.

Nothing of the method was tuned on their instruments, rooms and voices (``training/separation`` has others).

SDR is 10 log10 of a stem's energy over that of its error, over the whole piece (as in the Music Demixing Challenge 2021,
Mitsufuji et al.: nothing is filtered or scaled to fit); ``mix`` is the same with the mixture as the estimate.
The voice is as loud as the music (LUFS).
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.separation_material import RATE, SECONDS, STEMS, Mixture, Sound, judging
from mixdown_kernel import Kernel
from mixdown_separation.network import Network
from mixdown_separation.two_stage import GRID, TwoStage

WANTED: Mapping[str, float] = {"vocals": 5.3, "drums": 1.6, "bass": 4.7, "other": 1.7}
"""dB: what the method was measured at before it was built here."""


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


def main() -> None:
    method = TwoStage(RATE, Network.load())
    print("SDR in dB (and of the mixture itself)".ljust(40) + "".join(f"{name:>16}" for name in STEMS))
    rows, spent = [], 0.0
    for mixture in asyncio.run(material()):
        start = time.process_time()
        found = scores(method, mixture)
        spent += time.process_time() - start
        rows.append([found[name] for name in STEMS])
        before = {name: sdr(mixture.stems[name], mixture.mix) for name in STEMS}
        print(f"  {mixture.name:38}" + "".join(f"{found[name]:8.2f} ({before[name]:5.1f})" for name in STEMS))
    means = np.nanmean(rows, axis=0)
    print("  mean".ljust(40) + "".join(f"{mean:8.2f}        " for mean in means))
    print("  wanted".ljust(40) + "".join(f"{WANTED[name]:8.2f}        " for name in STEMS))
    print(f"  {len(rows) * SECONDS / spent:.1f} times real time (processor time)")
    if any(mean < WANTED[name] for name, mean in zip(STEMS, means, strict=True)):
        raise SystemExit("below what is wanted")


if __name__ == "__main__":
    main()
