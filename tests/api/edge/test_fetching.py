"""Outside audio by URL: nothing inside is reached, by no spelling, redirect or change of mind of a name server."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from mixdown_api.edge import ApiSettings, Fetcher
from mixdown_api.edge.addresses import is_outside
from mixdown_kernel import Kind, Problem


class Site:
    """A server on loopback that remembers what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.closed = 0

    async def __call__(self, scope, receive, send) -> None:
        request = Request(scope, receive)
        self.asked.append(request)
        await self.answer(request)(scope, receive, send)

    def answer(self, request: Request) -> Response:
        match request.url.path:
            case "/audio":
                return Response(b"RIFF", media_type="audio/wav; codecs=1", headers={"set-cookie": "a=b"})
            case "/to":
                return RedirectResponse(request.query_params["url"])
            case "/loop":
                return RedirectResponse("/loop")
            case "/compressed":
                return Response(b"\x1f\x8b", headers={"content-encoding": "gzip"})
            case "/endless":
                return StreamingResponse(self.endless(), media_type="audio/wav")
            case "/slow":
                return StreamingResponse(self.slow(), media_type="audio/wav")
            case _:
                return Response(status_code=404)

    async def endless(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0)

    async def slow(self) -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def port(site, serve) -> AsyncIterator[int]:
    async with serve(site) as port:
        yield port


@pytest.fixture
def fetcher(port) -> Fetcher:
    """May reach this one loopback address, by the operator's leave."""
    return Fetcher(max_bytes=10_000, seconds=20, ports=(80, 443, port), allow_private=["127.0.0.1"])


async def refused(fetcher: Fetcher, url: str, into: Path) -> Problem:
    with pytest.raises(Problem) as caught:
        await fetcher.fetch(url, into, field="custom_audio_url")
    assert caught.value.field == "custom_audio_url"
    assert list(into.parent.glob(into.name)) == []
    return caught.value


async def test_it_fetches_into_a_file_and_tells_nothing_of_us(fetcher, site, port, tmp_path):
    fetched = await fetcher.fetch(f"http://127.0.0.1:{port}/audio?a=b#part", tmp_path / "a", field="url")
    assert (tmp_path / "a").read_bytes() == b"RIFF"
    assert (fetched.size, fetched.media_type) == (4, "audio/wav")
    (request,) = site.asked
    assert str(request.url) == f"http://127.0.0.1:{port}/audio?a=b"
    assert set(request.headers) == {"host", "user-agent", "accept", "accept-encoding"}


INSIDE = [
    "http://127.0.0.1:{port}/audio",
    "http://localhost:{port}/audio",
    "http://LOCALHOST.:{port}/audio",
    "http://a.localhost:{port}/audio",
    "http://127.1:{port}/audio",
    "http://2130706433:{port}/audio",
    "http://0x7f000001:{port}/audio",
    "http://0x7f.0.0.1:{port}/audio",
    "http://0177.0.0.1:{port}/audio",
    "http://127.0.0.1.:{port}/audio",
    "http://0.0.0.0:{port}/audio",
    "http://0:{port}/audio",
    "http://[::1]:{port}/audio",
    "http://[::]:{port}/audio",
    "http://[::ffff:127.0.0.1]:{port}/audio",
    "http://[::ffff:7f00:1]:{port}/audio",
    "http://[::127.0.0.1]:{port}/audio",
    "http://[64:ff9b::7f00:1]:{port}/audio",
    "http://[2002:7f00:1::]:{port}/audio",
    "http://127.0.0.1%2eexample.com:{port}/audio",
    "http://user@127.0.0.1:{port}/audio",
    "http://example.com@127.0.0.1:{port}/audio",
    "http://１２７.０.０.１:{port}/audio",
    "http://ⓛocalhost:{port}/audio",
    "http://127.0.0.1\\@example.com:{port}/audio",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest",
    "http://169.254.169.254/latest",
    "http://192.0.0.192/",
    "http://168.63.129.16/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[fd00:ec2::254]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[64:ff9b:1::1]/",
    "http://[2001:0:7f00:1::]/",
    "http://metadata.google.internal/",
    "http://printer.local/",
    "http://intranet/",
    "http://8.8.8.8:22/",
    "https://8.8.8.8:{port}1/",
    "file:///etc/passwd",
    "ftp://example.com/a",
    "gopher://127.0.0.1/",
    "data:audio/wav,x",
    "//127.0.0.1/",
    "http:///a",
    "http://",
    "",
    "not a url",
    "http://exa mple.com/",
    "http://example.com:99999/",
    "http://[::1",
    "http://" + "a" * 64 + ".com/",
    "http://example.com/" + "a" * 3000,
]
"""Odd spellings of our own addresses and of others that are nobody's business, and what is no URL at all."""


async def test_what_points_inside_is_refused_before_anything_is_sent(site, port, tmp_path):
    fetcher = Fetcher(max_bytes=100, seconds=20, ports=(80, 443, port))
    for url in INSIDE:
        problem = await refused(fetcher, url.format(port=port), tmp_path / "a")
        assert (problem.kind, problem.code) in [(Kind.INVALID, "unsafe_url"), (Kind.INVALID, "bad_url")], url
    assert site.asked == []


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_outside(address):
    assert is_outside(ipaddress.ip_address(address))


