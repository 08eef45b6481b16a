"""``make train-separation``: from nothing to the weights of the wheel, in half an hour on two cores; goes on where it was
interrupted. Needs FluidSynth and a General MIDI sound font (Debian: ``fluidsynth fluid-soundfont-gm``)."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from benchmarks import separation as judging
from benchmarks.separation_material import STEMS

from mixdown_kernel import Kernel
from mixdown_separation import network as shipped
from training.separation.examples import made
from training.separation.fit import fit
from training.separation.material import pieces, recombined
from training.separation.network import as_onnx

PIECES, EXAMPLES = 120, 300
WEIGHTS = Path(shipped.__file__).with_name(shipped.WEIGHTS)


def main() -> None:
    asked = argparse.ArgumentParser(prog="make train-separation", description=__doc__)
    asked.add_argument("--folder", type=Path, default=Path("build/training/separation"))
    asked.add_argument("--font", type=Path, default=Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"))
    asked.add_argument("--threads", type=int, default=2)
    options = asked.parse_args()
    torch.set_num_threads(options.threads)
    options.folder.mkdir(parents=True, exist_ok=True)
    stems = _stems(options.folder / "pieces.npy", options.font)
    files = _examples(options.folder, stems)
    print("fitting", flush=True)
    network = fit(files, options.folder / "checkpoint.pt")
    onnx.save(as_onnx(network), WEIGHTS)
    print(f"{WEIGHTS.name}: sha256 {hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()}", flush=True)
    judging.main()


def _stems(path: Path, font: Path) -> np.ndarray:
    """(pieces, stems, frames, 2)"""
    if not path.exists():
        print(f"playing {PIECES} pieces", flush=True)
        found = asyncio.run(_played(font))
        unfinished = path.with_suffix(".part.npy")
        np.save(
            unfinished,
            np.stack([np.stack([one[name] for name in STEMS]) for one in found]).astype(np.float16),
        )
        unfinished.replace(path)
    stems: np.ndarray = np.load(path, mmap_mode="r")
    return stems


async def _played(font: Path) -> list[dict[str, np.ndarray]]:
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:
            return await pieces(kernel, font, PIECES, np.random.default_rng(7))


def _examples(folder: Path, stems: np.ndarray) -> list[Path]:
    files = []
    for number in range(EXAMPLES):
        if number % 50 == 0:
            print(f"looking at mixture {number} of {EXAMPLES}", flush=True)
        files.append(made(folder, recombined(stems, number, np.random.default_rng([5, number])), number))
    return files


if __name__ == "__main__":
    main()
