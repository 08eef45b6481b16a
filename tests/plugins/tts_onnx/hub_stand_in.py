"""A stand-in for the Hugging Face Hub: the routes that `huggingface_hub` asks, with ranges, ETags, tokens and failures.

Routes and headers are those of the public client (``huggingface_hub`` 2.4: `HfApi.model_info`, ``hf_hub_url``, ``http_get``). Every
request is kept in ``asked``.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mixdown_tts_onnx.models.hub import READ_BYTES

LISTING = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/revision/(?P<revision>[^/?]+)(\?.*)?")
FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<path>.+)")
RANGE = re.compile(r"bytes=(\d+)-")
COMMIT = "5f2c1a" + "0" * 34


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    begin: int
    token: str


@dataclass
class Repository:
    """``large`` files are told by their SHA-256, as the Hub does of those in LFS; the others by git's hash."""

    files: dict[str, bytes]
    large: frozenset[str] = frozenset()
    token: str = ""
    gated: bool = False
    commit: str = COMMIT


@dataclass
class Hub:
    """What it has, and how it fails."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    cut_after: dict[str, list[int]] = field(default_factory=dict)
    """Per path, after how many bytes each next answer breaks off."""
    spoiled: dict[str, list[bytes]] = field(default_factory=dict)
    """Per path, what each next answer says instead."""
    ignores_ranges: bool = False
    status: int = 0
    """Of every answer, where it is not 0."""

    def fetched(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.method == "GET" and one.path.endswith(path)]


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def _answer(self) -> None:
            begin = int(found[1]) if (found := RANGE.match(self.headers.get("range", ""))) else 0
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            hub.asked.append(Asked(self.command, self.path, begin, token))
            if hub.status:
                self._send(hub.status, b"it is not well")
            elif match := LISTING.fullmatch(self.path):
                self._listing(match["repo"], token)
            elif match := FILE.fullmatch(self.path):
                self._file(match["repo"], match["path"], begin, token)
            else:
                self._send(404, b"no such route")

        def _repository(self, name: str, token: str) -> Repository | None:
            found = hub.repositories.get(name)
            if found is None:
                self._send(
                    401, b"{}", {"X-Error-Code": "RepoNotFound"}
                )  # the Hub does not tell strangers what it has
            elif found.token and token != found.token:
                code = "GatedRepo" if found.gated else "RepoNotFound"
                self._send(401, b"{}", {"X-Error-Code": code})
            else:
                return found
            return None

        def _listing(self, name: str, token: str) -> None:
            repository = hub.repositories.get(name)
            if repository is None or (
                repository.token and not repository.gated and token != repository.token
            ):
                self._repository(name, token)
                return
            siblings = [
                {
                    "rfilename": path,
                    "size": len(content),
                    "blobId": git_hash(content),
                    **(
                        {
                            "lfs": {
                                "size": len(content),
                                "sha256": hashlib.sha256(content).hexdigest(),
                                "pointerSize": 134,
                            }
                        }
                        if path in repository.large
                        else {}
                    ),
                }
                for path, content in repository.files.items()
            ]
            body = {"id": name, "modelId": name, "sha": repository.commit, "siblings": siblings}
            self._send(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

        def _file(self, name: str, path: str, begin: int, token: str) -> None:
            repository = self._repository(name, token)
            if repository is None:
                return
            content = repository.files.get(path)
            if content is None:
                self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": repository.commit})
                return
            if spoiled := hub.spoiled.get(path):
                content = spoiled.pop(0)
            etag = hashlib.sha256(content).hexdigest() if path in repository.large else git_hash(content)
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": repository.commit, "Accept-Ranges": "bytes"}
            if hub.ignores_ranges:
                begin = 0
            if begin:
                headers["Content-Range"] = f"bytes {begin}-{len(content) - 1}/{len(content)}"
            cuts = hub.cut_after.get(path)
            self._send(206 if begin else 200, content[begin:], headers, cuts.pop(0) if cuts else None)

        def _send(
            self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            for start in range(0, len(body[:cut]), READ_BYTES):
                self.wfile.write(body[:cut][start : start + READ_BYTES])
            if cut is not None:
                self.close_connection = True
                self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
