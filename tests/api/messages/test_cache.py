"""The index over HTTP, stems here and in the bucket, and repair (contracts/hybrid-audio.md, "Routes")."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .bucket import Buckets
from .house import House, house

BUCKET_ROUTES = {
    "/generate/check/stem_in_bucket": {"label": "stem.name.john"},
    "/assemble/check/stem_in_bucket": {"stem_name": "stem.name.john"},
    "/assemble/check/output_in_bucket": {"filename": "output/x.wav"},
    "/rotation/check_bucket": {"label": "stem.name.john"},
    "/cache/check_in_bucket": {"label": "stem.name.john"},
    "/cache/bucket_list": {},
}


@pytest.fixture
async def mirrored(tmp_path: Path) -> AsyncIterator[House]:
    """With a bucket beside the local storage."""
    buckets = Buckets(tmp_path / "bucket")
    config = {"backends": {"synthesis": ["clerk"], "storage": ["local", "bucket"]}}
    async with house(tmp_path / "var", plugins=[buckets], config=config) as app:
        app.bucket = buckets  # type: ignore[attr-defined]
        yield app


def bucket(app: House) -> Any:
    return app.bucket.storage  # type: ignore[attr-defined]


# ------------------------------------------------------------ the index


async def test_the_index_is_listed_by_label(app: House) -> None:
    for name in ("mary", "john"):
        await app.post("/generate/name", name=name)
    listed = await app.get("/cache/list")
    assert (listed["status"], listed["extended"], listed["stems_count"]) == ("ok", False, 2)
    assert list(listed["stems"]) == ["stem.name.john", "stem.name.mary"]
    assert (listed["summary"]["count"], listed["summary"]["mode"]) == (2, "local")
    told = listed["compatibility"]["stem.name.john"]
    assert (told["has_signature"], told["compatible"], told["stored_voice_id"]) == (True, True, "clerk-one")
    full = (await app.get("/cache/list", extended=True))["stems"]["stem.name.john"]
    assert full["contract_signature"]
    assert full["text"] == "John"


async def test_the_list_comes_in_pages(app: House) -> None:
    for name in ("a", "b", "c"):
        await app.post("/generate/name", name=name)
        await app.post("/generate/name", name=name, voice_id="clerk-two")
    first = await app.get("/cache/list", limit=2)
    assert list(first["stems"]) == ["stem.name.a", "stem.name.b"]
    rest = await app.get("/cache/list", limit=2, after=first["next"])
    assert list(rest["stems"]) == ["stem.name.c"]
    assert rest["next"] is None
    assert first["summary"]["count"] == 6


async def test_the_index_is_the_same_on_both_databases(tmp_path: Path, database_url: str) -> None:
    async with house(tmp_path, database_url=database_url) as app:
        for name in ("b", "a"):
            for voice in ("clerk-one", "clerk-two"):
                await app.post("/generate/name", name=name, voice_id=voice)
        await app.post("/generate/name", name="a")
        listed = await app.get("/cache/list", extended=True, limit=1)
        assert (listed["stems_count"], listed["summary"]["uses"], listed["next"]) == (4, 5, "stem.name.a")
        assert list((await app.get("/cache/list", after="stem.name.a"))["stems"]) == ["stem.name.b"]
        assert (await app.get("/cache/consistency_report"))["report"]["categories"]["name"]["local_only"] == 2
        first = await app.get("/integrity/stems-index", limit=3)
        rest = await app.get("/integrity/stems-index", limit=3, after=first["next"])
        assert (first["good"], rest["good"], rest["next"]) == (3, 1, None)
        assert (await app.post("/cache/invalidate", stem_name="stem.name.a"))["status"] == "ok"
        assert (await app.get("/cache/list"))["stems_count"] == 2


async def test_a_stem_of_another_backend_is_not_compatible(tmp_path: Path) -> None:
    async with house(tmp_path) as app:
        await app.post("/generate/name", name="john")
    async with house(tmp_path, config={"backends": {"synthesis": ["espeak"]}}) as app:
        told = (await app.get("/cache/list"))["compatibility"]["stem.name.john"]
        assert (told["has_signature"], told["compatible"], told["stored_backend"]) == (True, False, "clerk")
        assert (await app.post("/generate/name", name="john"))["status"] == "generated"


async def test_what_is_invalidated_is_rendered_again(app: House) -> None:
    made = await app.post("/generate/name", name="john")
    await app.post("/generate/name", name="john", voice_id="clerk-two")
    gone = await app.post("/cache/invalidate", stem_name="stem.name.john")
    assert gone == {"status": "ok", "removed": "stem.name.john"}
    assert not await app.objects()
    assert (await app.fetch(made["url"])).status_code == 404
    again = await app.post("/cache/invalidate", stem_name="stem.name.john")
    assert again == {"status": "not_found", "stem": "stem.name.john"}
    spoken = len(app.clerk.spoken)
    assert (await app.post("/generate/name", name="john"))["status"] == "generated"
    assert len(app.clerk.spoken) == spoken + 1, "and not brought back from the road's own store"


async def test_what_is_invalidated_is_made_anew_under_every_label(tmp_path: Path, database_url: str) -> None:
    async with house(tmp_path, database_url=database_url) as app:
        john = await app.post("/generate/name", name="john")
        await app.post("/generate/name", name="mary")
        assert (await app.post("/generate/stem", text="John"))["status"] == "cached", "it sounds the same"
        spoken = len(app.clerk.spoken)
        await app.post("/cache/invalidate", stem_name="stem.name.john")
        assert list((await app.get("/cache/list"))["stems"]) == ["stem.name.mary"]
        again = await app.post("/generate/name", name="john")
        assert (again["status"], len(app.clerk.spoken)) == ("generated", spoken + 1)
        assert again["url"] != john["url"]
        assert (await app.post("/generate/stem", text="John"))["url"] == again["url"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("wrong", ["", "john", "../../etc/passwd", "stem.name.%2e%2e/x"])
async def test_only_labels_are_invalidated(untouched: House, wrong: str) -> None:
    assert (await untouched.post("/cache/invalidate", 422, stem_name=wrong))["code"] == "invalid_label"


# ------------------------------------------------------------ bulk


async def done(app: House, job: str) -> dict[str, Any]:
    while True:
        found = await app.get(f"/v1/jobs/{job}")
        if found["state"] not in ("queued", "running"):
            return found
        await asyncio.sleep(0.02)


async def upload(app: House, name: str, texts: str, role: str) -> None:
    answer = await app.http.post(
        "/external/upload_base",
        files={"file": (f"{name}.csv", texts.encode())},
        data={"dataset_role": role, "target_name": name},
    )
    assert answer.status_code == 200, answer.text


async def test_the_stems_of_whole_datasets_are_a_job(app: House) -> None:
    await upload(app, "few", "name\nana\nbob\n", "names")
    await upload(app, "firms", "developer\nhilton\n", "developers")
    await app.post("/generate/name", name="ana")
    accepted = await app.post("/cache/bulk_generate", 202, names_path="few", developers_path="firms.json")
    job = await done(app, accepted["job_id"])
    assert (job["state"], job["kind"]) == ("succeeded", "stems-bulk")
    assert job["progress"]["done"] == job["progress"]["total"] == 3
    result = job["result"]
    assert (result["generated"], result["cached"], result["failed"]) == (2, 1, 0)
    assert sorted(request.text for request in app.clerk.spoken) == ["Ana", "Bob", "Hilton"]


async def test_a_stem_that_fails_is_told_and_stops_no_other(app: House) -> None:
    await upload(app, "few", "name\nana\nbob\ncleo\n", "names")
    app.clerk.failures = 3
    accepted = await app.post("/cache/bulk_generate", 202, names_path="few", developers_path=None)
    result = (await done(app, accepted["job_id"]))["result"]
    assert result["status"] in ("partial", "ok")
    assert result["generated"] + result["failed"] == 3
    assert len(result["failures"]) == result["failed"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("wrong", ["../../etc/passwd", "/etc/passwd", "nothing"])
async def test_bulk_takes_names_of_datasets_and_no_paths(untouched: House, wrong: str) -> None:
    refused = await untouched.post("/cache/bulk_generate", 404, names_path=wrong)
    assert (refused["code"], refused["field"]) == ("unknown_dataset", "names_path")


# ------------------------------------------------------------ without a bucket


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", BUCKET_ROUTES)
async def test_without_a_bucket_its_routes_say_so(untouched: House, path: str) -> None:
    refused = await untouched.get(path, 503, **BUCKET_ROUTES[path])
    assert (refused["code"], refused["mode"]) == ("no_bucket", "local")
    assert "bucket" in refused["detail"]


async def test_without_a_bucket_the_report_is_about_what_is_here(app: House) -> None:
    await app.post("/generate/name", name="john")
    report = await app.get("/cache/consistency_report")
    assert (report["status"], report["traffic"], report["mode"]) == ("ok", "green", "local")
    assert report["report"]["gcs_enabled"] is False
    assert set(report["report"]["categories"]) == {"name", "developer", "script", "generic", "flat"}
    assert report["report"]["categories"]["name"] == {
        "match": 0,
        "local_only": 1,
        "gcs_only": 0,
        "missing": 0,
    }
    many = await app.get("/cache/check_many", labels="stem.name.john, stem.name.nobody,,")
    assert many["summary"] == {"total": 2, "gcs_hits": 0, "missing": 1, "mode": "local"}
    assert many["results"]["stem.name.john"]["status"] == "local_only"


async def test_what_is_nowhere_is_red_and_rendered_again(app: House) -> None:
    """In the original, nothing was ever missing, and nothing repaired."""
    await app.post("/generate/name", name="john", voice_id="clerk-two")
    await app.post("/generate/name", name="mary")
    before = await app.samples((await app.get("/generate/check/stem_path", label="stem.name.john"))["url"])
    for key in await app.objects():
        await app.service.renders.storage.delete(key)
    report = await app.get("/cache/consistency_report", extended=True)
    assert (report["traffic"], report["report"]["categories"]["name"]["missing"]) == ("red", 2)
    assert {one["state"] for one in report["report"]["items"]} == {"missing"}
    repaired = await app.post("/cache/verify_and_repair")
    assert repaired["summary"] == {"mode": "local", "total_missing": 2, "repaired": 2}
    assert repaired["results"]["stem.name.john"]["action"] == "regenerated"
    assert (await app.get("/cache/consistency_report"))["traffic"] == "green"
    after = await app.samples((await app.get("/generate/check/stem_path", label="stem.name.john"))["url"])
    assert np.array_equal(before, after), "in the voice that it had"


def damage(app: House, url: str) -> None:
    """One bit; the size stays."""
    (path,) = app.data.rglob(f"renders/*/{url.rpartition('/')[2]}.wav")
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)


async def test_what_is_damaged_is_rendered_again(tmp_path: Path, database_url: str) -> None:
    async with house(tmp_path, database_url=database_url) as app:
        made = await app.post("/generate/name", name="john")
        await app.post("/generate/stem", text="John")
        await app.post("/generate/name", name="mary")
        heard = await app.samples(made["url"])
        damage(app, made["url"])
        assert (await app.get("/integrity/stems"))["faulty"] == 2
        repaired = await app.post("/cache/verify_and_repair")
        assert repaired["summary"]["repaired"] == 2
        assert {one["was"] for one in repaired["results"].values()} == {"damaged"}
        report = await app.get("/integrity/stems")
        assert (report["status"], report["checked"]) == ("ok", 3)
        again = await app.post("/generate/name", name="john")
        assert np.array_equal(await app.samples(again["url"]), heard)
        assert len(await app.objects()) == 2, "the damaged one is gone"
        assert (await app.post("/cache/verify_and_repair"))["results"] == {}


# ------------------------------------------------------------ with one


async def test_what_a_request_says_is_uploaded_under_its_contract_name(mirrored: House) -> None:
    made = await mirrored.post("/generate/name", name="john", upload=True)
    assert made["gcs"] == {
        "gcs_uri": "gs://voices/stems/name/stem.name.john.wav",
        "blob_name": "stems/name/stem.name.john.wav",
        "bucket": "voices",
    }
    stored = await bucket(mirrored).stat("stems/name/stem.name.john.wav")
    assert stored.metadata["contract_signature"]
    message = await mirrored.post("/assemble/segments", segments=["stem.name.john"], upload=True)
    assert (message["upload"], message["gcs"]["blob_name"]) == (True, message["output_file"])
    found = await mirrored.get("/assemble/check/output_in_bucket", filename=message["output_file"])
    assert found == {"status": "ok", "file": message["output_file"], "exists": True}
    await mirrored.post("/generate/name", name="mary")
    checked = await mirrored.get("/generate/check/stem_in_bucket", label="stem.name.mary")
    assert checked == {"status": "ok", "label": "stem.name.mary", "exists": False}
    checked = await mirrored.get("/assemble/check/stem_in_bucket", stem_name="stem.name.john")
    assert checked == {"status": "ok", "stem": "stem.name.john", "exists": True}


async def test_in_the_mode_gcs_everything_is_uploaded(tmp_path: Path) -> None:
    config = {"backends": {"synthesis": ["clerk"], "storage": ["local", "bucket"]}}
    plugins = [Buckets(tmp_path / "bucket")]
    async with house(tmp_path / "var", plugins=plugins, config=config, gcs_mode="GCS") as app:
        made = await app.post("/generate/name", name="josé")
        assert made["gcs"]["blob_name"].startswith("stems/name/stem.name.jose-")
        assert (await app.get("/cache/check_in_bucket", label="stem.name.josé"))["consistency"] == "match"


async def test_a_stem_here_and_in_the_bucket(mirrored: House) -> None:
    await mirrored.post("/generate/name", name="here")
    await mirrored.post("/generate/name", name="both", upload=True)
    for label, consistency in (("here", "local_only"), ("both", "match"), ("none", "missing")):
        found = await mirrored.get("/cache/check_in_bucket", label=f"stem.name.{label}")
        assert found["consistency"] == consistency
        assert found["exists"] is found["gcs_exists"] is (consistency == "match")
        assert found["local_exists"] is (consistency != "missing")
        assert found["relative_path"] == found["blob_name"] == f"stems/name/stem.name.{label}.wav"
        assert found["gcs_uri"] == f"gs://voices/{found['blob_name']}"


async def test_the_bucket_is_listed_by_prefix(mirrored: House) -> None:
    await mirrored.post("/generate/name", name="john", upload=True)
    await mirrored.post("/generate/developer", developer="hilton", upload=True)
    listed = await mirrored.get("/cache/bucket_list", prefix="name/")
    assert (listed["prefix_requested"], listed["prefix_effective"]) == ("name/", "stems/name/")
    assert (listed["count"], listed["items"][0]["name"]) == (1, "stems/name/stem.name.john.wav")
    assert (await mirrored.get("/cache/bucket_list"))["count"] == 2


async def test_repair_uploads_downloads_and_renders(mirrored: House) -> None:
    await mirrored.post("/generate/name", name="here")
    there = await mirrored.post("/generate/name", name="there", upload=True)
    heard = await mirrored.samples(there["url"])
    await mirrored.post("/generate/name", name="nowhere")
    for key in await mirrored.objects():
        if any(there["url"].rpartition("/")[2] in key for _ in "x"):
            await mirrored.service.renders.storage.delete(key)
    nowhere = (await mirrored.get("/generate/check/stem_path", label="stem.name.nowhere"))["metadata"][
        "file_id"
    ]
    for key in await mirrored.objects():
        if nowhere in key:
            await mirrored.service.renders.storage.delete(key)
    await bucket(mirrored).put("stems/name/stem.name.stranger.wav", _once(b"?"), media_type="audio/wav")
    await bucket(mirrored).put("stems/old.wav", _once(b"?"), media_type="audio/wav")
    report = (await mirrored.get("/cache/consistency_report"))["report"]
    assert report["categories"]["name"] == {"match": 0, "local_only": 1, "gcs_only": 2, "missing": 1}
    assert report["categories"]["flat"]["gcs_only"] == 1
    assert (report["bucket"], report["gcs_enabled"]) == ("voices", True)
    spoken = len(mirrored.clerk.spoken)
    results = (await mirrored.post("/cache/verify_and_repair"))["results"]
    assert {label.rpartition(".")[2]: one["action"] for label, one in results.items()} == {
        "here": "uploaded",
        "there": "downloaded",
        "nowhere": "regenerated",
        "stranger": "left_in_bucket",
        "wav": "left_in_bucket",
    }
    # What the road had kept of the utterance is not spoken again.
    assert len(mirrored.clerk.spoken) == spoken
    after = await mirrored.get("/generate/check/stem_path", label="stem.name.there")
    assert np.array_equal(await mirrored.samples(after["url"]), heard)
    again = (await mirrored.get("/cache/consistency_report"))["report"]["categories"]["name"]
    assert (again["match"], again["missing"], again["local_only"]) == (3, 0, 0)


async def test_what_is_damaged_here_is_downloaded(mirrored: House) -> None:
    made = await mirrored.post("/generate/name", name="john", upload=True)
    heard = await mirrored.samples(made["url"])
    damage(mirrored, made["url"])
    result = (await mirrored.post("/cache/verify_and_repair"))["results"]["stem.name.john"]
    assert (result["was"], result["action"]) == ("damaged", "downloaded")
    again = await mirrored.post("/generate/name", name="john")
    assert np.array_equal(await mirrored.samples(again["url"]), heard)
    assert (await mirrored.get("/integrity/stems"))["status"] == "ok"


async def test_a_blob_that_is_another_stem_is_not_downloaded(mirrored: House) -> None:
    made = await mirrored.post("/generate/name", name="john")
    heard = await mirrored.samples(made["url"])
    other = await mirrored.post("/generate/name", name="mary", upload=True)
    data = (await mirrored.fetch(other["url"])).content
    for signature in ("", "of another"):
        metadata = {"contract_signature": signature}
        await bucket(mirrored).put(
            "stems/name/stem.name.john.wav", _once(data), media_type="audio/wav", metadata=metadata
        )
        url = (await mirrored.get("/generate/check/stem_path", label="stem.name.john"))["url"]
        for key in await mirrored.objects():
            if url.rpartition("/")[2] in key:
                await mirrored.service.renders.storage.delete(key)
        results = (await mirrored.post("/cache/verify_and_repair"))["results"]
        assert results["stem.name.john"]["action"] == "regenerated"
        url = (await mirrored.get("/generate/check/stem_path", label="stem.name.john"))["url"]
        assert np.array_equal(await mirrored.samples(url), heard)


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data
