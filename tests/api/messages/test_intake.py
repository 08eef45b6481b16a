"""What is read of a CSV or JSON file, wherever its column and header are, and what is refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixdown_api.messages.intake import MAX_FILE_BYTES, FileType, Intake, Report, Role, file_type
from mixdown_kernel import Kind, Problem

ANNA = ["Anna", "Ben", "Cleo"]


def read(
    data: str | bytes, role: Role = "names", type_: FileType = "csv", column: str | None = None
) -> list[str]:
    return [item.text for item in Intake(_file(data), type_, role, column)]


def reported(data: str | bytes, role: Role = "names", type_: FileType = "csv") -> Report:
    intake = Intake(_file(data), type_, role)
    list(intake)
    return intake.report


def refused(
    data: str | bytes, role: Role = "names", type_: FileType = "csv", column: str | None = None
) -> Problem:
    with pytest.raises(Problem) as error:
        read(data, role, type_, column)
    return error.value


def _file(data: str | bytes) -> io.BytesIO:
    return io.BytesIO(data.encode() if isinstance(data, str) else data)


# ---------------------------------------------------------------- CSV: where the texts are

ROWS = [("17", "Anna", "a@x.org"), ("18", "Ben", "b@x.org"), ("19", "Cleo", "c@x.org")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~"])
@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
@pytest.mark.parametrize("titles", [("id", "First Name", "e-mail"), None])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_column_is_found_in_any_position(
    delimiter: str, order: tuple[int, int, int], titles: tuple[str, str, str] | None, end: str
) -> None:
    rows = [titles, *ROWS] if titles else ROWS
    text = end.join(delimiter.join(row[at] for at in order) for row in rows)
    assert read(text) == ANNA
    assert read(text.encode("utf-8-sig")) == ANNA


@pytest.mark.parametrize("above", [[""], ["Export of 1 May"], ["Names;;", ";;", "for the campaign;;"]])
def test_a_header_may_stand_below_titles_and_empty_lines(above: list[str]) -> None:
    assert read("\n".join([*above, "id;name;city", "1;Anna;Ulm", "2;Ben;Bonn", "3;Cleo;Kiel"])) == ANNA


@pytest.mark.parametrize("delimiter", [";", ":", "\t", "#"])
def test_a_file_may_declare_its_delimiter(delimiter: str) -> None:
    rows = [("id", "name"), ("1", "Anna"), ("2", "Ben"), ("3", "Cleo")]
    lines = [f"sep={delimiter}", *(delimiter.join(row) for row in rows)]
    assert read("\ufeff" + "\r\n".join(lines)) == ANNA
    assert read("\r\n".join([lines[0], *lines[2:]])) == ANNA


def test_a_header_beats_what_cells_look_like() -> None:
    text = "city,name,remark\nUlm,Anna,came twice\nBonn,Ben,never\nKiel,Cleo,a friend of Anna's\n"
    assert read(text) == ANNA


def test_an_unknown_header_is_known_by_the_codes_below_it() -> None:
    report = reported("Rufname;Geboren\nAnna;1980-01-01\nBen;1990-05-05\nCleo;2001-12-12\n")
    assert (report.sample, report.layout and report.layout.header) == (ANNA, "Rufname")


def test_a_word_of_a_header_in_the_middle_of_a_list_is_an_item() -> None:
    assert read("Hello\nTitle\nText\nGoodbye\n", "custom") == ["Hello", "Title", "Text", "Goodbye"]


@pytest.mark.parametrize(
    ("role", "text", "texts"),
    [
        ("developers", "name,developer\nAnna,Amberfield\nBen,Bluewater\n", ["Amberfield", "Bluewater"]),
        ("names", "name,developer\nAnna,Amberfield\nBen,Bluewater\n", ["Anna", "Ben"]),
        ("names", "last_name,first_name\nMoss,Anna\nLund,Ben\n", ["Anna", "Ben"]),
        ("scripts", "A,How are you today\nB,Please call me back\n", ["How are you today", "Please call me back"]),
    ],
)  # fmt: skip
def test_the_role_says_which_of_several_columns(role: Role, text: str, texts: list[str]) -> None:
    assert read(text, role) == texts


def test_a_column_of_few_values_is_a_category() -> None:
    rows = [f"{'active' if at % 2 else 'passive'},Name{chr(97 + at)}" for at in range(26)]
    assert read("\n".join(rows))[0] == "Namea"


def test_the_caller_may_say_which_column() -> None:
    text = "name,nickname\nAnna,Ännchen\nBen,Benny\n"
    assert read(text, column="Nickname") == ["Ännchen", "Benny"]
    assert read(text, column="2") == ["Ännchen", "Benny"]
    for column in ("3", "0", "alias", "99999999999999999999"):
        problem = refused(text, column=column)
        assert (problem.code, problem.field) == ("unknown_column", "column")
        assert "nickname" in (problem.allowed or [])


# ---------------------------------------------------------------- CSV: what a cell is


def test_quotations_hold_delimiters_quotes_and_line_ends() -> None:
    text = 'id,script\n1,"Hello, Anna."\n2,"She said ""now""."\n3,"Two\nlines."\n'
    assert read(text, "scripts") == ["Hello, Anna.", 'She said "now".', "Two lines."]


@pytest.mark.parametrize(
    "text",
    [
        "script\nHi, it's Anna.\nWell, call me.\nYes, today.\n",
        "Hi, it's Anna.\nWell, call me.\nYes, today.\n",
        "Hi, it's Anna.\nCall me.\nNow, or never, or later.\n",
    ],
)
def test_commas_of_sentences_cut_nothing(text: str) -> None:
    assert read(text, "scripts")[0] == "Hi, it's Anna."
    assert len(read(text, "scripts")) == 3


@pytest.mark.parametrize(
    ("role", "text", "expected"),
    [
        ("names", "name,age\nAnna,3\nBen\nCarl,4,5,6\n", ["Anna", "Ben", "Carl"]),
        ("names", "age;name\n3;Anna\n4;Ben;;x\n5;Carl;;;\n", ["Anna", "Ben", "Carl"]),
        ("developers", "Brand, Inc.\nHilton\nMarriott\n", ["Brand, Inc.", "Hilton", "Marriott"]),
        ("developers", "Brand,Inc.\nHilton\nMarriott\n", ["Brand,Inc.", "Hilton", "Marriott"]),
    ],
)
def test_titles_are_found_above_records_of_different_lengths(
    role: Role, text: str, expected: list[str]
) -> None:
    assert read(text, role) == expected


def test_short_rows_and_empty_cells_are_counted_and_left_out() -> None:
    report = reported("id,name\n1,Anna\n2\n\n3,\n4,  \n5,Ben\n6,anna\n7,Anna \n")
    assert (report.sample, report.count, report.duplicates) == (["Anna", "Ben"], 2, 2)
    assert report.empty >= 3


def test_white_space_and_normal_form_are_made_one() -> None:
    assert read("name\n  Anna   Maria\t\nJose\u0301\nJosé\n\u00a0Zoë\u2003\n") == [
        "Anna Maria",
        "José",
        "Zoë",
    ]


def test_case_matters_to_scripts_and_not_to_names() -> None:
    assert read("Anna\nANNA\nanna") == ["Anna"]
    assert read("Tell us.\nTell US.", "scripts") == ["Tell us.", "Tell US."]


@pytest.mark.parametrize(
    "name",
    ["Zoë", "D'Arcy O’Neil", "Ángel María", "יוסף", "محمد", "नरेन्द्र", "李小龙", "Nguyễn Thị", "Jean-Luc", "Anna 😀"],
)  # fmt: skip
def test_names_of_all_the_world_are_kept(name: str) -> None:
    assert read(f"id,name\n1,{name}\n2,Ben\n") == [name, "Ben"]


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../etc/passwd", "invalid_item"),
        ("a\\b", "invalid_item"),
        ("😀", "invalid_item"),
        ("x" * 201, "item_too_long"),
        ("An\x00na", "control_character"),
        ("An\x1bna", "control_character"),
        ("\u202eannA", "invalid_item"),
    ],
)
def test_what_no_voice_can_speak_is_told_by_line(name: str, code: str) -> None:
    problem = refused(f"id,name\n1,Anna\n2,{name}\n3,Ben\n")
    assert (problem.kind, problem.code) == (Kind.INVALID, "invalid_items")
    (fault,) = problem.details["items"]  # type: ignore[misc, union-attr]
    assert fault["at"] == "line 3"
    assert fault["code"] == code


def test_ten_thousand_characters_are_a_script_and_one_more_is_none() -> None:
    assert len(read("a" * 10_000, "scripts")[0]) == 10_000
    problem = refused("a" * 10_001, "scripts")
    assert problem.code == "invalid_items"
    assert refused("a" * 40_001, "scripts").code == "line_too_long"


def test_twenty_faults_are_told_at_once() -> None:
    problem = refused("name\n" + "a/b\n" * 3 + "".join(f"a/{number}\n" for number in range(100)))
    assert len(problem.details["items"]) == 20  # type: ignore[arg-type]
    assert "20 or more" in problem.message


@pytest.mark.parametrize("text", ["", "\n\n", "name\n", "name\n \n", "\ufeff"])
def test_nothing_is_no_dataset(text: str) -> None:
    assert refused(text).code == "empty_dataset"


@pytest.mark.parametrize("text", ['name\n"Anna\nBen\n', 'id,name\n1,"An"na\n'])
def test_broken_quotations_are_told_by_line(text: str) -> None:
    problem = refused(text)
    assert problem.code == "invalid_csv"
    assert "line" in problem.message


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings_are_refused(encoding: str) -> None:
    problem = refused("name\nJosé\n".encode(encoding))
    assert problem.code == "invalid_encoding"
    assert "UTF-8" in (problem.hint or "")


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAX_FILE_BYTES, "json", 30)
    problem = refused(json.dumps(["x" * 40]), type_="json")
    assert (problem.kind, problem.code) == (Kind.TOO_LARGE, "file_too_large")


def test_datasets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mixdown_api.messages.intake.MAX_ITEMS", 3)
    assert len(read("Anna\nBen\nCleo\nanna\nben")) == 3
    problem = refused("Anna\nBen\nCleo\nDora")
    assert (problem.kind, problem.code) == (Kind.TOO_LARGE, "too_many_items")


def test_the_name_says_the_type() -> None:
    assert [file_type(name) for name in ("a.csv", "A.CSV", "b.tsv", "c.txt", "d.json")] == [
        *["csv"] * 4,
        "json",
    ]
    for name in ("a.xlsx", "csv", None, ""):
        with pytest.raises(Problem) as error:
            file_type(name)
        assert error.value.code == "unsupported_file"


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    "document", [ANNA, {"items": ANNA}, {"version": 3, "items": ANNA}, [*ANNA, " ", "ANNA"]]
)
def test_json_is_a_list_or_items(document: Any) -> None:
    assert read(json.dumps(document), type_="json") == ANNA
    assert read(json.dumps(document).encode("utf-8-sig"), type_="json") == ANNA


def test_whole_numbers_are_texts() -> None:
    assert read("[7, 12]", "custom", "json") == ["7", "12"]


@pytest.mark.parametrize("item", [None, True, 1.5, ["Anna"], {"name": "Anna"}, "a/b", "\ud800", "\x07a"])
def test_other_items_are_told_by_their_place(item: Any) -> None:
    problem = refused(json.dumps(["Anna", item]), type_="json")
    assert problem.code == "invalid_items"
    (fault,) = problem.details["items"]  # type: ignore[misc, union-attr]
    assert fault["at"] == "item 1"


@pytest.mark.parametrize(
    "text", ["", "{", "[", "7", '"Anna"', "{}", '{"items": {}}', "[1e5", "[NaN", "[" * 100_000, "[" + "9" * 5000 + "]"]
)  # fmt: skip
def test_other_documents_are_refused(text: str) -> None:
    assert refused(text, type_="json").code == "invalid_json"


# ---------------------------------------------------------------- anything


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.sampled_from(["csv", "json"]))
def test_whatever_bytes_are_read_or_refused(data: bytes, type_: FileType) -> None:
    try:
        texts = read(data, "custom", type_)
    except Problem:
        return
    assert texts
    assert all(text and text == " ".join(text.split()) for text in texts)


NAMES = st.lists(
    st.text(st.characters(categories=["Lu", "Ll"]), min_size=1, max_size=12),
    min_size=2,
    max_size=40,
    unique_by=lambda text: text.lower(),
)


@settings(max_examples=200, deadline=None)
@given(NAMES, st.integers(0, 3), st.sampled_from(",;\t|"), st.booleans())
def test_names_among_numbers_come_out_as_they_went_in(
    names: list[str], position: int, delimiter: str, header: bool
) -> None:
    rows = [[str(1000 + at)] * position + [name] + [f"{at}.5"] for at, name in enumerate(names)]
    if header:
        rows.insert(0, [f"n{at}" for at in range(position)] + ["name", "amount"])
    text = "\n".join(delimiter.join(row) for row in rows)
    assert [one.lower() for one in read(text)] == [
        one.lower() for one in read(json.dumps(names), type_="json")
    ]
