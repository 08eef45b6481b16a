"""Relative links lead somewhere."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from .pages import ROOT, prose

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`[^`\n]*`")
"""What is shown in it is no link."""
PLACES = ("*.md", "docs/**/*.md", "template/*.md", "plugins/*/*.md", "api/*.md", "cli/*.md", "client/*.md", "kernel/*.md")  # fmt: skip
PAGES = sorted({page for place in PLACES for page in ROOT.glob(place)})


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, signs dropped, spaces as hyphens."""
    found = set()
    for line in prose(page).splitlines():
        if line.startswith("#"):
            title = line.lstrip("#").strip().lower()
            kept = (c for c in title if c in "-_ " or unicodedata.category(c)[0] in "LN")
            found.add("".join(kept).replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(CODE.sub("", prose(page))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", path):
            continue
        other = (page.parent / path).resolve() if path else page
        assert other.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert other.exists(), f"{target} does not exist"
        assert not anchor or anchor in anchors(other), f"{target}: no such heading"


def test_every_page_is_on_the_map() -> None:
    index = ROOT / "docs" / "index.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for target in LINK.findall(prose(index))}
    assert {page for page in (ROOT / "docs").rglob("*.md") if page != index} <= linked
