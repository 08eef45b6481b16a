"""Fit the network of the backend ``two-stage``: ``python -m benchmarks.separation_fit``.

Of every bin is known what it holds (a) and how much of that is each stem's (b); the error that shares m leave behind is
a m² - 2 b m + c, so the shares' SDR is fitted directly, with each stem's error weighed by the stem's energy. Bins are
drawn by how much they matter. Needs FluidSynth and a sound font (Debian: fluid-soundfont-gm).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from benchmarks.separation_material import RATE, STEMS, Mixture, Sound, Stems, fitting
from mixdown_kernel import Kernel
from mixdown_separation import network
from mixdown_separation.network import Network, Weights
from mixdown_separation.two_stage import GRID, TwoStage

FONT = Path(os.environ.get("MIXDOWN_BENCH_SOUND_FONT", "/usr/share/sounds/sf2/FluidR3_GM.sf2"))
PIECES, VARIANTS, DRAWN = 60, 2, 30_000
HIDDEN, BATCH, STEPS, RATE_OF_LEARNING = 24, 4096, 2500, 3e-3
_SIDES = ([0, 1], [1, 0], [0])
"""As it is, the other way round, mono."""
Array = NDArray[np.float32]


@dataclass(frozen=True)
class Bins:
    """What is known of bins: evidence (one row each), ``held`` the shares that would leave the least error, and how
    much each stem's error weighs."""

    evidence: Array
    held: Array
    weight: Array
    sizes: tuple[int, int, int]


def bins(mixtures: list[Mixture]) -> Bins:
    rng = np.random.default_rng(1)
    method = TwoStage(RATE, Network({}))
    drawn = [_drawn(method, stems, rng) for stems in _variants(mixtures, rng)]
    evidence, held, weight, sizes = zip(*drawn, strict=True)
    return Bins(np.concatenate(evidence), np.concatenate(held), np.concatenate(weight), sizes[0])


def _variants(mixtures: list[Mixture], rng: np.random.Generator) -> Iterator[Stems]:
    """Every mixture as it is, and again with strangers: stems of several, at other pitches, levels and sides."""
    for mixture in mixtures:
        yield mixture.stems
    for mixture in mixtures * (VARIANTS - 1):
        stems = {name: mixtures[rng.integers(len(mixtures))].stems[name] for name in STEMS}
        stems = stems | {"other": mixture.stems["other"]}
        stems = {name: _varied(sound, name, rng) for name, sound in stems.items()}
        length = min(map(len, stems.values()))
        sides = _SIDES[rng.choice(3, p=[0.45, 0.45, 0.1])]
        yield {name: np.ascontiguousarray(sound[:length, sides]) for name, sound in stems.items()}


def _varied(sound: Sound, name: str, rng: np.random.Generator) -> Sound:
    octaves = rng.uniform(-0.15, 0.15) if name == "vocals" else rng.uniform(-0.4, 0.4)
    gain = 0 if rng.random() < 0.07 else 10 ** (rng.uniform(-4, 4) / 20)
    shifted: Sound = soxr.resample(sound, RATE, RATE * 2**octaves, quality="LQ")
    return shifted * np.float32(gain)


def _drawn(
    method: TwoStage, stems: Stems, rng: np.random.Generator
) -> tuple[Array, Array, Array, tuple[int, int, int]]:
    ready = {name: np.pad(sound, ((0, -len(sound) % GRID), (0, 0))).T for name, sound in stems.items()}
    mixture = np.ascontiguousarray(np.sum(list(ready.values()), axis=0))
    whole = method.spectrum(mixture)
    parts = [method.spectrum(np.ascontiguousarray(ready[name])) for name in STEMS]
    power = np.square(np.abs(whole)).sum(axis=0)
    energy = np.array([np.square(np.abs(part)).sum() for part in parts])
    weight = 1 / np.maximum(energy, 0.02 * energy.sum())
    chance = power.ravel() / power.sum()
    places = np.unravel_index(rng.choice(chance.size, DRAWN, p=chance), power.shape)
    found = method.evidence(mixture, whole)
    evidence = np.concatenate(
        [found.bins[:, places[0], places[1]], found.columns[:, places[0]], found.registers[:, places[1]]]
    ).T
    held = np.stack([(part * whole.conj()).real.sum(axis=0)[places] for part in parts], axis=1)
    held = np.clip(held / (power[places][:, None] + 1e-9), -3, 4)
    weights = np.broadcast_to(weight * power.sum(), held.shape)
    sizes = (len(found.bins), len(found.columns), len(found.registers))
    return evidence.astype(np.float32), held.astype(np.float32), weights.astype(np.float32), sizes