async def test_one_private_address_among_public_ones_is_enough(site, port, tmp_path):
    async def mixed(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    fetcher = Fetcher(max_bytes=100, seconds=20, ports=(port,), resolver=mixed)
    problem = await refused(fetcher, f"http://mixed.example.com:{port}/audio", tmp_path / "a")
    assert problem.code == "unsafe_url"
    assert site.asked == []


async def test_a_name_that_changes_its_mind_is_asked_once_and_the_checked_address_is_used(
    site, port, tmp_path
):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    fetcher = Fetcher(
        max_bytes=100, seconds=20, ports=(port,), allow_private=["127.0.0.1/32"], resolver=rebinding
    )
    await fetcher.fetch(f"http://rebind.example.com:{port}/audio", tmp_path / "a", field="url")
    assert site.asked[0].headers["host"] == f"rebind.example.com:{port}"
    problem = await refused(fetcher, f"http://rebind.example.com:{port}/audio", tmp_path / "b")
    assert (problem.code, len(site.asked)) == ("unsafe_url", 1)


async def test_an_operator_may_permit_a_host_by_name(site, port, tmp_path):
    async def inside(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    fetcher = Fetcher(
        max_bytes=100, seconds=20, ports=(port,), allow_private=["store.internal"], resolver=inside
    )
    await fetcher.fetch(f"http://Store.internal:{port}/audio", tmp_path / "a", field="url")
    assert (
        await refused(fetcher, f"http://other.internal:{port}/audio", tmp_path / "b")
    ).code == "unsafe_url"


async def test_redirects_are_followed_and_each_is_checked(fetcher, site, port, tmp_path):
    root = f"http://127.0.0.1:{port}"
    await fetcher.fetch(f"{root}/to?url=/audio", tmp_path / "a", field="url")
    assert (tmp_path / "a").read_bytes() == b"RIFF"
    site.asked.clear()
    for inside in (
        f"http://127.0.0.2:{port}/audio",
        f"http://[::1]:{port}/audio",
        "file:///etc/passwd",
        "//10.0.0.1/",
    ):
        problem = await refused(fetcher, f"{root}/to?url={inside}", tmp_path / "b")
        assert problem.code == "unsafe_url"
    assert [request.url.path for request in site.asked] == ["/to"] * 4


async def test_redirects_without_end_are_left(fetcher, site, port, tmp_path):
    problem = await refused(fetcher, f"http://127.0.0.1:{port}/loop", tmp_path / "a")
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "fetch_failed")
    assert len(site.asked) == 4


async def test_a_body_without_end_stops_at_the_limit(fetcher, port, tmp_path):
    problem = await refused(fetcher, f"http://127.0.0.1:{port}/endless", tmp_path / "a")
    assert (problem.kind, problem.code, problem.allowed) == (Kind.TOO_LARGE, "audio_too_large", [0, 10_000])


async def test_a_body_that_never_comes_ends_in_time(port, tmp_path):
    fetcher = Fetcher(max_bytes=100, seconds=0.3, ports=(port,), allow_private=["127.0.0.0/8"])
    problem = await refused(fetcher, f"http://127.0.0.1:{port}/slow", tmp_path / "a")
    assert (problem.kind, problem.code) == (Kind.TIMEOUT, "fetch_timeout")


@pytest.mark.parametrize("path", ["nothing", "compressed"])
async def test_an_answer_without_plain_audio_is_the_upstreams_failure(fetcher, port, tmp_path, path):
    problem = await refused(fetcher, f"http://127.0.0.1:{port}/{path}", tmp_path / "a")
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "fetch_failed")


async def test_a_body_shorter_than_it_says_and_a_closed_port_are_the_upstreams_failure(tmp_path):
    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)  # a request, or the greeting of TLS
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort")
        writer.close()

    server = await asyncio.start_server(lie, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fetcher = Fetcher(max_bytes=1000, seconds=20, ports=(port,), allow_private=["127.0.0.1"])
    assert (await refused(fetcher, f"http://127.0.0.1:{port}/", tmp_path / "a")).code == "fetch_failed"
    assert (await refused(fetcher, f"https://127.0.0.1:{port}/", tmp_path / "b")).code == "fetch_failed"
    server.close()
    await server.wait_closed()
    assert (await refused(fetcher, f"http://127.0.0.1:{port}/", tmp_path / "c")).code == "fetch_failed"


async def test_settings_of_the_environments_proxies_take_no_part(fetcher, port, tmp_path, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await fetcher.fetch(f"http://127.0.0.1:{port}/audio", tmp_path / "a", field="url")).size == 4


async def test_who_cancels_leaves_no_file(fetcher, site, port, tmp_path, eventually):
    task = asyncio.create_task(fetcher.fetch(f"http://127.0.0.1:{port}/slow", tmp_path / "a", field="url"))
    await eventually(lambda: site.asked)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_there_already_is_left_alone(fetcher, port, tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(FileExistsError):
        await fetcher.fetch(f"http://127.0.0.1:{port}/audio", tmp_path / "a", field="url")
    assert (tmp_path / "a").read_text() == "mine"


def test_by_default_nothing_inside_is_permitted():
    fetcher = Fetcher.of(ApiSettings())
    assert fetcher.ports == (80, 443)
    assert not fetcher.allowed.names
