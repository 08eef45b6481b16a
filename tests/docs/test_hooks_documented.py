"""Every hook is documented with its exact signature and an example that runs."""

from __future__ import annotations

import inspect
import re

import pytest

from mixdown_kernel import HookSpecs
from mixdown_kernel.contracts import optional

from .pages import DOCS, ROOT, blocks, rows, section

PAGE = DOCS / "hooks.md"
HOOKS = [name for name, member in vars(HookSpecs).items() if inspect.isfunction(member)]
PROGRAMS = [block.text for block in blocks(PAGE) if (block.language, block.mark) == ("python", "run")]


def signature(name: str) -> str:
    """As its specification has it, without ``self``."""
    whole = inspect.signature(getattr(HookSpecs, name))
    bound = whole.replace(parameters=list(whole.parameters.values())[1:])
    return f"def {name}{bound}".replace("'", "")


@pytest.mark.parametrize("name", HOOKS)
def test_its_exact_signature_is_documented(name: str) -> None:
    assert f"```python\n{signature(name)}\n```" in section(PAGE, f"### `{name}`")


@pytest.mark.parametrize("name", HOOKS)
def test_an_example_that_runs_implements_it(name: str) -> None:
    assert any(f"    def {name}(self" in program for program in PROGRAMS)


def test_no_other_hook_is_documented_but_those_of_the_facades() -> None:
    lines = PAGE.read_text().splitlines()
    documented = {line.removeprefix("### ").strip("`") for line in lines if line.startswith("### `")}
    sources = (
        path.read_text() for folder in ("api", "cli") for path in (ROOT / folder / "src").rglob("*.py")
    )
    called = {hook for source in sources for hook in re.findall(r"registry\.call\(\s*\"(\w+)\"", source)}
    assert "http_routes" in called
    assert documented == {*HOOKS, *called, "<role>_backends"}


OPTIONAL = {
    name: protocol
    for name, protocol in vars(optional).items()
    if getattr(protocol, "_is_runtime_protocol", False) and protocol.__module__ == optional.__name__
}


@pytest.mark.parametrize("protocol", OPTIONAL)
def test_an_optional_protocol_is_documented(protocol: str) -> None:
    table = rows(section(DOCS / "writing-a-plugin.md", "## What an open backend may also have"))
    documented = {cells[0].strip("`") for cells in table}
    for name, method in vars(OPTIONAL[protocol]).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            parameters = ", ".join(list(inspect.signature(method).parameters)[1:])
            prefix = "async " if inspect.iscoroutinefunction(method) else ""
            returns = inspect.signature(method).return_annotation
            assert f"{prefix}{name}({parameters}) -> {returns}" in documented
