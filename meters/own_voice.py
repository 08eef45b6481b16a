"""The voices of the house beside their teachers: ``python -m meters.own_voice [--quick] [--json FILE] [VOICE ...]``.

Prints a table of every figure with its limit, and a line for each voice or engine that is not there. Exits with 1 where a limit is
broken. ``--quick``: six sentences in place of sixty. Without plots and sounds: those are on the page of ``make listen``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from meters.listen import own_voice
from meters.listen.figures import MEASURES, Item
from meters.listen.record import finite
from meters.listen.studio import open_studio


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m meters.own_voice", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="six sentences in place of sixty")
    parser.add_argument("--json", type=Path, help="a file for the figures")
    parser.add_argument("voices", nargs="*", help="of these only, beside their teachers")
    options = parser.parse_args(arguments)
    items = asyncio.run(_judged(options.quick, options.voices))
    print("\n".join(table(items)))
    if options.json:
        options.json.write_text(json.dumps(figures(items), indent=1, ensure_ascii=False) + "\n")
    return 1 if any(item.failed for item in items) else 0


async def _judged(quick: bool, voices: Sequence[str]) -> list[Item]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_studio(Path(folder)) as studio:
            cases = await own_voice.judged(studio, quick, voices)
            return [await case.measure() for case in cases]


def table(items: Sequence[Item]) -> list[str]:
    """A line for every item, figures under their measures: ``5.9 ≤ 10.5``, and ``✗`` where the limit is broken."""
    measured = [item for item in items if item.readings]
    columns = list(dict.fromkeys(reading.measure for item in measured for reading in item.readings))
    rows = [["", *(f"{MEASURES[name].title} {MEASURES[name].unit}".strip() for name in columns)]]
    for item in measured:
        found = {reading.measure: reading for reading in item.readings}
        cells = [
            f"{'' if found[name].ok else '✗ '}{found[name].text} {found[name].limits}".strip()
            if name in found
            else ""
            for name in columns
        ]
        rows.append([item.name, *cells])
    widths = [max(map(len, column)) + 2 for column in zip(*rows, strict=True)]
    lines = [
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return lines + [f"{item.name}: {item.about}" for item in items if not item.readings]


def figures(items: Sequence[Item]) -> dict[str, dict[str, dict[str, object]]]:
    """By item and measure: the value, the limit in words, whether it is kept."""
    return {
        item.name: {
            reading.measure: {
                "value": finite(reading.value),
                "limits": reading.limits,
                "ok": reading.ok,
            }
            for reading in item.readings
        }
        for item in items
    }


if __name__ == "__main__":
    sys.exit(main())
