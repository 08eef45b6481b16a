"""Fetching audio that a caller names by URL, without becoming his way into our network.

Every hop is parsed, resolved and checked anew, and the connection goes to an address that was checked: a name that
resolves differently a moment later changes nothing. No cookies, credentials, referrer or proxy settings take part.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpcore
import httpx

from mixdown_api.edge.addresses import Allowed, is_outside, parse_address
from mixdown_api.edge.settings import ApiSettings
from mixdown_kernel import Kind, Problem, invalid

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

MAX_REDIRECTS = 3
MAX_URL = 2048
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOST_NAME = re.compile(
    r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
INSIDE_NAMES = (".internal", ".local", ".localhost", ".localdomain", ".lan", ".intranet", ".home.arpa")
HEADERS: dict[str | bytes, str | bytes] = {
    "user-agent": "mixdown",
    "accept": "audio/*, */*;q=0.5",
    "accept-encoding": "identity",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: its length, and the media type that its server claims (not to be believed)."""

    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class _Target:
    """A URL whose host, port and every address were found in order."""

    url: httpx.URL
    addresses: tuple[str, ...]


async def resolve(host: str, port: int) -> list[str]:
    """Every address of a name, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Fetcher:
    """Fetches over http and https from public addresses. One for an application.

    Args:
        max_bytes: of one file.
        seconds: for everything: names, redirects, body.
        ports: that a URL may name.
        allow_private: hosts, addresses and networks inside that an operator permits.
        resolver: the names' addresses.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        seconds: float,
        ports: Iterable[int] = (80, 443),
        allow_private: Iterable[str] = (),
        resolver: Resolve = resolve,
    ) -> None:
        self.max_bytes = max_bytes
        self.seconds = seconds
        self.ports = tuple(ports)
        self.allowed = Allowed(tuple(allow_private))
        self.resolver = resolver
        self._tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, settings: ApiSettings) -> Fetcher:
        return cls(
            max_bytes=settings.fetch_max_bytes,
            seconds=settings.fetch_seconds,
            ports=settings.fetch_ports,
            allow_private=settings.fetch_allow_private,
        )

    async def fetch(self, url: str, into: Path, *, field: str) -> Fetched:
        """Write what a URL holds into a new file; where that fails, no file is left.

        Args:
            url: as the caller gave it.
            into: does not exist yet.
            field: the request's member that holds the URL, for the problem.

        Raises:
            Problem: ``bad_url`` and ``unsafe_url`` before anything is sent, ``fetch_failed``, ``fetch_timeout``,
                ``audio_too_large``.
        """
        with _new_file(into) as file:
            try:
                async with asyncio.timeout(self.seconds):
                    return await self._follow(url, file, field)
            except TimeoutError:
                message = f"The audio at `{field}` did not come within {self.seconds:g} s."
                raise Problem(Kind.TIMEOUT, "fetch_timeout", message, field=field) from None

    async def check(self, url: str, *, field: str) -> None:
        """Refuse a URL that `fetch` would refuse before it sends anything. What is true now may change until then."""
        await self._target(_parse(url, field), field)

    async def _follow(self, text: str, file: BinaryIO, field: str) -> Fetched:
        url = _parse(text, field)
        for _ in range(MAX_REDIRECTS + 1):
            outcome = await self._get(await self._target(url, field), file, field)
            if isinstance(outcome, Fetched):
                return outcome
            url = _parse(outcome, field, base=url)
        raise _failed(field, f"redirects more than {MAX_REDIRECTS} times")

    async def _target(self, url: httpx.URL, field: str) -> _Target:
        host, port = url.raw_host.decode("ascii").lower(), url.port or (443 if url.scheme == "https" else 80)
        if port not in self.ports:
            raise _unsafe(field, "names a port that is not open to it", self.ports)
        trusted = self.allowed.host(host)
        if not trusted and parse_address(host) is None:
            _check_name(host, field)
        try:
            addresses = tuple(dict.fromkeys(await self.resolver(host, port)))
        except OSError:
            addresses = ()
        if not addresses:
            raise invalid("bad_url", f"The host of `{field}` cannot be found.", field=field)
        if not trusted and not all(self._may(address) for address in addresses):
            raise _unsafe(field, "points inside a private network")
        return _Target(url, addresses)

    def _may(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and (is_outside(address) or self.allowed.address(address))

    async def _get(self, target: _Target, file: BinaryIO, field: str) -> Fetched | str:
        """What came, or where to look instead."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpcore.default_ssl_context)
        try:
            async with (
                httpcore.AsyncConnectionPool(
                    ssl_context=self._tls,
                    max_keepalive_connections=0,
                    network_backend=_Pinned(target.addresses),
                ) as pool,
                pool.stream("GET", _core_url(target.url), headers=HEADERS) as response,
            ):
                headers = httpx.Headers(response.headers)
                if response.status in REDIRECTS and "location" in headers:
                    return headers["location"]
                _check_response(response.status, headers, field)
                size = await self._save(response, file, field)
                return Fetched(size, headers.get("content-type", "").partition(";")[0].strip().lower())
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            ssl.SSLError,
        ) as error:
            raise _failed(field, f"cannot be read ({type(error).__name__})") from None

    async def _save(self, response: httpcore.Response, file: BinaryIO, field: str) -> int:
        size = 0
        async for chunk in response.aiter_stream():
            size += len(chunk)
            if size > self.max_bytes:
                message = f"The audio at `{field}` has more than {self.max_bytes:,} bytes."
                allowed = [0, self.max_bytes]
                raise Problem(Kind.TOO_LARGE, "audio_too_large", message, field=field, allowed=allowed)
            await asyncio.to_thread(file.write, chunk)
        return size


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the addresses that were checked, whatever name it is given; TLS still proves the name."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = addresses
        self.network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self.addresses:
            try:
                return await self.network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A new file that stays only if all goes well."""
    with path.open("xb") as file:
        try:
            yield file
        except BaseException:
            path.unlink()
            raise


def _parse(text: str, field: str, base: httpx.URL | None = None) -> httpx.URL:
    if len(text) > MAX_URL:
        raise invalid("bad_url", f"`{field}` may have at most {MAX_URL} characters.", field=field)
    try:
        url = base.join(text.strip()) if base else httpx.URL(text.strip())
        host = url.raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise invalid("bad_url", f"`{field}` is not a URL.", field=field) from None
    if url.scheme not in ("http", "https"):
        raise _unsafe(field, "must begin with http:// or https://", ("http", "https"))
    if not host:
        raise invalid("bad_url", f"`{field}` names no host.", field=field)
    if url.userinfo:
        raise _unsafe(field, "must not hold a user name or password")
    return url


def _check_name(host: str, field: str) -> None:
    """One dotted name ending in a letter: addresses in odd spellings (2130706433, 0x7f.1, 127.1) are none."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(INSIDE_NAMES):
        raise _unsafe(field, "points inside a private network")
    if not HOST_NAME.fullmatch(name):
        raise _unsafe(field, "must name its host by a full domain name or a plain address")


def _core_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _check_response(status: int, headers: httpx.Headers, field: str) -> None:
    if status != 200:
        raise _failed(field, f"was answered with status {status}")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise _failed(field, "came compressed, which was not asked for")


def _unsafe(field: str, fault: str, allowed: Sequence[str | int] | None = None) -> Problem:
    return invalid("unsafe_url", f"`{field}` {fault}.", field=field, allowed=allowed)


def _failed(field: str, fault: str) -> Problem:
    return Problem(Kind.UPSTREAM, "fetch_failed", f"The audio at `{field}` {fault}.", field=field)
