"""``python -m meters.listen``: render all that ships, measure it, write the page.

--quick measures some of everything, each as in a full run; --check compares with ``meters/baseline.json`` and exits with 1
where something became worse; --accept takes the figures of the last run over as the baseline, and measures nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from meters.listen import baseline, page, record
from meters.listen.case import Case
from meters.listen.figures import MEASURES, Item, Reading
from meters.listen.groups import GROUPS, Group
from meters.listen.record import Entry
from meters.listen.studio import Studio, open_studio

_NEEDED = ("librosa", "matplotlib", "speechmos")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    if options.accept:
        return _accept(options.out)
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        print(f"{', '.join(missing)} missing: uv sync --group listen", file=sys.stderr)
        return 2
    groups = [group for group in GROUPS if options.only in (None, group.name)]
    started = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    entries = asyncio.run(_listen(groups, options.quick, options.out))
    _write(entries, groups, options)
    print(f"\n{options.out / 'index.html'} · {len(entries)} items in {_clock(time.monotonic() - started)}")
    return _report(entries, groups, check=options.check, quick=options.quick)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m meters.listen", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("build/listen"), help="folder of the page")
    parser.add_argument("--only", choices=[group.name for group in GROUPS], help="one group")
    parser.add_argument("--quick", action="store_true", help="some of everything")
    parser.add_argument("--check", action="store_true", help="exit with 1 where something became worse")
    parser.add_argument("--accept", action="store_true", help="make the last run the baseline")
    return parser.parse_args(arguments)


async def _listen(groups: Sequence[Group], quick: bool, out: Path) -> list[Entry]:
    with tempfile.TemporaryDirectory() as folder:
        async with open_studio(Path(folder)) as studio:
            plan = [(group, case) for group in groups for case in await group.cases(studio, quick)]
            entries = await _measure(studio, plan, out)
    for group in groups:
        entries += [
            Entry(item)
            for item in group.summary([one.item for one in entries if one.item.group == group.name])
        ]
    return entries


async def _measure(studio: Studio, plan: Sequence[tuple[Group, Case]], out: Path) -> list[Entry]:
    entries: list[Entry] = []
    ahead = sum(case.seconds for _, case in plan)
    expected, done, started = ahead, 0.0, time.monotonic()
    for number, (group, case) in enumerate(plan, 1):
        begun = time.monotonic()
        item = await _item(group, case)
        entries.append(await asyncio.to_thread(record.keep, item, out))
        done += case.seconds
        now = time.monotonic()
        left = (now - started) / done * (expected - done)
        broken = ", ".join(f"{MEASURES[reading.measure].title} {reading.text}" for reading in item.failed)
        verdict = f"outside: {broken}" if broken else "ok"
        print(
            f"{number:3d}/{len(plan)}  left {_clock(left)}  {now - begun:5.1f} s  {item.id:32s} {verdict}",
            flush=True,
        )
    return entries


async def _item(group: Group, case: Case) -> Item:
    """A case that cannot be measured is a finding, not the end of the run."""
    try:
        return await case.measure()
    except Exception as error:
        reason = f"no: {type(error).__name__}: {error}"[:200]
        return Item(group.name, case.name, reason, (Reading("measured", 0, low=1, shown=reason),))


def _write(entries: Sequence[Entry], groups: Sequence[Group], options: argparse.Namespace) -> None:
    record.write(entries, options.out, quick=options.quick)
    run = record.read(options.out)
    facts = {name: run[name] for name in ("made", "commit", "python")}
    page.write(entries, groups, baseline.load(), facts, options.out / "index.html")


def _report(entries: Sequence[Entry], groups: Sequence[Group], *, check: bool, quick: bool) -> int:
    items = [entry.item for entry in entries]
    names = {group.name for group in groups}
    figures = baseline.load()
    expected = [] if quick else [name for name in figures if name.partition("/")[0] in names]
    worse = baseline.regressions(items, figures, expected)
    outside = sum(len(item.failed) for item in items)
    print(f"{outside} figures outside of their limits; {len(worse)} worse than the baseline")
    for line in worse:
        print(f"  {line}")
    if check and worse:
        print("\nMeant? Listen, then accept: python -m meters.listen --accept")
    return 1 if check and worse else 0


def _accept(out: Path) -> int:
    try:
        run = record.read(out)
    except FileNotFoundError:
        print(f"there is no run in {out}: python -m meters.listen first", file=sys.stderr)
        return 2
    groups = sorted({item["id"].partition("/")[0] for item in run["items"]})
    print(f"{baseline.accept(run, groups)} items of {', '.join(groups)} are the baseline now")
    return 0


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


if __name__ == "__main__":
    sys.exit(main())