def fit(known: Bins) -> Weights:
    """By Adam (Kingma and Ba, 2015) with a cosine schedule."""
    rng = np.random.default_rng(0)
    middle, spread = known.evidence.mean(axis=0), known.evidence.std(axis=0) + 1e-3
    sizes = (known.evidence.shape[1], HIDDEN, HIDDEN, len(STEMS))
    layers: list[Array] = []
    for inner, outer in pairwise(sizes):
        layers += [
            rng.normal(0, np.sqrt(2 / inner), (inner, outer)).astype(np.float32),
            np.zeros(outer, np.float32),
        ]
    first, second = [np.zeros_like(one) for one in layers], [np.zeros_like(one) for one in layers]
    scale = float(known.weight.mean())
    started, lost = time.perf_counter(), 0.0
    for step in range(1, STEPS + 1):
        batch = rng.integers(0, len(known.evidence), BATCH)
        given = (known.evidence[batch] - middle) / spread
        loss, slopes = _slopes(layers, given, known.held[batch], known.weight[batch] / scale)
        lost += (loss - lost) * max(0.01, 1 / step)
        rate = RATE_OF_LEARNING * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        for layer, slope, one, two in zip(layers, slopes, first, second, strict=True):
            one += 0.1 * (slope - one)
            two += 0.001 * (slope**2 - two)
            layer -= rate * (one / (1 - 0.9**step)) / (np.sqrt(two / (1 - 0.999**step)) + 1e-8)
        if step % 250 == 0:
            print(f"  step {step:5}  {lost:8.4f}  {time.perf_counter() - started:5.0f} s", flush=True)
    return _folded(layers, middle, spread, known.sizes)


def _slopes(layers: list[Array], given: Array, held: Array, weight: Array) -> tuple[float, list[Array]]:
    one = np.maximum(given @ layers[0] + layers[1], 0)
    two = np.maximum(one @ layers[2] + layers[3], 0)
    votes = two @ layers[4] + layers[5]
    raised = np.exp(votes - votes.max(axis=1, keepdims=True))
    shares = raised / raised.sum(axis=1, keepdims=True)
    loss = float((weight * shares * (shares - 2 * held)).sum(axis=1).mean())
    slope = 2 * weight * (shares - held) / len(given)
    slope = shares * (slope - (slope * shares).sum(axis=1, keepdims=True))
    back = slope @ layers[4].T * (two > 0)
    through = back @ layers[2].T * (one > 0)
    return loss, [
        given.T @ through, through.sum(axis=0), one.T @ back, back.sum(axis=0), two.T @ slope, slope.sum(axis=0),
    ]  # fmt: skip


def _folded(layers: list[Array], middle: Array, spread: Array, sizes: tuple[int, int, int]) -> Weights:
    """As the network takes them: transposed, and for evidence as it comes."""
    first = layers[0] / spread[:, None]
    of_bins, of_columns, of_registers = np.split(first, np.cumsum(sizes)[:-1])
    folded = {
        "bins": of_bins.T,
        "columns": of_columns.T,
        "registers": of_registers.T,
        "first": (layers[1] - middle @ first)[:, None],
        "hidden": layers[2].T,
        "second": layers[3][:, None],
        "stems": layers[4].T,
        "last": layers[5][:, None],
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in folded.items()}


async def _material() -> list[Mixture]:
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:
            return await fitting(kernel, FONT, PIECES)


def main(into: Path) -> None:
    mixtures = asyncio.run(_material())
    print(f"{len(mixtures)} pieces", flush=True)
    known = bins(mixtures)
    print(f"{len(known.evidence)} bins", flush=True)
    weights = fit(known)
    np.savez(into, allow_pickle=False, **weights)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(network.__file__).with_name(network.WEIGHTS))
