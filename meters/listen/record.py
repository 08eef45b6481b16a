"""What a run leaves: ``figures.json``, and per sound an MP3 and a plot."""

from __future__ import annotations

import json
import math
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from meters.listen.figures import Item, Sound
from meters.listen.plots import draw, draw_beside

LONGEST_S = 20.0


@dataclass(frozen=True)
class Entry:
    """An item and its files, relative to the page: ``audio`` as (what it is, file), without a word where it is the only one."""

    item: Item
    plot: str = ""
    audio: tuple[tuple[str, str], ...] = ()


def keep(item: Item, folder: Path) -> Entry:
    """The item without its sounds, which lie in ``folder`` as MP3 and in one PNG (their first 20 s)."""
    bare = Item(item.group, item.name, item.about, item.readings)
    plot = f"{item.slug}.png"
    if item.beside:
        sounds = {name: _shortened(sound) for name, sound in item.beside.items()}
        draw_beside(sounds, folder / plot)
        files = [(name, f"{item.slug}-{number}.mp3") for number, name in enumerate(sounds, 1)]
        for name, file in files:
            _play(sounds[name], folder / file)
        return Entry(bare, plot, tuple(files))
    if item.sound is None or not len(item.sound.samples):
        return Entry(bare)
    sound = _shortened(item.sound)
    draw(sound, folder / plot)
    _play(sound, folder / f"{item.slug}.mp3")
    return Entry(bare, plot, (("", f"{item.slug}.mp3"),))


def _play(sound: Sound, path: Path) -> None:
    level = max(1.0, float(np.abs(sound.samples).max()))
    soundfile.write(path, sound.samples / level, sound.rate, format="MP3")


def write(entries: Sequence[Entry], folder: Path, *, quick: bool) -> None:
    whole = {**_circumstances(), "quick": quick, "items": [_item(entry) for entry in entries]}
    (folder / "figures.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


def read(folder: Path) -> dict[str, Any]:
    """A run's figures; FileNotFoundError where none was made there."""
    found: dict[str, Any] = json.loads((folder / "figures.json").read_text())
    return found


def finite(value: float) -> float | None:
    """As JSON has it: silence's minus infinity is null."""
    return round(value, 4) if math.isfinite(value) else None


def _shortened(sound: Sound) -> Sound:
    frames = round(LONGEST_S * sound.rate)
    return Sound(sound.samples[:frames], sound.rate, [at for at in sound.clicks if at < LONGEST_S])


def _item(entry: Entry) -> dict[str, Any]:
    item = entry.item
    readings = {
        reading.measure: {
            "value": finite(reading.value),
            "text": reading.text,
            "limits": reading.limits,
            "ok": reading.ok,
        }
        for reading in item.readings
    }
    return {
        "id": item.id,
        "about": item.about,
        "readings": readings,
        "plot": entry.plot,
        "audio": [file for _, file in entry.audio],
    }


def _circumstances() -> Mapping[str, str]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "python": platform.python_version(),
    }
