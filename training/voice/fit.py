"""The fit: absolute errors of every parameter against the teacher's, and nothing else; no aligner, no adversary."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mixdown_tts_onnx.mixdown.features import Layout
from training.voice.batches import Batch, Scale
from training.voice.muon import Muon
from training.voice.network import Network
from training.voice.plan import Plan

CENTS, DECIBELS = 1200 / math.log(2), 10 / math.log(10) * math.sqrt(2)


class Errors(NamedTuple):
    """Against the teacher, in units that mean something."""

    cepstrum_db: float
    """Mel-cepstral distortion of voiced frames without c0."""
    pitch_cents: float
    """Of voiced frames."""
    duration_ms: float
    voicing_percent: float
    """Frames that are voiced on one side only."""
    strengths: float

    def __str__(self) -> str:
        return (
            f"MCD {self.cepstrum_db:.3f} dB, F0 {self.pitch_cents:.1f} cents, durations {self.duration_ms:.2f} ms, "
            f"voicing {self.voicing_percent:.2f} %, strengths {self.strengths:.4f}"
        )


class Loss:
    """Mean absolute errors of normalised parameters; a mel-cepstral coefficient counts by how much it varies."""

    def __init__(self, layout: Layout, scale: Scale, melody: float, device: torch.device) -> None:
        self._layout, self._melody = layout, melody
        self._deviation = torch.from_numpy(scale.deviation).to(device)
        self._weights = self._deviation[layout.spectrum] / self._deviation[layout.spectrum].sum()

    def __call__(self, network: nn.Module, batch: Batch) -> Tensor:
        answer, durations = _answer(network, batch)
        wanted, within, spoken = batch.targets.float(), batch.within.squeeze(-1), (batch.phones > 0).float()
        frames, voiced = within.sum(), batch.targets[..., 1].float()
        error = (answer - wanted).abs()
        pitch = (error[..., 0] * within * (0.1 + voiced)).sum()
        voicing = (
            functional.binary_cross_entropy_with_logits(answer[..., 1], voiced, reduction="none") * within
        ).sum()
        spectrum = ((error[..., self._layout.spectrum] @ self._weights) * within).sum()
        total = self._melody * pitch + 0.5 * voicing + 3 * spectrum
        if self._layout.bands:
            total = total + 0.5 * (error[..., self._layout.strengths].mean(-1) * within).sum()
        timing = ((durations - batch.durations.log()).abs() * spoken).sum() / spoken.sum()
        loss: Tensor = total / frames + 0.5 * timing
        return loss

    def errors(self, network: nn.Module, batches: Sequence[Batch]) -> Errors:
        with torch.no_grad():
            sums = torch.stack([self._sums(network, batch) for batch in batches]).sum(0).tolist()
        frames, voiced, phones, cepstrum, pitch, timing, voicing, strengths = sums
        return Errors(
            cepstrum / voiced, pitch / voiced, timing / phones, voicing / frames, strengths / frames
        )

    def _sums(self, network: nn.Module, batch: Batch) -> Tensor:
        answer, durations = _answer(network, batch)
        wanted, within, spoken = batch.targets.float(), batch.within.squeeze(-1), (batch.phones > 0).float()
        voiced = wanted[..., 1] * within
        error = ((answer - wanted) * self._deviation).abs()
        squares = error[..., self._layout.spectrum][..., 1:].square().sum(-1)
        timing = (durations.exp() - batch.durations).abs() * spoken
        wrong = ((answer[..., 1] > 0).float() - wanted[..., 1]).abs() * within
        strengths = (
            error[..., self._layout.strengths].mean(-1) if self._layout.bands else torch.zeros_like(within)
        )
        return torch.stack(
            [
                within.sum(),
                voiced.sum(),
                spoken.sum(),
                DECIBELS * (squares.sqrt() * voiced).sum(),
                CENTS * (error[..., 0] * voiced).sum(),
                10 * timing.sum(),
                100 * wrong.sum(),
                (strengths * within).sum(),
            ]
        )


def fit(
    plan: Plan,
    layout: Layout,
    scale: Scale,
    lessons: Sequence[Batch],
    unseen: Sequence[Batch],
    checkpoint: Path,
    report: Callable[[str], None],
) -> Network:
    """The average of the last networks; goes on where ``checkpoint`` ends. A GPU is used where there is one."""
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = Network(plan.size, layout.width).to(device)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(plan.averaging))
    loss = Loss(layout, scale, plan.melody, device)
    optimizers = _optimizers(network, plan)
    parts = {
        "network": network,
        "average": average,
        **{f"optimizer {n}": one for n, one in enumerate(optimizers)},
    }
    first = _resumed(checkpoint, parts, device)
    unseen = [batch.to(device) for batch in unseen]
    begun, frames, costs = time.monotonic(), 0.0, 0.0
    for step in range(first, plan.steps):
        batch = lessons[_drawn(len(lessons), step, plan.seed)].to(device)
        cost = loss(network, batch)
        cost.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["initial_lr"] * _share_of_rate(plan, step)
            optimizer.step()
        network.zero_grad()
        average.update_parameters(network)
        frames, costs = frames + float(batch.within.sum()), costs + cost.item()
        if (step + 1) % plan.report == 0 or step + 1 == plan.steps:
            errors = loss.errors(average.module, unseen)
            report(
                f"step {step + 1} of {plan.steps}: loss {costs / (step % plan.report + 1):.4f}, "
                f"{frames / (time.monotonic() - begun):.0f} frames/s; {errors}"
            )
            _save(checkpoint, parts, step + 1)
            begun, frames, costs = time.monotonic(), 0.0, 0.0
    trained: Network = average.module.cpu().eval()
    return trained


def _answer(network: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    with torch.autocast(batch.within.device.type, torch.bfloat16):
        answer, durations = network(
            batch.phones, batch.features, batch.phone_of, batch.position.float(), batch.within
        )
    return answer.float(), durations.float()


def _optimizers(network: Network, plan: Plan) -> list[torch.optim.Optimizer]:
    matrices = [
        weight
        for name, weight in network.named_parameters()
        if name.endswith(("widen.weight", "narrow.weight"))
    ]
    known = {id(weight) for weight in matrices}
    others = [weight for weight in network.parameters() if id(weight) not in known]
    made: list[torch.optim.Optimizer] = [
        Muon(matrices, plan.matrices_rate, plan.decay),
        torch.optim.AdamW(others, plan.others_rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    ]
    for optimizer in made:
        for group in optimizer.param_groups:
            group["initial_lr"] = group["lr"]
    return made


def _share_of_rate(plan: Plan, step: int) -> float:
    """Of the rate of learning: up in a line, down in half a cosine to a fiftieth."""
    down = 0.5 * (1 + math.cos(math.pi * step / plan.steps))
    return min(1.0, (step + 1) / plan.warm_up) * (0.02 + 0.98 * down)


def _drawn(count: int, step: int, seed: int) -> int:
    """Each of ``count`` once an epoch, in an order of its own."""
    epoch, place = divmod(step, count)
    return int(np.random.default_rng([seed, epoch]).permutation(count)[place])


def _resumed(checkpoint: Path, parts: dict[str, object], device: torch.device) -> int:
    if not checkpoint.exists():
        return 0
    stored = torch.load(checkpoint, weights_only=True, map_location=device)
    for name, part in parts.items():
        part.load_state_dict(stored[name])  # type: ignore[attr-defined]
    return int(stored["step"])


def _save(checkpoint: Path, parts: dict[str, object], step: int) -> None:
    unfinished = checkpoint.with_suffix(".part")
    torch.save({"step": step, **{name: part.state_dict() for name, part in parts.items()}}, unfinished)  # type: ignore[attr-defined]
    unfinished.replace(checkpoint)
