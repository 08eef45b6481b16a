"""``mixdown plugins``, and commands that plugins add."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from ..client.serving import Served, environment
from .conftest import Invoke, Run

ENGINES = {
    "scipy",
    "soundfile",
    "soxr",
    "lameenc",
    "av",
    "pyebur128",
    "numba",
    "onnxruntime",
    "piper",
    "fastapi",
}
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Puts a plugin on a path, as an installer would: a module and what is said of it."""
    folder = tmp_path_factory.mktemp("site")

    def put(name: str, source: str) -> Path:
        (folder / f"{name}.py").write_text(textwrap.dedent(source))
        about = folder / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[mixdown.plugins]\n{name} = {name}\n")
        return folder

    return put


def test_the_inventory_imports_no_engine() -> None:
    program = (
        "import sys; from mixdown_cli.main import main; main(['plugins', '--all'], standalone_mode=False); "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True
    )
    *lines, modules = done.stdout.splitlines()
    assert "mixdown_tts_espeak" in modules.split()
    assert ENGINES.isdisjoint(modules.split())
    rows = {line.split("\t")[0]: line for line in lines}
    assert "synthesis/espeak" in rows["espeak"]
    assert "mixdown-tts-espeak" in rows["espeak"]


def test_a_broken_plugin_is_named_with_stage_and_error(mixdown: Run, install: Install) -> None:
    path = install("broken", "raise RuntimeError('no luck today')")
    done = mixdown("plugins", "--json", path=path)
    rows = {row["name"]: row for row in json.loads(done.stdout)["plugins"]}
    assert (rows["broken"]["state"], rows["broken"]["stage"]) == ("failed", "import")
    assert "no luck today" in rows["broken"]["error"]
    assert rows["espeak"]["state"] == "active"
    assert (done.returncode, done.stderr) == (0, "")
    assert "broken\tfailed\timport\tRuntimeError: no luck today" in mixdown("plugins", path=path).stdout


def test_disabled_plugins_show_with_all(mixdown: Run, tmp_path: Path) -> None:
    (tmp_path / "mixdown.toml").write_text(
        'disabled = ["music"]\n[backends]\nsynthesis = ["parrot", "espeak"]\n'
    )
    plain, everything = mixdown("plugins"), mixdown("plugins", "--all")
    assert "music" not in plain.stdout
    assert "music\tdisabled" in everything.stdout
    assert "synthesis/parrot" in plain.stderr


def test_a_backend_that_does_not_open_shows_when_it_is_tried(mixdown: Run, install: Install) -> None:
    path = install(
        "shut",
        """
        from contextlib import asynccontextmanager
        from mixdown_kernel import Backend, hookimpl

        @asynccontextmanager
        async def open_(settings, context):
            raise OSError("the key is lost")
            yield

        @hookimpl
        def ambient_backends():
            return [Backend(name="shut", open=open_)]
        """,
    )
    assert "key is lost" not in mixdown("plugins", path=path).stdout
    assert (
        "shut\tfailed\topen\tambient/shut: OSError: the key is lost"
        in mixdown("plugins", "--open", path=path).stdout
    )


def test_a_failure_inside_shows_its_cause_with_debug_alone(mixdown: Run, install: Install) -> None:
    path = install(
        "torn",
        """
        from contextlib import asynccontextmanager
        from mixdown_kernel import Backend, hookimpl

        class Torn:
            async def render(self, request):
                raise ValueError("the tape is torn")
                yield

        @asynccontextmanager
        async def open_(settings, context):
            yield Torn()

        @hookimpl
        def ambient_backends():
            return [Backend(name="torn", open=open_, preference=99)]
        """,
    )
    said = ("say", "Hello.", "-o", "a.mp3", "--background", "rain")
    settings = {"BACKENDS__AMBIENT": '["torn"]'}
    plain, debug = (mixdown(*flags, *said, path=path, **settings) for flags in ((), ("--debug",)))
    assert (plain.returncode, debug.returncode) == (1, 1)
    assert len(plain.stderr.splitlines()) == 1
    assert "the tape is torn" in debug.stderr


def test_a_server_tells_of_its_own(invoke: Invoke, server: Served) -> None:
    report = json.loads(invoke("plugins", "--json", server=server).stdout)
    assert {"espeak", "music"} <= {row["name"] for row in report["plugins"]}
    assert {row["state"] for row in report["backends"]} == {"open"}


def test_a_plugin_adds_a_command_but_replaces_none(mixdown: Run, install: Install) -> None:
    path = install(
        "shouting",
        """
        import click
        from mixdown_kernel import hookimpl

        @click.command()
        @click.argument("text")
        def shout(text):
            click.echo(text.upper())

        @hookimpl(optionalhook=True)
        def commands():
            return [shout, click.Command("voices", callback=lambda: click.echo("mine")), "no command"]
        """,
    )
    assert mixdown("shout", "hello", path=path).stdout == "HELLO\n"
    assert "List the voices" in mixdown("voices", "--help", path=path).stdout
    unknown = mixdown("shout", "hello")
    assert unknown.returncode == 2
    assert "No such command" in unknown.stderr
