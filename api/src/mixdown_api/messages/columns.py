"""Which delimiter a CSV file has, where its header is, and which column holds the texts.

A file is judged by its first records. What it says itself (a header with a known word) beats what its cells look like.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from statistics import mean

from mixdown_kernel import invalid

DELIMITERS = (",", ";", "\t", "|", "^", "~")
ONE_COLUMN = "\x1f"
"""The delimiter of a file without one: nothing may cut its lines."""
JUDGED = 64
"""Characters of a cell that are looked at to tell words from codes."""
SAMPLE_RECORDS = 500
HEADER_WITHIN = 20
"""Exports put titles and empty lines above their header; it is looked for in so many records."""
REGULAR = 0.8
"""The share of records with the same number of cells that makes a delimiter believable."""
FEW_VALUES = 0.1
"""A column with fewer distinct values than this share of its cells is a category, not a list of texts."""

WORDS: dict[str, tuple[str, ...]] = {
    "names": (
        "first_name", "firstname", "given_name", "forename", "name", "names", "common_name", "common_names", "nombre",
        "nombres", "prénom", "prenom", "vorname", "nome", "full_name", "fullname", "customer", "contact",
    ),
    "developers": (
        "developer", "developers", "developer_name", "developer_names", "company", "company_name", "brand", "resort",
        "organisation", "organization", "name", "names",
    ),
    "scripts": (
        "script", "scripts", "text", "texts", "message", "messages", "transcript", "line", "lines", "sentence",
        "content", "body", "item", "items",
    ),
    "custom": (
        "text", "texts", "item", "items", "value", "values", "label", "title", "script", "message", "name", "names",
        "first_name", "developer",
    ),
}  # fmt: skip
"""Headers of the text column, by the role of the dataset; earlier ones win."""

_DECLARED = re.compile(r"sep=([^\w\s\"]|\t)\s*", re.IGNORECASE)
"""What Excel writes above a file, and obeys."""
_CODE = re.compile(
    r"""
    [\W\d_]*                                        # nothing to say: numbers, dates, money, telephones
    | \S+@\S+\.\S+                                  # mail
    | (?:https?://|www\.)\S+
    | [0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}
    | \S*\d\S*[A-Za-z]\S*\d\S*                      # identifiers: A12-77
    | \d{4}-\d\d-\d\d[T\s].*                        # moments
    | (?i:true|false|yes|no|y|n|null|none|n/a|nan)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a CSV file. ``column`` counts from 0; ``header`` is its title, None where there is none;
    ``skip`` records come before the first text."""

    delimiter: str
    column: int
    header: str | None
    skip: int


def layout_of(sample: Sequence[str], role: str, column: str | None = None) -> Layout:
    """Judge the first lines of a file.

    Args:
        sample: with their line ends.
        role: of the dataset, for the words that a header may have.
        column: the title or the number (from 1) of the column, where the caller says it.

    Raises `Problem` ``invalid``/``unknown_column`` if there is no such column.
    """
    declared = _DECLARED.fullmatch(sample[0]) if sample else None
    lines = sample[1:] if declared else sample
    delimiter = declared[1] if declared else _delimiter(lines, role)
    records = _records(lines, delimiter)
    at = _header(records, role, column)
    titles = records[at] if at is not None else []
    body = [record for record in records[0 if at is None else at + 1 :] if _filled(record)]
    chosen = _column(titles, body, role, column)
    title = titles[chosen].strip() if chosen < len(titles) else None
    skip = (at is not None and at + 1) + (declared is not None)
    return Layout(delimiter, chosen, title or None, skip)


def _delimiter(sample: Sequence[str], role: str) -> str:
    """The one that cuts most records into the same number of cells."""
    best, delimiter = (0.0, 0), ONE_COLUMN
    for candidate in DELIMITERS:
        records = [record for record in _records(sample, candidate) if record]
        counts = Counter(map(len, records))
        cells, often = max(counts.items(), key=lambda one: (one[1], one[0]), default=(1, 0))
        share = round(often / max(1, len(records)), 1)
        if cells > 1 and share >= REGULAR and (share, cells) > best and not _is_prose(records, role):
            best, delimiter = (share, cells), candidate
    return delimiter if delimiter != ONE_COLUMN else _titles_delimiter(sample, role)


def _titles_delimiter(sample: Sequence[str], role: str) -> str:
    """Of a file whose records differ in length: the one that cuts its first record into titles, one of them known."""
    for candidate in DELIMITERS:
        records = [record for record in _records(sample, candidate) if record]
        titles = records[0] if records else []
        are_titles = len(titles) > 1 and not any(title.startswith(" ") for title in titles)
        cut = sum(len(record) > 1 for record in records)
        if are_titles and set(WORDS[role]) & set(map(_plain, titles)) and 2 * cut >= len(records):
            return candidate
    return ONE_COLUMN


def _is_prose(records: Sequence[Sequence[str]], role: str) -> bool:
    """Whether the delimiter is a comma of sentences: one title stands alone above them, or a blank follows it and the
    texts may have commas."""
    if len(records[0]) == 1 and _plain(records[0][0]) in WORDS[role]:
        return True
    following = [cell for record in records for cell in record[1:]]
    blanks = sum(cell.startswith(" ") for cell in following)
    return role in ("scripts", "custom") and blanks >= REGULAR * len(following)


def _records(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    """As far as they can be read: the sample may end within a quotation."""
    records: list[list[str]] = []
    with suppress(csv.Error):
        records.extend(csv.reader(sample, delimiter=delimiter))
    return records[:SAMPLE_RECORDS]


def _header(records: Sequence[Sequence[str]], role: str, column: str | None) -> int | None:
    """The record that has a title of the text column, or else the first one if it stands over columns of codes."""
    named = _titled(records, {_plain(column)}) if column else None
    found = _titled(records, set(WORDS[role])) if named is None else named
    if found is not None:
        return found
    first = next((at for at, record in enumerate(records) if _filled(record)), None)
    if first is None or not _stands_over_codes(records[first], records[first + 1 :]):
        return None
    return first


def _titled(records: Sequence[Sequence[str]], words: Set[str]) -> int | None:
    """The fullest record with one of the words, if all above it have fewer cells: else it is an item like them."""
    filled = [_filled(record) for record in records[:HEADER_WITHIN]]
    found = [
        at
        for at, record in enumerate(records[:HEADER_WITHIN])
        if words & {_plain(cell) for cell in record} and max(filled[:at], default=0) < filled[at]
    ]
    return max(found, key=lambda at: filled[at], default=None)


def _stands_over_codes(titles: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether some column holds numbers, dates and the like, and its first cell a word."""
    for column, title in enumerate(titles):
        cells = _cells(body, column)
        is_word = bool(title.strip()) and not _is_code(title.strip())
        if cells and is_word and sum(map(_is_code, cells)) >= REGULAR * len(cells):
            return True
    return False


def _is_code(cell: str) -> bool:
    return _CODE.fullmatch(cell[:JUDGED]) is not None


def _filled(record: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in record)


def _column(titles: Sequence[str], body: Sequence[Sequence[str]], role: str, column: str | None) -> int:
    plain = [_plain(title) for title in titles]
    width = max([len(plain), *map(len, body), 1])
    if column is not None:
        return _named(column, plain, width)
    for word in WORDS[role]:
        if word in plain:
            return plain.index(word)
    scores = [_score(_cells(body, one), role) for one in range(width)]
    return scores.index(max(scores))


def _named(column: str, titles: Sequence[str], width: int) -> int:
    if _plain(column) in titles:
        return titles.index(_plain(column))
    if column.isdecimal() and len(column) < 6 and 1 <= int(column) <= width:
        return int(column) - 1
    raise invalid(
        "unknown_column",
        "The file has no such column.",
        field="column",
        allowed=[*(title for title in titles if title), 1, width] if titles else [1, width],
        hint="Name it by its title, or by its number from 1.",
    )


def _score(cells: Sequence[str], role: str) -> float:
    """How much a column looks like the texts of a role; the leftmost of equals wins."""
    texts = [cell for cell in cells if not _is_code(cell)]
    if not texts:
        return 0.0
    score = len(texts) / len(cells)
    if len(cells) >= 20 and len(set(texts)) < FEW_VALUES * len(cells):
        score /= 10
    # Among columns of words the longest are the scripts; names differ too little in length to say anything.
    return score * mean(map(len, texts)) if role == "scripts" else round(score, 1)


def _cells(body: Sequence[Sequence[str]], column: int) -> list[str]:
    return [record[column].strip() for record in body if column < len(record) and record[column].strip()]


def _plain(title: str) -> str:
    return "_".join(title.lower().replace("-", " ").replace("_", " ").split())
