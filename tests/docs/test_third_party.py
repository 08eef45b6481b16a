"""THIRD-PARTY.md lists what the default install brings, under the licences that it declares; nothing of it is GPL."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlib_metadata import Distribution, PackageNotFoundError, distribution
from packaging.requirements import Requirement

from .pages import ROOT, blocks, rows, section

PAGE = ROOT / "THIRD-PARTY.md"
NOTICES = ROOT / "plugins" / "tts_onnx" / "THIRD-PARTY.md"
TEACHERS = ("libflite1", "festvox-us-slt-hts", "libhtsengine1")
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
FREE = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "LGPL-2.1-or-later",
    "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Zlib",
}  # fmt: skip
"""What a package of the default install may be under: nothing that makes a whole installation GPL."""
GPL_LIBRARY = re.compile(
    r"(x26[45]|xvid|postproc|espeak|fftw|gsl|faad|mad|readline|rubberband|vidstab)\w*[-.].*(so|dylib|dll)\b"
)
"""Libraries under the GPL that wheels of audio packages carry, or might."""


def requirements(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        )
        if wanted:
            yield requirement


def installed_by(root: str) -> dict[str, Distribution]:
    """Every distribution that a requirement brings at run time, directly or not, by its canonical name."""
    found: dict[tuple[str, frozenset[str]], Distribution] = {}
    waiting = [Requirement(root)]
    while waiting:
        asked = waiting.pop()
        key = (re.sub(r"[-_.]+", "-", asked.name).lower(), frozenset(asked.extras))
        if key in found:
            continue
        found[key] = distribution(asked.name)
        waiting += requirements(*key)
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


def objections(one: Distribution) -> list[str]:
    """Why a distribution may not be part of the default install: its licence, or a library that its wheel carries."""
    terms = set(re.split(r" AND | OR | WITH ", licence(one)))
    carried = [str(file) for file in one.files or () if GPL_LIBRARY.match(file.name.removeprefix("lib"))]
    return [f"is under {term or 'no licence that it names'}" for term in terms - FREE] + [
        f"carries {file}" for file in carried
    ]


def checkout() -> list[str]:
    """What ``uv sync --no-dev`` is asked for in a checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["dependencies"])


def test_nothing_in_the_default_install_is_gpl() -> None:
    installed = {name: one for root in checkout() for name, one in installed_by(root).items()}
    assert {name: found for name, one in installed.items() if (found := objections(one))} == {}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("piper-tts", "is under GPL-3.0-or-later"),
        ("espeakng-loader", "is under no licence that it names"),
        ("espeakng-loader", "carries espeakng_loader/libespeak-ng.so"),
        ("av", "carries av.libs/libx264"),
    ],
)
def test_what_is_gpl_would_be_found(name: str, why: str) -> None:
    """These are there for the tests."""
    assert [found for found in objections(distribution(name)) if found.startswith(why)]


def test_what_is_gpl_comes_with_an_extra_and_is_told() -> None:
    told = section(PAGE, "## What deserves attention")
    brought = {extra: installed_by(f"mixdown[{extra}]") for extra in ("ffmpeg", "languages")}
    gpl = {extra: {name for name in found if objections(found[name])} for extra, found in brought.items()}
    assert gpl == {"ffmpeg": {"av"}, "languages": {"piper-tts"}}
    assert all(f"`{name}`" in told and f"`{extra}`" in told for extra in gpl for name in gpl[extra])


EXTRAS = {name: found for name, _, found in rows(section(PAGE, "## Packages of the extras"))}


@pytest.mark.parametrize("extra", sorted(set(EXTRAS.values())))
def test_what_extras_bring_is_listed(extra: str) -> None:
    base = installed_by(extra.strip("`").partition("[")[0])
    try:
        brought = installed_by(extra.strip("`"))
    except PackageNotFoundError as error:
        pytest.skip(f"the extra is not installed: {error}")
    more = {name for name in brought if name not in base and not name.startswith("mixdown")}
    assert {name.strip("`") for name, of in EXTRAS.items() if of == extra} == more - set(others())


def test_notices_are_word_for_word() -> None:
    """As Debian hands them on, but for indents and the dots of its format."""
    sources = [Path("/usr/share/doc", name, "copyright") for name in TEACHERS]
    if not all(source.is_file() for source in sources):
        pytest.skip("needs Debian's flite, libhtsengine1 and festvox-us-slt-hts")
    originals = [words(re.sub(r"(?m)^ \.$", "", source.read_text(encoding="utf-8"))) for source in sources]
    notices = [block.text for block in blocks(NOTICES)]
    assert len(notices) == 5
    for notice in notices:
        for paragraph in notice.split("\n\n"):
            assert any(words(paragraph) in original for original in originals), paragraph


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_walk_reaches_what_only_an_extra_brings() -> None:
    assert "greenlet" in others(), "sqlalchemy[asyncio] needs it"
