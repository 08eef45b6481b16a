"""``make train-voice``: from nothing to the voices of the wheel, in about two hours on two cores; goes on where it was
interrupted. Needs the teachers (Debian: see `engines.PACKAGES`)."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch

from training.voice.batches import Batch, Scale, batches, lesson
from training.voice.fit import fit
from training.voice.lessons import heard, portions, validation
from training.voice.network import Network
from training.voice.targets import LAYOUTS
from training.voice.voices import FRAMES, PLAN, VOICES, Voice

FOLDER = Path("build/training/voice")


def main() -> None:
    asked = argparse.ArgumentParser(prog="make train-voice", description=__doc__)
    asked.add_argument("--folder", type=Path, default=FOLDER)
    asked.add_argument("--only", choices=VOICES, help="fit this voice and do no more")
    options = asked.parse_args()
    torch.set_num_threads(1)
    fitted(VOICES[options.only], options.folder)


def fitted(voice: Voice, folder: Path) -> tuple[Network, Scale]:
    """The voice's network; what the fit said of itself is in ``<voice>.log``."""
    scale, lessons, unseen = _lessons(voice, folder)
    with (folder / f"{voice.name}.log").open("a", encoding="utf-8") as log:

        def report(line: str) -> None:
            said = f"{datetime.now(UTC):%H:%M:%S} {voice.name}: {line}"
            print(said, flush=True)
            print(said, file=log, flush=True)

        layout, checkpoint = LAYOUTS[voice.teacher], folder / f"{voice.name}.pt"
        return fit(PLAN, layout, scale, lessons, unseen, checkpoint, report), scale


def _lessons(voice: Voice, folder: Path) -> tuple[Scale, list[Batch], list[Batch]]:
    path = folder / f"{voice.name}-batches.pt"
    if not path.exists():
        said = [one for name, asked in portions() for one in heard(voice.teacher, asked, folder, name)]
        scale = Scale.kept(folder / f"{voice.name}-scale.npy", voice.teacher, said[:2000])
        unseen = heard(voice.teacher, validation(), folder, "validation")
        lessons, unseen_batches = (
            batches([lesson(voice.teacher, one, scale) for one in spoken], FRAMES)
            for spoken in (said, unseen)
        )
        unfinished = path.with_suffix(".part")
        torch.save((np.stack(scale), lessons, unseen_batches), unfinished)
        unfinished.replace(path)
    stored, lessons, unseen_batches = torch.load(path, weights_only=False)
    return Scale(*stored), lessons, unseen_batches


if __name__ == "__main__":
    main()
