"""The documentation as the tests see it: pages, fenced blocks, table rows.

A block whose fence says ``run`` behind its language (```` ```python run ````) is executed by `test_examples`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w*)[ ]?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block; ``line`` is that of its first line inside the fence."""

    page: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start(3)) + 1
        yield Block(page, line, match[1], match[2], match[3])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def section(page: Path, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    assert heading in lines, f"{page.name} has no heading {heading!r}"
    taken = []
    for line in lines:
        if re.match(rf"#{{1,{level}}} ", line):
            break
        taken.append(line)
    return "\n".join(taken)


def rows(text: str) -> list[list[str]]:
    """The cells of every table row but headings and rulers."""
    found: list[list[str]] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_heading = number + 1 < len(lines) and lines[number + 1].startswith("|-")
        if line.startswith("|") and not line.startswith("|-") and not is_heading:
            found.append([cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found
