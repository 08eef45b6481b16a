"""``mixdown models …`` as users run it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from huggingface_hub import constants

from mixdown_cli.failures import Failure
from mixdown_cli.main import main
from mixdown_cli.plugin_commands import plugin_commands

from .hub_stand_in import Hub, Repository, serving
from .tones import build_model

Run = Callable[..., Result]
VOICE = "de/de_DE/thorsten/medium/"
NAME = "piper-de_DE-thorsten-medium"
CONFIG = json.dumps(
    {
        "audio": {"sample_rate": 22050},
        "espeak": {"voice": "de"},
        "num_symbols": 256,
        "num_speakers": 1,
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3]},
        "language": {"code": "de_DE"},
    }
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    for name in ("MIXDOWN_MODELS_DIR", "MIXDOWN_CONFIG", "MIXDOWN_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return lambda *arguments: CliRunner().invoke(main, ["models", *arguments])


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with serving() as hub:
        hub.repositories["rhasspy/piper-voices"] = Repository(
            {
                VOICE + "de_DE-thorsten-medium.onnx": b"0" * 100_000,
                VOICE + "de_DE-thorsten-medium.onnx.json": CONFIG.encode(),
                VOICE + "MODEL_CARD": b"# Model card\n\n* License: CC0\n",
            }
        )
        yield hub


def rows(run: Run, *options: str, before: Sequence[str] = ()) -> dict[str, dict[str, object]]:
    listed = run(*before, "list", "--json", *options)
    assert listed.exit_code == 0, listed.output
    return {row["name"]: row for row in json.loads(listed.stdout)}


def test_the_list_says_what_people_must_know(run: Run) -> None:
    listed = rows(run)
    assert listed["kokoro"]["licence"] == "Apache-2.0"
    assert listed["kokoro"]["source"] == "https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX"
    assert listed["openaudio-s1-mini-checkpoint"]["licence"] == "CC-BY-NC-SA-4.0"
    assert listed["openaudio-s1-mini-checkpoint"]["state"] == "gated"
    assert all(row["bytes"] and row["languages"] for row in listed.values())
    assert rows(run, "--here") == {}


def test_the_table_is_for_programs_too(run: Run) -> None:
    lines = run("list").stdout.splitlines()
    assert lines[0].split("\t")[:4] == ["kokoro", "-", "354 MB", "Apache-2.0"]


def test_a_pull_says_where_it_is_and_what_is_next(run: Run, hub: Hub) -> None:
    pulled = run("pull", "de_DE-thorsten-medium", "--endpoint", hub.url)
    assert pulled.exit_code == 0, pulled.output
    assert pulled.stdout.splitlines()[-1] == f"var/models/{NAME}"
    assert "Licence:" in pulled.stderr
    assert "CC0" in pulled.stderr  # its own card's word
    assert '[backends] synthesis = ["piper", …]' in pulled.stderr
    listed = rows(run, "--here")[NAME]
    assert (listed["state"], listed["family"], listed["licence"]) == ("here", "piper", "CC0")


def test_the_directory_is_an_option_and_a_variable(
    run: Run, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = run("--models-dir", str(tmp_path / "one"), "pull", NAME, "--endpoint", hub.url)
    assert (tmp_path / "one" / NAME).is_dir(), one.output
    monkeypatch.setenv("MIXDOWN_MODELS_DIR", str(tmp_path / "two"))
    assert run("pull", NAME, "--endpoint", hub.url).exit_code == 0
    assert (tmp_path / "two" / NAME).is_dir()


def test_the_data_directory_is_that_of_the_configuration(run: Run, hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "mixdown.toml").write_text('data_dir = "elsewhere"\n[api]\npublic_url = "http://a.example"\n')
    assert run("pull", NAME, "--endpoint", hub.url).exit_code == 0
    assert (tmp_path / "elsewhere" / "models" / NAME).is_dir()
    (tmp_path / "mixdown.toml").rename(tmp_path / "other.toml")
    assert [*rows(run, "--here")] == []
    assert [*rows(run, "--here", before=["--config", "other.toml"])] == [NAME]
    assert [*rows(run, "--here", before=["--data-dir", "elsewhere"])] == [NAME]


def test_what_is_wrong_is_found_and_told(run: Run, hub: Hub, tmp_path: Path) -> None:
    run("pull", NAME, "--endpoint", hub.url)
    fine = run("verify")
    assert (fine.exit_code, fine.stdout) == (0, f"{NAME}\tas it should be\n")
    graph = tmp_path / "var/models" / NAME / "de_DE-thorsten-medium.onnx"
    graph.write_bytes(graph.read_bytes()[:-1] + b"1")
    wrong = run("verify", "de_DE-thorsten-medium")
    assert wrong.exit_code == 1
    assert "de_DE-thorsten-medium.onnx has another content" in wrong.stdout


def test_a_model_that_nobody_pulled_is_checked_by_its_family(run: Run, tmp_path: Path) -> None:
    build_model(tmp_path / "var/models/mine")
    wrong = run("verify", "mine")
    assert wrong.exit_code == 1
    assert "no model of a family that is installed" in wrong.stdout
    assert rows(run, "--here")["mine"]["family"] == "unknown"


def test_a_broken_pull_is_listed_as_begun(run: Run, hub: Hub) -> None:
    hub.spoiled[VOICE + "de_DE-thorsten-medium.onnx.json"] = [b"{}", b"{}"]
    broken = run("pull", NAME, "--endpoint", hub.url)
    assert isinstance(broken.exception, SystemExit)
    assert broken.exit_code == 1
    assert "another content" in broken.stderr
    assert rows(run)[NAME]["state"] == "begun"
    assert run("pull", NAME, "--endpoint", hub.url).exit_code == 0
    assert rows(run)[NAME]["state"] == "here"


def test_removing_tells_what_is_free(run: Run, hub: Hub) -> None:
    run("pull", NAME, "--endpoint", hub.url)
    removed = run("remove", "de_DE-thorsten-medium")
    assert removed.exit_code == 0, removed.output
    assert removed.stdout.startswith("de_DE-thorsten-medium\t")
    assert rows(run, "--here") == {}
    again = run("remove", NAME)
    assert again.exit_code == 1
    assert "There is no model" in again.stderr


@pytest.mark.parametrize("command", ["pull", "verify", "remove"])
def test_an_unknown_name_is_one_line(run: Run, command: str) -> None:
    failed = run(command, "kokorro")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("Error: There is no model 'kokorro'")
    assert failed.stderr.count("\n") == 1


def test_a_checkpoint_says_how_it_is_converted(run: Run, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("model.pth", "codec.pth", "config.json", "tokenizer.tiktoken", "special_tokens.json")
    hub.repositories["fishaudio/openaudio-s1-mini"] = Repository(
        {name: name.encode() for name in names}, token="hf_mine", gated=True
    )
    refused = run("pull", "s1-mini", "--endpoint", hub.url)
    assert refused.exit_code == 1
    assert "CC-BY-NC-SA-4.0" in refused.stderr
    assert "https://huggingface.co/fishaudio/openaudio-s1-mini" in refused.stderr
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    pulled = run("pull", "s1-mini", "--endpoint", hub.url)
    assert pulled.exit_code == 0, pulled.output
    (next_line,) = [line for line in pulled.stderr.splitlines() if line.startswith("Next: ")]
    words = next_line.removeprefix("Next: mixdown models ").split()
    group = plugin_commands()["models"]
    assert isinstance(group, click.Group)
    converters = group.get_command(click.Context(group), words[0])
    assert isinstance(converters, click.Group)
    command = converters.get_command(click.Context(converters), words[1])
    assert command
    context = command.make_context(words[1], words[2:])
    assert context.params["checkpoint"] == Path("var/models/openaudio-s1-mini-checkpoint")
    assert rows(run)["openaudio-s1-mini-checkpoint"]["state"] == "to convert"


def test_failures_are_the_command_line_s(run: Run) -> None:
    """They pass the program's own door, with one line and status 1."""
    assert issubclass(Failure, click.ClickException)
    assert run("pull", "..").exit_code == 1
