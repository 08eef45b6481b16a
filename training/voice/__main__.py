"""``make train-voice``: from nothing to the voices of the wheel, in about two hours on two cores; goes on where it was
interrupted. Needs the teachers, which it installs where it may (Debian)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import mixdown_tts_onnx
from training.voice.engines import missing
from training.voice.plan import PLANS
from training.voice.targets import LAYOUTS
from training.voice.voices import VOICES, Voice

FOLDER = Path("build/training/voice")
SHIPPED = Path(mixdown_tts_onnx.__file__).parent / "mixdown"


def main() -> None:
    asked = argparse.ArgumentParser(prog="make train-voice", description=__doc__)
    asked.add_argument("--folder", type=Path, default=FOLDER)
    asked.add_argument("--only", choices=VOICES, help="fit this voice, write its graphs and do no more")
    options = asked.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.only:
        _made(VOICES[options.only], options.folder)
    else:
        _install()
        _prepared(options.folder)
        _side_by_side(options.folder)
        _judged(options.folder)


def _install() -> None:
    command = missing()
    if command is None:
        return
    if os.geteuid() != 0:
        raise SystemExit(f"The teachers are not here. Install them: {command}")
    subprocess.run(command.removeprefix("sudo ").split(), check=True)


def _prepared(folder: Path) -> None:
    """What both voices learn from, before they do so side by side."""
    from training.voice import lessons

    print("the teachers speak", flush=True)
    for name, sentences in lessons.portions():
        lessons.heard("hts", sentences, folder, name)
    lessons.heard("hts", lessons.validation(), folder, "validation")


def _side_by_side(folder: Path) -> None:
    """A process and a core each."""
    command = [sys.executable, "-m", "training.voice", "--folder", str(folder), "--only"]
    fits = [subprocess.Popen([*command, name]) for name in VOICES]
    ends = [fit.wait() for fit in fits]
    if any(ends):
        raise SystemExit("A fit broke off. The same command goes on from its last checkpoint.")


def _made(voice: Voice, folder: Path) -> None:
    """Its network, fitted, and its graphs. What the fit says of itself is also in ``<voice>.log``."""
    import torch

    from training.voice import export
    from training.voice.batches import drilled
    from training.voice.fit import fit

    torch.set_num_threads(1)
    plan = PLANS[voice.name]
    scale, lessons, unseen = drilled(voice.teacher, folder, voice.name, plan.frames)
    with (folder / f"{voice.name}.log").open("a", encoding="utf-8") as log:

        def report(line: str) -> None:
            said = f"{datetime.now(UTC):%H:%M:%S} {voice.name}: {line}"
            print(said, flush=True)
            print(said, file=log, flush=True)

        layout, checkpoint = LAYOUTS[voice.teacher], folder / f"{voice.name}.pt"
        network = fit(plan, layout, scale, lessons, unseen, checkpoint, report)
        for file, digest in export.written(voice, network, scale, SHIPPED / "data" / voice.name).items():
            report(f"{file}: sha256 {digest}")


def _judged(folder: Path) -> None:
    """By the meters, with the voices as they are shipped; then the card is written."""
    from training.voice import card, evaluate

    evaluate.noted(
        {
            name: evaluate.evaluated(voice, evaluate.Graphs(SHIPPED / "data" / name), folder)
            for name, voice in VOICES.items()
        }
    )
    heard = folder / "heard.json"
    subprocess.run([sys.executable, "-m", "meters.own_voice", "--json", str(heard)], check=False)
    logs = {name: folder / f"{name}.log" for name in VOICES}
    (SHIPPED / "MODEL-CARD.md").write_text(card.written(evaluate.FIGURES, heard, logs), encoding="utf-8")


if __name__ == "__main__":
    main()
