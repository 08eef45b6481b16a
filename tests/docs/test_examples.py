"""What the pages show is what happens.

```` ```python run ````: the blocks of a page run from top to bottom in one namespace, ``await`` allowed anywhere.
```` ```http run ````: a request to an application in this process; ```` ```http answer ```` is what comes (see
`matching`). ``{name}`` in a path or a body is a member or a header of an earlier answer.
```` ```sh run ````: commands in one folder, without a server; ```` ```text answer ```` is what the last of them printed.
```` ```toml run ````: a ``mixdown.toml`` that is accepted.
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import shlex
import subprocess
import tomllib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mixdown_api import create_app
from mixdown_api.edge import ApiSettings
from mixdown_cli.main import main
from mixdown_kernel import Kernel, KernelConfig
from mixdown_kernel.settings import backend_settings

from .matching import json_differs, text_differs
from .pages import DOCS, ROOT, Block, blocks, rows, section

HIDDEN = {"/v1/renders/{id}", "/api/v1/health", "/readyz", "/test", "/metrics", "/api/v1/metrics"}
PAGES = [*sorted(DOCS.rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "README.md"]
RUN = [block for page in PAGES if page.exists() for block in blocks(page) if block.mark]


def pages_with(language: str) -> list[Any]:
    found = dict.fromkeys(block.page for block in RUN if block.language == language)
    return [pytest.param(page, id=page.name) for page in found]


def test_every_mark_means_something() -> None:
    known = {
        ("python", "run"),
        ("http", "run"),
        ("http", "answer"),
        ("sh", "run"),
        ("text", "answer"),
        ("toml", "run"),
    }
    assert [block.place for block in RUN if (block.language, block.mark) not in known] == []


# ---------------------------------------------------------------- programs


@pytest.mark.parametrize("page", pages_with("python"))
async def test_programs_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page):
        if (block.language, block.mark) == ("python", "run"):
            source = "\n" * (block.line - 1) + block.text
            code = compile(source, str(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            running = eval(code, namespace)
            if code.co_flags & inspect.CO_COROUTINE:
                await running


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize("page", pages_with("sh"))
def test_commands_do_what_is_shown(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = ""
    for block in (block for block in RUN if block.page == page and block.language in ("sh", "text")):
        if block.mark == "run":
            printed = run(block)
        else:
            differs = text_differs(block.text, printed)
            assert not differs, f"{block.place}: {differs}"


def run(block: Block) -> str:
    """Ours in this process, which takes seconds less; what else there is by a shell."""
    if not block.text.startswith("mixdown "):
        done = subprocess.run(["sh", "-e", "-c", block.text], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block.place}: {done.stderr}"
        return done.stdout
    for line in block.text.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "mixdown", f"{block.place}: {line}"
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, f"{block.place}: {result.output}"
    return result.stdout


# ---------------------------------------------------------------- requests


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An application with every plugin that is installed."""
    kernel = Kernel({"data_dir": tmp_path, "backends": {"mixing": ["numpy"]}})
    app = create_app(kernel, ApiSettings())
    async with app.router.lifespan_context(app):
        await kernel.ready()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


@pytest.mark.parametrize("page", pages_with("http"))
async def test_requests_are_answered_as_shown(page: Path, client: httpx.AsyncClient) -> None:
    known: dict[str, str] = {}
    answer = None
    for block in (block for block in RUN if block.page == page and block.language == "http"):
        if block.mark == "run":
            answer = await client.send(request(client, block, known))
            known |= remembered(answer)
        else:
            assert answer is not None, f"{block.place}: an answer without a request"
            differs = difference(block, answer)
            assert not differs, f"{block.place}: {differs}\n{answer.status_code} {answer.text[:2000]}"


def request(client: httpx.AsyncClient, block: Block, known: dict[str, str]) -> httpx.Request:
    head, _, body = block.text.partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, _, target = first.partition(" ")
    for name, value in known.items():
        target = target.replace(f"{{{name}}}", value)
        body = body.replace(f"{{{name}}}", value)
    headers = {**({"content-type": "application/json"} if body else {}), **headers_of(lines)}
    return client.build_request(method, target, headers=headers, content=body.strip().encode() or None)


def headers_of(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.partition(": ") for line in lines)
    return {name.lower(): value for name, _, value in pairs}


def remembered(answer: httpx.Response) -> dict[str, str]:
    """Headers, and top-level members that are text."""
    found = dict(answer.headers)
    if "json" in answer.headers.get("content-type", ""):
        found |= {name: value for name, value in answer.json().items() if isinstance(value, str)}
    return found


def difference(block: Block, answer: httpx.Response) -> str:
    head, _, body = block.text.partition("\n\n")
    status, *lines = head.strip().splitlines()
    if answer.status_code != int(status.split()[0]):
        return f"shown {status}"
    for name, value in headers_of(lines).items():
        if differs := text_differs(value, answer.headers.get(name, "")):
            return f"{name}: {differs}"
    if not body.strip():
        return ""
    if "json" in answer.headers["content-type"]:
        return json_differs(json.loads(body), answer.json())
    return text_differs(body, answer.text)


def test_every_route_is_documented(tmp_path: Path) -> None:
    """Those of the OpenAPI document by method and path; the rest are names of the same."""
    app = create_app(Kernel({"data_dir": tmp_path}), ApiSettings())
    served = {(method.upper(), path) for path, item in app.openapi()["paths"].items() for method in item}
    listed = {
        (method.strip(), path.strip(" `"))
        for methods, paths, _ in rows(section(DOCS / "http.md", "## Routes"))
        for method in methods.split(",")
        for path in paths.split(",")
    }
    assert served <= listed
    assert {path for _, path in listed - served} <= HIDDEN


# ---------------------------------------------------------------- configuration


def template() -> ModuleType:
    path = ROOT / "template/src/mixdown_template/__init__.py"
    spec = importlib.util.spec_from_file_location("mixdown_template", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("block", [b for b in RUN if b.language == "toml"], ids=lambda block: block.place)
def test_configurations_are_accepted(block: Block, tmp_path: Path) -> None:
    file = tomllib.loads(block.text)
    ApiSettings(**file.pop("api", {}))
    config = KernelConfig(**file)
    offers = Kernel({"data_dir": tmp_path}, plugins=[template()]).registry.offers
    for role, names in config.backends.items():
        assert set(names) <= set(offers[role])
    classes = {name: offer.backend.settings for group in offers.values() for name, offer in group.items()}
    for name, given in config.plugins.items():
        backend_settings(classes[name], name, given)
