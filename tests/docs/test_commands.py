"""Commands and targets that the pages name exist, with the options that they are given."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from mixdown_cli.main import main

from .pages import ROOT, blocks

PAGES = (*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "template" / "README.md")  # fmt: skip
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def lines() -> Iterator[tuple[str, str]]:
    """(place, command) of every line of a shell block, and of every span of code."""
    for page in PAGES:
        for block in blocks(page):
            if block.language in ("sh", "bash"):
                joined = block.text.replace("\\\n", " ")
                yield from ((block.place, line) for line in joined.splitlines())
        spans = re.findall(r"`((?:make|mixdown) [^`…]+)`", page.read_text())
        yield from ((str(page.relative_to(ROOT)), span) for span in spans)


def words(line: str, program: str) -> list[str] | None:
    """The program's arguments, if the line calls it."""
    call = re.match(rf"(?:[A-Z_]+=\S* )*{program} (.+)", line)
    return shlex.split(call[1], comments=True) if call else None


MAKE = [(place, found) for place, line in lines() if (found := words(line, "make"))]
MIXDOWN = [(place, found) for place, line in lines() if (found := words(line, "mixdown"))]
MIXDOWN += [
    (place, shlex.split(part.removeprefix("ARGS=")))
    for place, found in MAKE
    for part in found
    if found[0] == "cli" and part.startswith("ARGS=")
]


@pytest.mark.parametrize(("place", "arguments"), MAKE)
def test_the_target_exists(place: str, arguments: list[str]) -> None:
    assert {part for part in arguments if "=" not in part} <= TARGETS


@pytest.mark.parametrize(("place", "arguments"), MIXDOWN)
def test_the_command_takes_its_arguments(place: str, arguments: list[str]) -> None:
    command: click.Command | None = main
    while isinstance(command, click.Group):  # plugins bring groups
        name, *arguments = arguments
        command = command.get_command(click.Context(command), name)
    assert command is not None, place
    known = {name for option in command.params if isinstance(option, click.Option) for name in option.opts}
    assert {part for part in arguments if part.startswith("-")} <= known


def test_the_pages_name_commands() -> None:
    assert len(MAKE) >= 8
    assert {arguments[0] for _, arguments in MIXDOWN} >= {"serve", "say", "plugins", "render"}
