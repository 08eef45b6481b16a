"""``/external`` over HTTP, field for field."""

from __future__ import annotations

import json
from typing import Any

from .house import House


async def send(
    app: House, path: str, name: str, data: str | bytes, status: int = 200, **fields: str
) -> dict[str, Any]:
    answer = await app.http.post(f"/external/{path}", files={"file": (name, data)}, data=fields)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_upload_in_the_contracts_fields(app: House) -> None:
    text = "\ufeffid;First name\r\n1;Anna\r\n2;José\r\n3;\r\n4;ANNA\r\n"
    answer = await send(app, "upload_base", "names.csv", text, dataset_role="names")
    assert answer == {
        "status": "ok", "dataset_role": "names", "saved_as": "common_names.json", "count": 2, "sample": ["Anna", "José"],
        "duplicates": 1, "empty": 1, "delimiter": ";", "column": 2, "header": "First name",
    }  # fmt: skip
    assert (await app.get("/generate/preset_names"))["items"] == ["Anna", "José"]
    assert (await app.get("/rotation/next_name"))["name"] == "Anna"


async def test_roles_and_names_of_datasets(app: House) -> None:
    for fields, saved in (
        ({"dataset_role": "developers"}, "developer_names.json"),
        ({"dataset_role": "scripts"}, "scripts.json"),
        ({"dataset_role": "names", "target_name": "VIP Guests"}, "vip_guests.json"),
        ({"dataset_role": "custom", "target_name": ""}, "meine_liste_2.json"),
        ({}, "meine_liste_2.json"),
    ):
        answer = await send(app, "upload_base", "Meine Liste (2).json", json.dumps(["One", "Two"]), **fields)
        assert answer["saved_as"] == saved
    listed = (await app.get("/external/list"))["datasets"]
    assert [one["file"] for one in listed] == [
        "common_names.json", "developer_names.json", "meine_liste_2.json", "scripts.json", "vip_guests.json",
    ]  # fmt: skip
    assert listed[2] == {
        "file": "meine_liste_2.json",
        "role": "custom",
        "count": 2,
        "sample": ["One", "Two"],
    }


async def test_samples_are_short(app: House) -> None:
    names = [f"Name{number}" for number in range(100)]
    answer = await send(app, "upload_base", "names.json", json.dumps(names), dataset_role="names")
    assert (answer["count"], answer["sample"]) == (100, names[:20])
    assert (await app.get("/external/list"))["datasets"][0]["sample"] == names[:10]


async def test_a_preview_stores_nothing(app: House) -> None:
    before = await app.get("/external/list")
    answer = await send(app, "preview", "some.CSV", "Anna\nBen\n")
    assert answer == {
        "status": "ok", "detected_type": "csv", "count": 2, "sample": ["Anna", "Ben"], "duplicates": 0, "empty": 0, "column": 1,
    }  # fmt: skip
    answer = await send(app, "preview", "some.json", '{"items": ["Anna"]}', dataset_role="names")
    assert (answer["detected_type"], answer["count"]) == ("json", 1)
    assert await app.get("/external/list") == before


async def test_deleting_is_for_what_is_not_core(app: House) -> None:
    await send(app, "upload_base", "mine.json", '["One"]')
    for name, status, code in (
        ("common_names.json", 403, "core_dataset"),
        ("developer_names", 403, "core_dataset"),
        ("nobody.json", 404, "unknown_dataset"),
        ("../mixdown.db", 404, "unknown_dataset"),
    ):
        answer = await app.http.delete("/external/delete", params={"filename": name})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    answer = await app.http.delete("/external/delete", params={"filename": "mine.json"})
    assert answer.json() == {"status": "ok", "deleted": "mine.json"}
    assert len((await app.get("/external/list"))["datasets"]) == 3


BAD: list[tuple[str, str | bytes, dict[str, str], int, str]] = [
    ("names.xlsx", b"PK\x03\x04", {}, 422, "unsupported_file"),
    ("names", "Anna", {}, 422, "unsupported_file"),
    ("a.csv", "", {}, 422, "empty_dataset"),
    ("a.json", "[", {}, 422, "invalid_json"),
    ("a.csv", "name\nJos\xe9\n".encode("latin-1"), {}, 422, "invalid_encoding"),
    ("a.csv", 'name\n"Anna\n', {}, 422, "invalid_csv"),
    ("names.csv", "name\nAnna\na/b\n", {"dataset_role": "names"}, 422, "invalid_items"),
    ("names.csv", "name\nAnna\n" + "x" * 201, {"dataset_role": "names"}, 422, "invalid_items"),
    ("names.csv", "Anna", {"dataset_role": "people"}, 422, "invalid_dataset_role"),
    ("names.csv", "Anna", {"target_name": "../up"}, 422, "invalid_target_name"),
    ("names.csv", "Anna", {"target_name": "scripts"}, 409, "dataset_role_conflict"),
    ("a.csv", "a,b\nAnna,Ben", {"column": "c"}, 422, "unknown_column"),
    ("().csv", "Anna", {}, 422, "missing_target_name"),
    ("names.csv", "Anna", {}, 409, "dataset_role_conflict"),
]


async def test_what_is_wrong_is_named_and_nothing_stored(app: House) -> None:
    before = await app.get("/external/list")
    for name, data, fields, status, code in BAD:
        assert (await send(app, "upload_base", name, data, status, **fields))["code"] == code, (name, fields)
    answer = await app.http.post("/external/upload_base", data={"dataset_role": "names"})
    assert (answer.status_code, answer.json()["code"]) == (422, "missing_file")
    answer = await app.http.post("/external/preview", json={"file": "names.csv"})
    assert answer.status_code in (415, 422)
    assert await app.get("/external/list") == before


async def test_faults_are_told_by_line(app: House) -> None:
    answer = await send(app, "upload_base", "n.csv", "name\nAnna\na/b\n😀\n", 422, dataset_role="names")
    assert [fault["at"] for fault in answer["items"]] == ["line 3", "line 4"]
    assert "line 3" in answer["detail"]


async def test_uploads_and_deletions_are_audited(app: House) -> None:
    await send(app, "upload_base", "mine.json", '["One"]')
    await app.http.delete("/external/delete", params={"filename": "mine.json"})
    lines = [json.loads(line) for line in (app.data / "audit" / "audit.jsonl").read_text().splitlines()]
    found = [(line["event"], line["dataset"]) for line in lines]
    assert found == [("dataset.uploaded", "mine"), ("dataset.deleted", "mine")]
    assert all(line["request_id"] for line in lines)


async def test_many_rows_with_everything_that_exports_have(app: House) -> None:
    """A million of them, with figures: ``python -m benchmarks datasets``."""
    rows = "".join(f'{number};"Nummer ""{number}""";x\r\n' for number in range(20_000))
    data = ("\ufeffid;text;remark\r\n" + rows).encode()
    answer = await send(app, "upload_base", "many.csv", data)
    assert (answer["count"], answer["column"]) == (20_000, 2)
    stats = (await app.get("/rotation/stats", dataset="many"))["datasets"]["many"]
    assert (stats["total"], stats["used"]) == (20_000, 0)
    assert (await app.get("/rotation/next_item", dataset="many"))["item"] == 'Nummer "0"'
    assert (await app.http.delete("/external/delete", params={"filename": "many"})).status_code == 200
