"""What is kept, opened: whatever was damaged is named, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from .house import House


def stored(app: House, file_id: str) -> Path:
    (path,) = app.data.rglob(f"renders/*/{file_id}.wav")
    return path


async def kept(app: House, name: str) -> str:
    """The id of a stem's file."""
    return str((await app.post("/generate/name", name=name, extended=True))["cache_entry"]["file_id"])


async def test_whole_stems_and_messages_are_good(app: House) -> None:
    await app.post("/generate/combined", name="john", developer="hilton")
    await app.post("/assemble/segments", segments=["stem.name.john", "hello"])
    for path, count in (("stems", 3), ("outputs", 1), ("stems-index", 3)):
        report = await app.get(f"/integrity/{path}")
        assert (report["status"], report["checked"], report["good"], report["faulty"]) == (
            "ok",
            count,
            count,
            0,
        )
        assert all(one["ok"] for one in report["results"])


async def test_nothing_kept_is_fine(app: House) -> None:
    for path in ("stems", "outputs", "stems-index"):
        assert (await app.get(f"/integrity/{path}"))["status"] == "ok"


def another_rate(data: bytearray) -> None:
    at = data.index(b"fmt ") + 12
    data[at : at + 4] = (44_100).to_bytes(4, "little")


def two_channels(data: bytearray) -> None:
    at = data.index(b"fmt ") + 10
    data[at : at + 2] = (2).to_bytes(2, "little")


def no_riff(data: bytearray) -> None:
    data[:4] = b"JUNK"


def a_bit(data: bytearray) -> None:
    data[1000] ^= 1


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (another_rate, "its rate is 44100 Hz, not 48000"),
        (two_channels, "it has 2 channels, not 1"),
        (no_riff, "it is no PCM WAV"),
        (a_bit, "its bytes are not those that were stored"),
    ],
)
async def test_a_damaged_wav_is_named(app: House, damage, fault) -> None:  # type: ignore[no-untyped-def]
    path = stored(app, await kept(app, "john"))
    await kept(app, "mary")
    data = bytearray(path.read_bytes())
    damage(data)
    path.write_bytes(data)
    report = await app.get("/integrity/stems")
    assert (report["status"], report["checked"], report["faulty"]) == ("faulty", 2, 1)
    (bad,) = [one for one in report["results"] if not one["ok"]]
    assert bad["name"] == "stem.name.john"
    assert any(fault in one for one in bad["faults"])
    assert (await app.get("/integrity/stems-index"))["status"] == "ok", "which opens nothing"


async def test_a_lost_wav_is_named(app: House) -> None:
    stored(app, await kept(app, "john")).unlink()
    for path in ("stems", "stems-index"):
        assert (await app.get(f"/integrity/{path}"))["faulty"] == 1


async def test_a_damaged_message_is_named(app: House) -> None:
    made = await app.post("/assemble/segments", segments=["hello"])
    path = stored(app, made["url"].rpartition("/")[2])
    data = bytearray(path.read_bytes())
    a_bit(data)
    path.write_bytes(data)
    report = await app.get("/integrity/outputs")
    assert report["results"][0] == {
        "name": made["output_file"],
        "path": made["output_file"],
        "ok": False,
        "faults": ["its bytes are not those that were stored"],
    }


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("path = 'elsewhere'", "its path is not the label's"),
        ("category = 'script'", "its category is not the label's second word"),
        ("sample_rate = 44100", "its format is not the contract's"),
        ("size = 1", "its file has another size"),
        ("signature = ''", "it has no contract signature"),
    ],
)
async def test_an_entry_that_contradicts_itself_is_named(app: House, change: str, fault: str) -> None:
    await kept(app, "john")
    async with app.service.state.begin() as connection:
        await connection.execute(text(f"UPDATE stems SET {change}"))
    report = await app.get("/integrity/stems-index")
    assert fault in report["results"][0]["faults"]


async def test_reports_come_in_pages(app: House) -> None:
    for name in ("a", "b", "c"):
        await kept(app, name)
    for path in ("stems", "stems-index"):
        first = await app.get(f"/integrity/{path}", limit=2)
        rest = await app.get(f"/integrity/{path}", limit=2, after=first["next"])
        names = [one["name"] for one in first["results"] + rest["results"]]
        assert (names, rest["next"]) == (["stem.name.a", "stem.name.b", "stem.name.c"], None)
    assert (await app.get("/integrity/stems", 422, after="x"))["code"] == "bad_cursor"
    assert (await app.get("/integrity/outputs", 422, after="x"))["code"] == "bad_cursor"
