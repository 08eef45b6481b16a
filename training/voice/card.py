"""The model card, with every figure that the command found and the log of the run that made the weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Any

from training.voice.lessons import SENTENCES, held_out, validation
from training.voice.plan import PLANS
from training.voice.targets import LAYOUTS
from training.voice.voices import VOICES

_TEMPLATE = Path(__file__).with_name("card.md")
_EVERY = 4
"""Of the lines of a log, one."""


def written(figures: Path, heard: Path, logs: Mapping[str, Path]) -> str:
    """From what `evaluate` and `meters.own_voice` noted, and the logs of the fits by voice."""
    found = json.loads(figures.read_text(encoding="utf-8"))
    judged = json.loads(heard.read_text(encoding="utf-8")) if heard.exists() else {}
    plan = next(iter(PLANS.values()))
    size = plan.size
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        voices="\n".join(_voice(name, found[name]) for name in VOICES),
        sentences=f"{SENTENCES:,}",
        unseen=len(validation()),
        held_out=len(held_out()),
        width=size.width,
        inner=size.inner,
        encoder=size.encoder,
        timing=size.timing,
        decoder=size.decoder,
        reach=10 * size.reach,
        steps=" and ".join(f"{each.steps:,} ({name})" for name, each in PLANS.items()),
        frames=f"{plan.frames:,}",
        learnt=_table(
            ["", "MCD dB", "F0 cents", "durations ms", "voicing %"], map(_learnt, VOICES, found.values())
        ),
        heard=_heard(judged),
        logs="\n".join(_log(logs[name]) for name in VOICES),
        hashes="\n".join(_hashes(name, found[name]["sha256"]) for name in VOICES),
    )


def _voice(name: str, found: Mapping[str, Any]) -> str:
    voice = VOICES[name]
    layout = LAYOUTS[voice.teacher]
    bands = f" and {layout.bands} strengths of voicing" if layout.bands else ""
    return (
        f"- **{name}** ({voice.gender}, {voice.rate // 1000} kHz): learnt from {voice.learnt_from}; log F0, voicing, "
        f"{layout.cepstra} mel-cepstral coefficients{bands} every 10 ms."
    )


def _learnt(name: str, found: Mapping[str, Any]) -> list[str]:
    return [name, *(str(found[key]) for key in ("mcd_db", "f0_cents", "durations_ms", "voicing_percent"))]


def _heard(judged: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    if not judged:
        return "Not judged in this run: the group `listen` was not installed."
    measures = list(dict.fromkeys(measure for found in judged.values() for measure in found))
    rows = ([name, *(_cell(found.get(measure)) for measure in measures)] for name, found in judged.items())
    return _table(["", *measures], rows)


def _cell(reading: Mapping[str, Any] | None) -> str:
    if reading is None or reading["value"] is None:
        return ""
    value = f"{reading['value']:.2f}".rstrip("0").rstrip(".")
    return f"{value} {reading['limits']}".strip() + ("" if reading["ok"] else " **missed**")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _log(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    steps = [line for line in lines if ": step " in line]
    return "\n".join([*steps[_EVERY - 1 : -1 : _EVERY], *steps[-1:]])


def _hashes(name: str, hashes: Mapping[str, str]) -> str:
    return "\n".join(f"- `{name}/{file}`: `{digest}`" for file, digest in sorted(hashes.items()))
