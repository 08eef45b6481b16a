"""Labels, paths and spoken forms of names (contracts/hybrid-audio.md, "Labels and paths")."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixdown_api.messages.labels import (
    CATEGORIES,
    MAX_NAME,
    blob_of,
    category_of,
    check_label,
    label_of,
    path_of,
    slug,
    spoken,
)
from mixdown_kernel import Problem


@pytest.mark.parametrize(
    ("given_", "text", "label"),
    [
        ("john", "John", "stem.name.john"),
        ("  JOHN ", "John", "stem.name.john"),
        ("mary  ann", "Mary Ann", "stem.name.mary_ann"),
        ("josé", "José", "stem.name.josé"),
        ("jose\u0301", "José", "stem.name.josé"),
        ("o'neil", "O'Neil", "stem.name.o'neil"),
        ("d’angelo", "D’Angelo", "stem.name.d’angelo"),
        ("john's", "John's", "stem.name.john's"),
        ("jean-luc", "Jean-Luc", "stem.name.jean-luc"),
        ("McDonald", "McDonald", "stem.name.mcdonald"),
        ("żółć", "Żółć", "stem.name.żółć"),
        ("محمد", "محمد", "stem.name.محمد"),
        ("דוד", "דוד", "stem.name.דוד"),
        ("李小龍", "李小龍", "stem.name.李小龍"),
        ("ნინო", "ნინო", "stem.name.ნინო"),  # Georgian has no capitals within a name
        ("ǆemal", "ǅemal", "stem.name.ǆemal"),
    ],
)
def test_a_name_is_spoken_in_title_case_and_labelled_in_lower(given_: str, text: str, label: str) -> None:
    assert spoken("name", given_, field="name") == text
    assert label_of("name", text) == label
    assert path_of(label) == f"stems/name/{label}.wav"


def test_capitals_of_developers_may_be_initials() -> None:
    assert spoken("developer", "IBM", field="developer") == "IBM"
    assert spoken("developer", "hilton homes", field="developer") == "Hilton Homes"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("", "missing_name"),
        (" \t\n", "missing_name"),
        ("x" * (MAX_NAME + 1), "name_too_long"),
        ("x" * 10_000, "name_too_long"),
        ("../../etc/passwd", "invalid_name"),
        ("a\\b", "invalid_name"),
        ("a\x00b", "invalid_name"),
        ("abc\u202edef", "invalid_name"),
        ("😀", "invalid_name"),
        ("...", "invalid_name"),
        ("\u0301", "invalid_name"),
    ],
)
def test_what_is_no_name_is_refused(wrong: str, code: str) -> None:
    with pytest.raises(Problem) as raised:
        spoken("name", wrong, field="name")
    assert (raised.value.code, raised.value.field) == (code, "name")


def test_a_text_keeps_its_lines_and_a_name_has_one() -> None:
    assert spoken("script", " One.\n\nTwo. ", field="script") == "One.\n\nTwo."
    assert spoken("name", "ana\nmaria", field="name") == "Ana Maria"
    assert label_of("script", "One\n\ntwo") == "stem.script.one_two"


def test_an_emoji_beside_a_name_is_told_apart_by_a_hash() -> None:
    label = label_of("name", spoken("name", "anna 😀", field="name"))
    assert re.fullmatch(r"stem\.name\.anna-[0-9a-f]{12}", label)


def test_texts_that_differ_by_what_a_path_cannot_hold_have_different_labels() -> None:
    texts = ["Hello John.", "Hello John!", "Hello John?", "Hello John", "hello/john", "Hello, John"]
    assert len({label_of("generic", text) for text in texts}) == len(texts)


@given(st.text(max_size=300), st.sampled_from(CATEGORIES))
def test_any_text_has_a_label_that_stays_where_it_belongs(text: str, category: str) -> None:
    if "\ud800" <= max(text, default="") <= "\udfff":
        return
    label = label_of(category, text)  # type: ignore[arg-type]
    assert category_of(label) == category
    assert slug(text)
    path, blob = path_of(label), blob_of(label)
    assert path.split("/") == ["stems", category, f"{label}.wav"]
    assert ".." not in label
    assert len(label) < 120
    assert re.fullmatch(rf"stems/{category}/[A-Za-z0-9._-]+\.wav", blob)


def test_keys_of_a_bucket_are_plain_and_different() -> None:
    assert blob_of("stem.name.john") == "stems/name/stem.name.john.wav"
    assert re.fullmatch(r"stems/name/stem\.name\.jose-[0-9a-f]{12}\.wav", blob_of("stem.name.josé"))
    assert blob_of("stem.name.josé") != blob_of("stem.name.jose")


@pytest.mark.parametrize(
    "wrong", ["john", "stem.name", "stem.name.", "stem.pet.rex", "stem.name.a/b", "stem.name...", "stem.name.a b", "../stem.name.x"]
)  # fmt: skip
def test_what_is_no_label_is_refused(wrong: str) -> None:
    with pytest.raises(Problem) as raised:
        check_label(wrong, field="label")
    assert raised.value.code == "invalid_label"
