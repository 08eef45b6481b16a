"""The page: what is outside of its limits first, then a table and cards for each group, worst first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from meters.listen.baseline import Figures, moved
from meters.listen.figures import MEASURES, Item, Reading
from meters.listen.groups import Group
from meters.listen.record import Entry

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fafaf8; margin: 2rem auto; max-width: 1180px; padding: 0 1rem }
h1 { margin-bottom: .2rem } h2 { margin: 2.6rem 0 .2rem; border-top: 2px solid #222; padding-top: .5rem }
p.about { color: #555; max-width: 50rem; margin: .2rem 0 1rem }
nav a { margin-right: 1.2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .6rem 0 1.4rem }
th, td { padding: .22rem .7rem; text-align: right; border-bottom: 1px solid #e4e2dc; white-space: nowrap }
th { font-weight: 600; vertical-align: bottom; background: #f1efe9 } th small { font-weight: 400; color: #777; display: block }
th:first-child, td:first-child { text-align: left }
td.bad { background: #f8d7da; color: #8a0f1c; font-weight: 600 }
td.moved { background: #fff3cd } td small { color: #777; font-weight: 400 }
.scroll { overflow-x: auto }
.card { background: #fff; border: 1px solid #e4e2dc; border-radius: 6px; padding: .8rem 1rem; margin: 0 0 1rem;
  display: grid; grid-template-columns: 19rem 1fr; gap: 1rem; align-items: start }
.card.bad { border-left: 5px solid #c1121f } .card h3 { margin: 0 0 .2rem; font-size: 1.05rem }
.card p { color: #555; margin: 0 0 .5rem; font-size: .88rem } .card table { margin: 0; width: 100%; font-size: .88rem }
.card td { padding: .12rem .3rem } .card td:last-child { text-align: left; color: #777 }
tr:target td, .card:target { background: #eef4fb } .card img { max-width: 100%; height: auto } audio { width: 100%; margin-bottom: .4rem }
figure { margin: 0 } figcaption { font-size: .88rem; color: #555 }
.sum { font-size: 1.1rem } .good { color: #1b6e3c } .red { color: #8a0f1c }
@media (max-width: 760px) { .card { grid-template-columns: 1fr } }
"""


def write(
    entries: Sequence[Entry], groups: Sequence[Group], figures: Figures, facts: Mapping[str, str], path: Path
) -> None:
    """One HTML file beside its plots and sounds."""
    items = [entry.item for entry in entries]
    present = [group for group in groups if any(item.group == group.name for item in items)]
    links = "".join(f'<a href="#{group.name}">{escape(group.title)}</a>' for group in present)
    known = escape(" · ".join(f"{name} {value}" for name, value in facts.items()))
    body = [f"<h1>How Mixdown sounds</h1><p class=about>{known}</p>", _verdict(items), f"<nav>{links}</nav>"]
    body += [
        _group(group, [one for one in entries if one.item.group == group.name], figures) for group in present
    ]
    head = f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>How Mixdown sounds</title><style>{_STYLE}</style>"
    path.write_text(head + "".join(body), encoding="utf-8")


def _verdict(items: Sequence[Item]) -> str:
    every = sum(len(item.readings) for item in items)
    failed = [(item, reading) for item in items for reading in item.failed]
    if not failed:
        return f"<p class='sum good'>All {every} figures keep their limits.</p>"
    rows = "".join(
        f"<tr><td><a href='#{item.slug}'>{escape(item.id)}</a><td>{escape(MEASURES[reading.measure].title)}"
        f"<td class=bad>{escape(reading.text)} {MEASURES[reading.measure].unit}<td>{escape(reading.limits)}"
        for item, reading in failed
    )
    head = "<tr><th>where<th>what<th>found<th>limit"
    return f"<p class='sum red'>{len(failed)} of {every} figures are outside of their limits.</p><div class=scroll><table>{head}{rows}</table></div>"


