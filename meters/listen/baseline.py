"""Figures kept in the repository, and what has become worse since.

A figure regresses when it moved the wrong way by more than its tolerance, or left its limits while the baseline kept
them. A case of the baseline that no longer exists is a regression, too; a new one is none while it keeps its limits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from meters.listen.figures import MEASURES, Item, Reading
from meters.listen.record import finite

PATH = Path(__file__).parents[1] / "baseline.json"
Figures = Mapping[str, Mapping[str, float | None]]
"""Values by item and measure."""


def load(path: Path = PATH) -> Figures:
    """Empty where there is none."""
    if not path.exists():
        return {}
    figures: Figures = json.loads(path.read_text())["figures"]
    return figures


def accept(run: Mapping[str, Any], groups: Sequence[str], path: Path = PATH) -> int:
    """Take a run's figures over; groups measured in full are replaced, quick runs only add. The number of items."""
    measured = {
        item["id"]: {name: reading["value"] for name, reading in item["readings"].items()}
        for item in run["items"]
    }
    kept = {
        name: values
        for name, values in load(path).items()
        if run["quick"] or name.partition("/")[0] not in groups
    }
    figures = dict(sorted({**kept, **measured}.items()))
    tolerances = {
        name: measure.tolerance
        for name, measure in MEASURES.items()
        if any(name in values for values in figures.values())
    }
    text = json.dumps({"tolerances": tolerances, "figures": figures}, indent=1, ensure_ascii=False)
    path.write_text(text + "\n")
    return len(measured)


def regressions(items: Sequence[Item], figures: Figures, expected: Sequence[str]) -> list[str]:
    """One line for each; ``expected`` are the items of the baseline that this run should have measured."""
    lines = [
        f"{item.id}: {line}"
        for item in items
        for reading in item.readings
        if (line := _worse(reading, figures.get(item.id, {})))
    ]
    measured = {item.id for item in items}
    return lines + [f"{name}: no longer measured" for name in expected if name not in measured]


def moved(reading: Reading, before: float | None) -> float:
    """How far the figure moved the wrong way; negative where it became better."""
    measure, value = MEASURES[reading.measure], finite(reading.value)
    if value is None or before is None:
        return 0.0 if value is before else float("inf")
    change = value - before
    return abs(change) if measure.worse == "either" else change if measure.worse == "higher" else -change


def _worse(reading: Reading, before: Mapping[str, float | None]) -> str:
    measure = MEASURES[reading.measure]
    now = f"{measure.title} {reading.text} {measure.unit}".rstrip()
    if reading.measure not in before:
        return "" if reading.ok else f"{now}, outside {reading.limits}; it is not in the baseline"
    was = before[reading.measure]
    if moved(reading, was) > measure.tolerance + 1e-9:
        return f"{now}, was {_text(was, measure.digits)} (tolerance {measure.tolerance:g})"
    if not reading.ok and was is not None and reading.low <= was <= reading.high:
        return f"{now}, outside {reading.limits}; was {_text(was, measure.digits)}"
    return ""


def _text(value: float | None, digits: int) -> str:
    return "nothing" if value is None else f"{value:.{digits}f}"
