"""Training the letter-to-sound network: seeded, one thread, goes on where it was interrupted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.pronunciation.network import LETTERS, PADDING, LettersToSound

BATCH, RATE, WARM_UP, SMOOTHING, FORGOTTEN = 256, 3e-3, 300, 0.05, 0.15
EPOCHS, SLOW, PLANNED = 23, 15, 40
"""The rate falls slowly for the first 15 epochs, as if there were to be 40, then evenly to nothing in the last 8."""
KEPT = 0.9995
"""Of the running mean of the weights at each step; the mean is what is shipped."""


@dataclass(frozen=True, slots=True)
class Example:
    """letters and chunks are indices, one of the latter to each of the former."""

    letters: tuple[int, ...]
    chunks: tuple[int, ...]


def example(word: str, chunks: Sequence[str], names: Sequence[str]) -> Example:
    return Example(
        tuple(LETTERS.index(letter) + 1 for letter in word), tuple(names.index(chunk) + 1 for chunk in chunks)
    )


def fit(examples: Sequence[Example], chunks: int, checkpoint: Path, seed: int = 20261120) -> LettersToSound:
    """The running mean of the network's weights, after `EPOCHS`."""
    torch.manual_seed(seed)
    network = LettersToSound(chunks)
    mean = LettersToSound(chunks)
    mean.eval()
    mean.load_state_dict(network.state_dict())
    optimiser = torch.optim.AdamW(network.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.01)
    each = sum(1 for _ in _batches(examples, 0))
    step, first = _resumed(checkpoint, network, mean, optimiser)
    for epoch in range(first, EPOCHS):
        torch.manual_seed(seed + epoch)
        began, losses = time.process_time(), []
        for letters, wanted in _batches(examples, seed + epoch):
            optimiser.param_groups[0]["lr"] = _rate(step / each, step)
            losses.append(_step(network, optimiser, letters, wanted))
            _average(mean, network, min(KEPT, (step + 1) / (step + 10)))
            step += 1
        _save(checkpoint, epoch + 1, step, network, mean, optimiser)
        print(
            f"epoch {epoch + 1}/{EPOCHS} loss {np.mean(losses):.4f} {time.process_time() - began:.0f} s",
            flush=True,
        )
    return mean


def _batches(examples: Sequence[Example], seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Words of one length each, all of them, in a seeded order."""
    random = np.random.default_rng(seed)
    order = sorted(random.permutation(len(examples)), key=lambda index: len(examples[index].letters))
    groups = []
    for _, same in groupby(order, key=lambda index: len(examples[index].letters)):
        indices = list(same)
        groups += [indices[at : at + BATCH] for at in range(0, len(indices), BATCH)]
    for group in random.permutation(len(groups)):
        some = [examples[index] for index in groups[group]]
        yield torch.tensor([one.letters for one in some]), torch.tensor([one.chunks for one in some])


def _step(
    network: LettersToSound, optimiser: torch.optim.Optimizer, letters: Tensor, wanted: Tensor
) -> float:
    before = nn.functional.pad(wanted[:, :-1], (1, 0), value=PADDING)
    # Reading, too, has words of which it does not know all that it wrote: the writer must not lean on it alone.
    before = before.masked_fill(torch.rand(before.shape) < FORGOTTEN, PADDING)
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(letters, before)
    loss = nn.functional.cross_entropy(
        logits.float().flatten(0, 1), wanted.flatten(), label_smoothing=SMOOTHING
    )
    optimiser.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()
    return float(loss.detach())


def _rate(epoch: float, step: int) -> float:
    """``epoch`` with its part that is done."""
    slow = 0.5 * (1 + math.cos(math.pi * min(epoch, SLOW) / PLANNED)) + 0.005
    left = min(1.0, (EPOCHS - epoch) / (EPOCHS - SLOW))
    return RATE * min(1.0, (step + 1) / WARM_UP) * slow * left


def _average(mean: nn.Module, network: nn.Module, kept: float) -> None:
    with torch.no_grad():
        torch._foreach_lerp_(list(mean.parameters()), list(network.parameters()), 1 - kept)


def _save(
    path: Path, epoch: int, step: int, network: nn.Module, mean: nn.Module, optimiser: torch.optim.Optimizer
) -> None:
    state = {"epoch": epoch, "step": step, "network": network.state_dict(), "mean": mean.state_dict()}
    part = path.with_suffix(".part")
    torch.save({**state, "optimiser": optimiser.state_dict()}, part)
    part.replace(path)


def _resumed(
    path: Path, network: nn.Module, mean: nn.Module, optimiser: torch.optim.Optimizer
) -> tuple[int, int]:
    """Step and epoch to go on with."""
    if not path.exists():
        return 0, 0
    state = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    mean.load_state_dict(state["mean"])
    optimiser.load_state_dict(state["optimiser"])
    return state["step"], state["epoch"]
