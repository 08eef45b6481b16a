"""The README's examples are true."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mixdown_text.alphabets import ALPHABETS
from mixdown_text.front_end import FrontEnd
from mixdown_text.rules import SWITCHES
from mixdown_text.say_as import DATE_FORMATS, INTERPRETATIONS
from mixdown_text.ssml_tags import TAGS

README = (Path(__file__).parents[3] / "plugins/text/README.md").read_text()
EXAMPLES = re.findall(r"^\| `(\w+)` \| `(.+?)` \| (.+?) \|$", README, re.MULTILINE)


@pytest.mark.parametrize(("switch", "written", "words"), EXAMPLES)
def test_an_example_is_read_so_by_its_rule(
    spoken: Callable[..., list[str]], switch: str, written: str, words: str
) -> None:
    assert spoken(written) == [words]
    if switch != "years" or "metres" not in written:
        assert spoken(written, normalize={switch: False}) != [words]


def test_every_switch_is_documented(front_end: FrontEnd) -> None:
    assert {switch for switch, *_ in EXAMPLES} == set(SWITCHES)
    assert set(front_end.switches()) == {"marks", *SWITCHES}


def test_every_tag_and_attribute_is_documented() -> None:
    table = README[README.index("| tag | attributes |") :]
    for tag, attributes in TAGS.items():
        row = next(
            line for line in table.splitlines() if line.startswith("|") and f"`{tag}`" in line.split("|")[1]
        )
        for attribute in attributes - {"detail"}:
            assert f"`{attribute}`" in row
    for interpretation in INTERPRETATIONS:
        assert interpretation in table


def test_every_date_format_and_alphabet_is_documented() -> None:
    for name in (*DATE_FORMATS, *ALPHABETS):
        assert name in README