def _group(group: Group, entries: Sequence[Entry], figures: Figures) -> str:
    ordered = sorted(entries, key=lambda entry: _merit(entry.item))
    blocks = "".join(_table(rows, figures) for rows in _alike(ordered))
    cards = "".join(_card(entry) for entry in ordered if entry.plot)
    absent = "".join(
        f"<p class=about>{escape(entry.item.name)}: {escape(entry.item.about)}</p>"
        for entry in ordered
        if not entry.plot and not entry.item.readings
    )
    return f"<h2 id={group.name}>{escape(group.title)}</h2><p class=about>{escape(group.about)}</p>{absent}{blocks}{cards}"


def _merit(item: Item) -> tuple[int, float]:
    """Worst first: by how many limits are broken, then by how near the nearest is, in tolerances."""
    return -len(item.failed), min(map(_margin, item.readings), default=math.inf)


def _margin(reading: Reading) -> float:
    if math.isnan(reading.value):
        return -math.inf
    room = min(reading.value - reading.low, reading.high - reading.value)
    tolerance = MEASURES[reading.measure].tolerance
    return room / tolerance if tolerance else math.inf if room >= 0 else -math.inf


def _alike(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Items share a table where the measures of one are among those of the other."""
    tables: dict[frozenset[str], list[Entry]] = {}
    for measures in {_measures(entry): None for entry in entries if entry.item.readings}:
        if not any(measures < _measures(entry) for entry in entries):
            tables[measures] = []
    for entry in entries:
        for measures, rows in tables.items():
            if entry.item.readings and _measures(entry) <= measures:
                rows.append(entry)
                break
    return list(tables.values())


def _measures(entry: Entry) -> frozenset[str]:
    return frozenset(reading.measure for reading in entry.item.readings)


def _table(entries: Sequence[Entry], figures: Figures) -> str:
    columns = [reading.measure for reading in max((entry.item.readings for entry in entries), key=len)]
    heads = "".join(map(_head, columns))
    rows = "".join(_row(entry, columns, figures.get(entry.item.id, {})) for entry in entries)
    return f"<div class=scroll><table><tr><th>{heads}{rows}</table></div>"


def _row(entry: Entry, columns: Sequence[str], before: Mapping[str, float | None]) -> str:
    """Named after the card where there is one, else the anchor itself."""
    item = entry.item
    name = f"<a href='#{item.slug}'>{escape(item.name)}</a>" if entry.plot else escape(item.name)
    anchor = "" if entry.plot else f" id='{item.slug}'"
    found = {reading.measure: reading for reading in item.readings}
    cells = "".join(_cell(found[column], before) if column in found else "<td>" for column in columns)
    return f"<tr{anchor}><td title='{escape(item.about, quote=True)}'>{name}{cells}"


def _head(name: str) -> str:
    measure = MEASURES[name]
    return f"<th title='{escape(measure.about, quote=True)}'>{escape(measure.title)}<small>{measure.unit or '&nbsp;'}</small>"


def _cell(reading: Reading, before: Mapping[str, float | None]) -> str:
    changed = (
        reading.measure in before
        and moved(reading, before[reading.measure]) > MEASURES[reading.measure].tolerance
    )
    was = (
        f" <small>was {before[reading.measure]:g}</small>"
        if changed and before[reading.measure] is not None
        else ""
    )
    kind = "bad" if not reading.ok else "moved" if changed else ""
    mark = "✗ " if not reading.ok else ""
    return (
        f"<td class='{kind}' title='{escape(reading.limits, quote=True)}'>{mark}{escape(reading.text)}{was}"
    )


def _card(entry: Entry) -> str:
    item = entry.item
    rows = "".join(
        f"<tr><td>{escape(MEASURES[reading.measure].title)}<td class='{'' if reading.ok else 'bad'}'>{escape(reading.text)} <small>{MEASURES[reading.measure].unit}</small>"
        f"<td><small>{escape(reading.limits)}</small>"
        for reading in item.readings
    )
    kind = "card bad" if item.failed else "card"
    players = "".join(
        f"<figure><figcaption>{escape(name)}</figcaption><audio controls preload=none src='{escape(file)}'></audio></figure>"
        for name, file in entry.audio
    )
    return (
        f"<div class='{kind}' id='{item.slug}'><div><h3>{escape(item.name)}</h3><p>{escape(item.about)}</p>"
        f"{players}<table>{rows}</table></div>"
        f"<img loading=lazy src='{escape(entry.plot)}' alt='plot of {escape(item.name)}'></div>"
    )
