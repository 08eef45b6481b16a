"""`GET /v1/renders/{id}` as RFC 9110 wants it."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from ..scenes.served import Served


@pytest.fixture(scope="module")
def kept(served: Served) -> tuple[str, bytes]:
    """A render's path and its bytes."""
    made = served.generate({"text": "One two three four.", "output": {"format": "flac"}}).json()
    url = made["audio_url"]
    assert url.startswith(served.url + "/v1/renders/")
    return url, httpx.get(url).content


def test_the_whole(kept: tuple[str, bytes]) -> None:
    url, whole = kept
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "audio/flac"
    assert int(answer.headers["content-length"]) == len(whole)
    assert answer.headers["accept-ranges"] == "bytes"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"] == f'"{hashlib.sha256(whole).hexdigest()}"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("range_", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=5-99", 5, 99), ("bytes=1000-", 1000, None), ("bytes=-100", -100, None), ("bytes=10-99999999", 10, None), ("bytes=0-" + "9" * 5000, 0, None), ("bytes=-" + "9" * 5000, 0, None), ("bytes=" + "0" * 5000 + "1-2", 1, 2)],
)  # fmt: skip
def test_a_part(kept: tuple[str, bytes], range_: str, first: int, last: int | None) -> None:
    url, whole = kept
    answer = httpx.get(url, headers={"range": range_})
    wanted = whole[first : None if last is None else last + 1]
    assert (answer.status_code, answer.content) == (206, wanted)
    start = first % len(whole)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(whole)}"
    assert int(answer.headers["content-length"]) == len(wanted)


@pytest.mark.parametrize("range_", ["bytes=99999999-", "bytes=-0", "bytes=" + "9" * 5000 + "-"])
def test_a_part_that_does_not_exist(kept: tuple[str, bytes], range_: str) -> None:
    url, whole = kept
    answer = httpx.get(url, headers={"range": range_})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"
    assert answer.json()["error"]["code"] == "range_not_satisfiable"


@pytest.mark.parametrize("range_", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "nonsense"])
def test_a_range_that_is_none_is_ignored(kept: tuple[str, bytes], range_: str) -> None:
    url, whole = kept
    answer = httpx.get(url, headers={"range": range_})
    assert (answer.status_code, answer.content) == (200, whole)


def test_a_part_only_of_what_one_has(kept: tuple[str, bytes]) -> None:
    url, whole = kept
    etag = httpx.head(url).headers["etag"]
    same = httpx.get(url, headers={"range": "bytes=0-9", "if-range": etag})
    other = httpx.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)
    assert other.content == whole


def test_what_one_has_is_not_sent_again(kept: tuple[str, bytes]) -> None:
    url, _ = kept
    etag = httpx.head(url).headers["etag"]
    for value in (etag, "*", f'"other", {etag}', f"W/{etag}"):
        answer = httpx.get(url, headers={"if-none-match": value})
        assert (answer.status_code, answer.content) == (304, b""), value
        assert answer.headers["etag"] == etag
    lines = [("if-none-match", '"other"'), ("if-none-match", etag)]
    assert httpx.get(url, headers=lines).status_code == 304
    assert httpx.get(url, headers={"if-none-match": '"other"'}).status_code == 200


def test_head(kept: tuple[str, bytes]) -> None:
    url, whole = kept
    answer = httpx.head(url)
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(whole)
    assert answer.headers["content-type"] == "audio/flac"


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}])
def test_what_is_listed_and_gone_is_not_there(served: Served, headers: dict[str, str]) -> None:
    url = served.generate({"text": "Gone."}).json()["audio_url"]
    id_ = url.rpartition("/")[2]
    (stored,) = (path for path in served.data.rglob(f"{id_}.mp3"))
    stored.unlink()
    answer = httpx.get(url, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_render")
    assert str(stored.name) not in answer.text
    assert httpx.head(url, headers=headers).status_code == 404


def test_a_download_has_a_name(kept: tuple[str, bytes]) -> None:
    url, _ = kept
    assert "content-disposition" not in httpx.head(url).headers
    answer = httpx.head(url, params={"download": "true"})
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''mixdown.flac"


@pytest.mark.parametrize("id_", ["0" * 32, "x", "..%2f..%2fetc%2fpasswd", "%00", "a" * 5000])
def test_what_was_never_kept(served: Served, id_: str) -> None:
    answer = served.http.get(f"/v1/renders/{id_}")
    assert 400 <= answer.status_code < 500
    assert answer.json()["error"]["message"]
    assert httpx.head(f"{served.url}/v1/renders/{id_}").status_code == answer.status_code
