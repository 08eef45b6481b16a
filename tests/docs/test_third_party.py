"""THIRD-PARTY.md lists what the default install brings, under the licences that it declares."""

from __future__ import annotations

import re
from collections.abc import Iterator

from importlib_metadata import Distribution, distribution
from packaging.requirements import Requirement

from .pages import ROOT, rows, section

PAGE = ROOT / "THIRD-PARTY.md"
SPDX = {
    "mit license": "MIT",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
}
"""What metadata without SPDX expressions say, in SPDX."""
GPL_LIBRARY = re.compile(r"(libx26[45]|espeak)[^/]*\.(so|dylib|dll)")


def requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        )
        if wanted:
            yield requirement


def installed_by(root: str) -> dict[str, Distribution]:
    """Every distribution that ``root`` needs at run time, directly or not, by its canonical name."""
    found: dict[tuple[str, frozenset[str]], Distribution] = {}
    waiting = [(root, frozenset[str]())]
    while waiting:
        name, extras = waiting.pop()
        key = (re.sub(r"[-_.]+", "-", name).lower(), extras)
        if key in found:
            continue
        found[key] = distribution(name)
        waiting += [(item.name, frozenset(item.extras)) for item in requirements(name, extras)]
    return {name: one for (name, _), one in found.items()}


def licence(one: Distribution) -> str:
    """The SPDX expression, or what stands in its place."""
    metadata = one.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    stated = str(metadata.get("License") or "")
    classifiers = [
        line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or () if "License ::" in line
    ]
    if len(classifiers) > 1:
        return " OR ".join(sorted(SPDX.get(line.lower(), line) for line in classifiers))
    title = stated.partition("\n")[0].strip()  # some give the whole text of it
    short = title if title and len(title) <= 40 else "".join(classifiers)
    return SPDX.get(short.lower(), short)


def documented() -> dict[str, tuple[str, str]]:
    """Name to licence and note."""
    table = rows(section(PAGE, "## Packages of the default install"))
    return {name.strip("`"): (its_licence, note) for name, its_licence, note in table}


def others() -> dict[str, Distribution]:
    return {name: one for name, one in installed_by("mixdown").items() if not name.startswith("mixdown")}


def test_every_package_is_listed_under_its_licence() -> None:
    listed = {name: entry[0] for name, entry in documented().items()}
    assert {name: licence(one) for name, one in others().items()} == {
        name: listed.get(name) for name in others()
    }


def test_nothing_is_listed_that_does_not_come_along() -> None:
    """But what comes along on other systems only."""
    absent = {name for name, (_, note) in documented().items() if not note.startswith("only ")} - set(
        others()
    )
    assert not absent


def test_our_own_packages_are_mit() -> None:
    ours = {name: licence(one) for name, one in installed_by("mixdown").items() if name.startswith("mixdown")}
    assert len(ours) >= 10
    assert set(ours.values()) == {"MIT"}


def test_what_is_gpl_is_told() -> None:
    """By its own licence, or by libraries that its wheel carries."""
    told = section(PAGE, "## What deserves attention")
    strong = {name for name, one in others().items() if re.search(r"(?<!L)GPL", licence(one))}
    carried = {
        name
        for name, one in others().items()
        if any(GPL_LIBRARY.search(str(file)) for file in one.files or ())
    }
    assert strong == {"piper-tts"}
    assert carried <= {"av", "piper-tts"}
    assert all(f"`{name}`" in told for name in strong | carried)


def test_the_walk_reaches_what_only_an_extra_brings() -> None:
    assert "greenlet" in others(), "sqlalchemy[asyncio] needs it"
