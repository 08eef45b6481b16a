"""Reading a file of texts, CSV or JSON, a batch at a time: trimmed, without empties and duplicates, within limits.

Source: contracts/hybrid-audio.md, "Datasets". A file is taken whole or refused with the lines that are wrong.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO, Literal

from pydantic import JsonValue

from mixdown_api.edge.bodies import check_value
from mixdown_api.messages.columns import SAMPLE_RECORDS, Layout, layout_of
from mixdown_api.messages.labels import MAX_TEXT, Category, spoken
from mixdown_kernel import Kind, Problem, invalid

Role = Literal["names", "developers", "scripts", "custom"]
FileType = Literal["csv", "json"]

CATEGORIES: dict[Role, Category] = {
    "names": "name",
    "developers": "developer",
    "scripts": "script",
    "custom": "generic",
}
"""What the items of a role are spoken as."""
TYPES: dict[str, FileType] = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json"}
MAX_ITEMS = 1_000_000
MAX_FILE_BYTES: dict[FileType, int] = {"csv": 128 << 20, "json": 32 << 20}
"""CSV is read as it passes; JSON has to be in memory as a whole."""
MAX_LINE = 4 * MAX_TEXT
MAX_FAULTS = 20
"""So many wrong lines are told at once."""


@dataclass(frozen=True, slots=True)
class Item:
    """A text of a dataset. Equal digests are one item: case makes no difference to a name."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An item that cannot be spoken: ``at`` which place of the file, and why."""

    at: str
    code: str
    detail: str


@dataclass(slots=True)
class Report:
    """What became of the lines of a file."""

    type: FileType
    layout: Layout | None = None
    count: int = 0
    duplicates: int = 0
    empty: int = 0
    sample: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def file_type(filename: str | None) -> FileType:
    """By its ending. Raises `Problem` ``unsupported``/``unsupported_file``."""
    ending = PurePath(filename or "").suffix.lower()
    if ending not in TYPES:
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_file",
            "The file must be CSV or JSON, and its name say so.",
            field="file",
            allowed=list(TYPES),
        )
    return TYPES[ending]


