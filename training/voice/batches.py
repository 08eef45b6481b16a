"""The lessons as tensors: utterances of about the same length side by side, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixdown_tts_onnx.mixdown.features import phone_features, position_features, rises
from training.voice.engines import Spoken
from training.voice.lessons import PORTION, Teacher, heard, portions, validation
from training.voice.targets import durations, targets


@dataclass(frozen=True, slots=True)
class Lesson:
    """An utterance of n phones and t frames."""

    phones: NDArray[np.int64]
    features: NDArray[np.float32]
    durations: NDArray[np.int64]
    targets: NDArray[np.float16]
    """(t, width), normalised"""

    @property
    def frames(self) -> int:
        return len(self.targets)


class Scale(NamedTuple):
    """Of the parameters, (width,): targets are (parameters - mean) / deviation. Voicing stays as it is."""

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> Scale:
        mean, deviation = rows.mean(axis=0, dtype=np.float64), rows.std(axis=0, dtype=np.float64) + 1e-3
        mean[1], deviation[1] = 0, 1
        return cls(mean.astype(np.float32), deviation.astype(np.float32))

    @classmethod
    def kept(cls, path: Path, teacher: Teacher, spoken: Sequence[Spoken]) -> Scale:
        """As it was when it was first asked for."""
        if not path.exists():
            np.save(path, np.stack(cls.of(np.concatenate([targets(teacher, one) for one in spoken]))))
        return cls(*np.load(path))


def lesson(teacher: Teacher, spoken: Spoken, scale: Scale) -> Lesson:
    ids, features = phone_features(spoken.phones, rises(spoken.text))
    normalised = (targets(teacher, spoken) - scale.mean) / scale.deviation
    return Lesson(ids, features, durations(spoken), normalised.astype(np.float16))


class Batch(NamedTuple):
    """Of b utterances, at most n phones and t frames long."""

    phones: Tensor
    """int64 (b, n), 0 behind the end"""
    features: Tensor
    """float32 (b, n, FEATURES)"""
    durations: Tensor
    """float32 (b, n), 1 behind the end"""
    phone_of: Tensor
    """int64 (b t,): of each frame, among all phones of the batch in a row"""
    position: Tensor
    """float16 (b, t, POSITIONS)"""
    targets: Tensor
    """float16 (b, t, width)"""
    within: Tensor
    """float32 (b, t, 1): 1 for a frame, 0 behind the end"""

    def to(self, device: torch.device) -> Batch:
        return Batch(*(part.to(device, non_blocking=True) for part in self))


def batches(lessons: Sequence[Lesson], frames: int) -> list[Batch]:
    """All of them, in batches of at most about ``frames`` frames, shortest first."""
    found: list[Batch] = []
    together: list[Lesson] = []
    for one in sorted(lessons, key=lambda one: one.frames):
        if together and (len(together) + 1) * one.frames > frames:
            found.append(_batch(together))
            together = []
        together.append(one)
    return [*found, _batch(together)]


def _batch(lessons: Sequence[Lesson]) -> Batch:
    phones = max(len(one.phones) for one in lessons)
    frames = max(one.frames for one in lessons)
    first, width = lessons[0], lessons[0].targets.shape[1]
    count = len(lessons)
    made = Batch(
        torch.zeros(count, phones, dtype=torch.int64),
        torch.zeros(count, phones, first.features.shape[1]),
        torch.ones(count, phones),
        torch.zeros(count, frames, dtype=torch.int64),
        torch.zeros(count, frames, position_features(first.durations).shape[1], dtype=torch.float16),
        torch.zeros(count, frames, width, dtype=torch.float16),
        torch.zeros(count, frames, 1),
    )
    for row, one in enumerate(lessons):
        n, t = len(one.phones), one.frames
        made.phones[row, :n] = torch.from_numpy(one.phones)
        made.features[row, :n] = torch.from_numpy(one.features)
        made.durations[row, :n] = torch.from_numpy(one.durations.astype(np.float32))
        places = np.repeat(np.arange(n), one.durations) + row * phones
        made.phone_of[row, :t] = torch.from_numpy(places)
        made.position[row, :t] = torch.from_numpy(position_features(one.durations).astype(np.float16))
        made.targets[row, :t] = torch.from_numpy(one.targets)
        made.within[row, :t] = 1
    return made._replace(phone_of=made.phone_of.flatten())


def drilled(teacher: Teacher, folder: Path, name: str, frames: int) -> tuple[Scale, list[Batch], list[Batch]]:
    """All there is to learn and the sentences for choices, kept in ``folder`` under ``name``."""
    path = folder / f"{name}-batches.pt"
    if not path.exists():
        said = [one for portion, asked in portions() for one in heard(teacher, asked, folder, portion)]
        scale = Scale.kept(folder / f"{name}-scale.npy", teacher, said[:PORTION])
        unseen = heard(teacher, validation(), folder, "validation")
        made = [batches([lesson(teacher, one, scale) for one in spoken], frames) for spoken in (said, unseen)]
        unfinished = path.with_suffix(".part")
        torch.save((np.stack(scale), *made), unfinished)
        unfinished.replace(path)
    stored, lessons, unseen_batches = torch.load(path, weights_only=False)
    return Scale(*stored), lessons, unseen_batches
