"""The fit: what the verdict leaves of each stem, in decibels, made as small as it gets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from benchmarks.separation_material import RATE, STEMS
from torch import Tensor

from mixdown_separation.bands import Bands
from mixdown_separation.two_stage import FLOOR, TwoStage
from training.separation.examples import Example
from training.separation.network import Network

STEPS, BATCH, COLUMNS, RATE_OF_LEARNING = 2500, 4, 128, 4e-3
HOPELESS = 0.03
"""An error below this part of a stem's energy (-15 dB) is not worth learning from."""
PRESENT = 1e-4
"""The part of a mixture's energy below which a stem counts as absent."""


def shares(estimates: Tensor, gains: Tensor, spread: Tensor) -> Tensor:
    """As `TwoStage` has them: (batch, stems, columns, bins)."""
    powers = 10**estimates
    weighed = (powers + FLOOR * powers.sum(1, keepdim=True)) * torch.exp(gains.clamp(-12, 12) @ spread)
    return weighed / weighed.sum(1, keepdim=True)


def loss(shares: Tensor, mixture: Tensor, agreement: Tensor) -> Tensor:
    """The mean logarithm of error by energy; what is heard of absent stems by the mixture's energy.

    Stems hardly agree with each other, so that their agreement with the mixture is their energy.
    """
    energy = agreement.sum((2, 3)).clamp(min=0)
    error = ((shares**2 * mixture[:, None] - 2 * shares * agreement).sum((2, 3)) + energy).clamp(min=0)
    total = energy.sum(1, keepdim=True)
    missed = torch.log(error / (energy + 1e-9) + HOPELESS)
    return torch.where(energy > PRESENT * total, missed, 0.3 * error / total).mean()


def fit(files: Sequence[Path], checkpoint: Path) -> Network:
    """Goes on where ``checkpoint`` ends."""
    torch.manual_seed(1)
    examples = [Example.load(path) for path in files]
    network = Network(examples[0].evidence.shape[0], len(STEMS))
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE_OF_LEARNING, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE_OF_LEARNING, total_steps=STEPS)
    parts = {"network": network, "optimizer": optimizer, "schedule": schedule}
    first = _resumed(checkpoint, parts)
    spread = torch.from_numpy(Bands(TwoStage(RATE).frequencies).shares.T.copy())
    for step in range(first, STEPS):
        evidence, estimates, mixture, agreement = _drawn(examples, step)
        cost = loss(shares(estimates, network(evidence), spread), mixture, agreement)
        optimizer.zero_grad()
        cost.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99 or step == STEPS - 1:
            print(f"  step {step + 1} of {STEPS}: {10 / np.log(10) * cost.item():.2f} dB", flush=True)
            _save(checkpoint, parts, step + 1)
    return network


def _drawn(examples: Sequence[Example], step: int) -> list[Tensor]:
    """A batch: the same at the same step, however often the fit was interrupted."""
    rng = np.random.default_rng([2, step])
    batch = []
    for number in rng.integers(len(examples), size=BATCH):
        one = examples[number]
        batch.append(one.stretch(int(rng.integers(one.mixture.shape[0] - COLUMNS)), COLUMNS))
    return [torch.from_numpy(np.stack(parts)) for parts in zip(*batch, strict=True)]


def _resumed(checkpoint: Path, parts: dict[str, object]) -> int:
    if not checkpoint.exists():
        return 0
    stored = torch.load(checkpoint, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(stored[name])  # type: ignore[attr-defined]
    return int(stored["step"])


def _save(checkpoint: Path, parts: dict[str, object], step: int) -> None:
    states = {name: part.state_dict() for name, part in parts.items()}  # type: ignore[attr-defined]
    unfinished = checkpoint.with_suffix(".part")
    torch.save({**states, "step": step}, unfinished)
    unfinished.replace(checkpoint)