def normal(text: str) -> str:
    """Trimmed, in normal form C, white space of any sort one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def digest_of(text: str, role: Role) -> str:
    """What an item is known by in its dataset: equal for texts that are one item."""
    identity = normal(text)
    if role in ("names", "developers"):
        identity = identity.lower()
    return blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Intake:
    """Iterate over it for the items; ``report`` is complete at the end.

    Args:
        file: opened at its beginning; read twice.
        type_: of the file.
        role: of the dataset.
        column: title or number (from 1) of the text column of a CSV file; None finds it.

    Iterating raises `Problem` ``invalid``: ``invalid_encoding``, ``invalid_csv``, ``invalid_json``, ``unknown_column``,
    ``invalid_items`` (with the lines), ``empty_dataset``; ``too_large``: ``file_too_large``, ``too_many_items``.
    """

    def __init__(
        self, file: BinaryIO, type_: FileType, role: Role, column: str | None = None, sample: int = 20
    ) -> None:
        self.report = Report(type_)
        self._file = file
        self._role = role
        self._column = column
        self._sample = sample
        self._seen: set[str] = set()

    def __iter__(self) -> Iterator[Item]:
        check_size(self._file, self.report.type)
        texts = self._csv() if self.report.type == "csv" else self._json()
        for where, text in texts:
            item = self._checked(where, text)
            if item is not None:
                yield item
            if len(self.report.faults) >= MAX_FAULTS:
                break
        self._conclude()

    def _checked(self, where: str, given: str) -> Item | None:
        report = self.report
        text = normal(given)
        if not text:
            report.empty += 1
            return None
        if (digest := digest_of(text, self._role)) in self._seen:
            report.duplicates += 1
            return None
        try:
            check_value("item", given)
            spoken(CATEGORIES[self._role], text, field="item")
        except Problem as problem:
            report.faults.append(Fault(where, problem.code, problem.message))
            return None
        if report.count >= MAX_ITEMS:
            raise _too_many()
        self._seen.add(digest)
        report.count += 1
        if len(report.sample) < self._sample:
            report.sample.append(text)
        return Item(text, digest)

    def _conclude(self) -> None:
        if self.report.faults:
            raise _faulty(self.report.faults)
        if not self.report.count:
            raise invalid("empty_dataset", "The file holds no text.", field="file", allowed=[1, MAX_ITEMS])

    def _csv(self) -> Iterator[tuple[str, str]]:
        sample = list(islice(_lines(self._file), SAMPLE_RECORDS))
        layout = self.report.layout = layout_of(sample, self._role, self._column)
        reader = csv.reader(_lines(self._file), delimiter=layout.delimiter, strict=True)
        try:
            for number, record in enumerate(reader):
                if number >= layout.skip:
                    text = record[layout.column] if layout.column < len(record) else ""
                    yield f"line {reader.line_num}", text
        except csv.Error as error:
            message = f"The file is not CSV: {error} (line {reader.line_num})."
            hint = 'A quotation begins and ends its cell, and quotation marks in it are doubled: "He said ""hi""."'
            raise invalid("invalid_csv", message, field="file", hint=hint) from None

    def _json(self) -> Iterator[tuple[str, str]]:
        for index, value in enumerate(_document(self._file)):
            if isinstance(value, (dict, list, bool, float)) or value is None:
                fault = Fault(f"item {index}", "invalid_item", "Each item must be a text.")
                self.report.faults.append(fault)
                yield "", ""
            else:
                yield f"item {index}", str(value)


def check_size(file: BinaryIO, type_: FileType) -> None:
    """Raises `Problem` ``too_large``/``file_too_large``."""
    limit = MAX_FILE_BYTES[type_]
    if file.seek(0, io.SEEK_END) > limit:
        message = f"A file of {type_.upper()} may have at most {limit:,} bytes."
        hint = f"CSV may have {MAX_FILE_BYTES['csv']:,}." if type_ == "json" else None
        raise Problem(Kind.TOO_LARGE, "file_too_large", message, field="file", allowed=[0, limit], hint=hint)


def _lines(file: BinaryIO) -> Iterator[str]:
    """From the beginning, with their ends; the file stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    number = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            number += 1
            if len(line) > MAX_LINE:
                message = f"Line {number} has more than {MAX_LINE:,} characters."
                raise invalid("line_too_long", message, field="file", allowed=[0, MAX_LINE])
            yield line
    except UnicodeDecodeError:
        raise _not_utf8(f" (near line {number + 1})") from None
    finally:
        if not file.closed:  # its owner may have been quicker
            text.detach()


def _document(file: BinaryIO) -> list[object]:
    """The items of a JSON file."""
    file.seek(0)
    try:
        document = json.loads(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _not_utf8("") from None
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"{error.msg} (line {error.lineno}, column {error.colno})") from None
    except ValueError:  # an integer of thousands of digits
        raise _not_json("it holds a number that is too long") from None
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        hint = 'Send ["Anna", "José"] or {"items": ["Anna", "José"]}.'
        raise invalid("invalid_json", "The file holds no list of texts.", field="file", hint=hint)
    return items


def _not_json(why: str) -> Problem:
    return invalid("invalid_json", f"The file is not JSON: {why}.", field="file")


def _not_utf8(where: str) -> Problem:
    return invalid(
        "invalid_encoding",
        f"The file is not UTF-8{where}.",
        field="file",
        hint="Save it as UTF-8, with or without a byte order mark; Excel calls it “CSV UTF-8”.",
    )


def _faulty(faults: Sequence[Fault]) -> Problem:
    number = f"{len(faults)} or more" if len(faults) >= MAX_FAULTS else str(len(faults))
    message = f"Items that cannot be spoken: {number}; the first, {faults[0].at}: {faults[0].detail}"
    hint = "Nothing was stored. Correct what `items` lists, or leave it out, and send the file again."
    details: dict[str, JsonValue] = {"items": [asdict(fault) for fault in faults]}
    return Problem(Kind.INVALID, "invalid_items", message, field="file", hint=hint, details=details)


def _too_many() -> Problem:
    message = f"A dataset holds at most {MAX_ITEMS:,} different texts."
    hint = "Nothing was stored. Divide the file into several datasets (`target_name`)."
    return Problem(Kind.TOO_LARGE, "too_many_items", message, field="file", allowed=[1, MAX_ITEMS], hint=hint)
