"""From a checkpoint to a model: whole, described, proved, or not there at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.models.store import Store
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.s1_mini.convert import codec
from mixdown_tts_onnx.s1_mini.convert.command import s1_mini
from mixdown_tts_onnx.s1_mini.convert.conversion import convert_s1_mini
from mixdown_tts_onnx.s1_mini.convert.profiles import PROFILES, Profile, adjusted
from mixdown_tts_onnx.s1_mini.model_files import read_facts
from mixdown_tts_onnx.s1_mini.shape import read_shape

from .checkpoints import CONFIG, codec_weights, write_pth
from .conftest import Checkpoint


def test_the_profiles_are_those_that_were_wished_for() -> None:
    assert PROFILES["mixed"] == Profile(
        "mixed", attention=2, linear=4, embeddings=4, head=8, codec="int8", cache=8, block=128
    )
    assert set(PROFILES) == {"fp32", "int8", "int4", "mixed"}


def test_a_model_is_described(checkpoint: Checkpoint, converted: Callable[[str], Path]) -> None:
    directory = converted("int4")
    manifest = json.loads((directory / files.MANIFEST).read_text())
    assert manifest["licence"] == "CC-BY-NC-SA-4.0"
    assert manifest["profile"]["attention"] == 4
    there = {path.name for path in directory.iterdir()}
    assert {*manifest["files"], files.MANIFEST} == there
    for name, record in manifest["files"].items():
        content = (directory / name).read_bytes()
        assert record == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    facts = read_facts(directory)
    assert facts.shape == read_shape(checkpoint.directory)
    assert (facts.profile, facts.cache, facts.rate, facts.frame_length) == ("int4", "int8", 44100, 64)


def test_models_verify_finds_what_changed(converted: Callable[[str], Path], tmp_path: Path) -> None:
    shutil.copytree(converted("fp32"), tmp_path / "mine")
    store = Store(tmp_path)
    (installed,) = store.installed()
    assert list(store.verify(installed)) == []
    with (tmp_path / "mine" / "slow.onnx.data").open("r+b") as file:
        file.seek(100)
        file.write(b"!")
    assert [fault.file for fault in store.verify(installed)] == ["slow.onnx.data"]


def test_fewer_bits_are_fewer_bytes(converted: Callable[[str], Path]) -> None:
    sizes = [(converted(profile) / "slow.onnx.data").stat().st_size for profile in ("fp32", "int8", "int4")]
    assert sizes[0] > 3 * sizes[1] > 4 * sizes[2]


def test_progress_is_shown_from_the_beginning_to_the_end(checkpoint: Checkpoint, tmp_path: Path) -> None:
    shown: list[tuple[str, float]] = []
    convert_s1_mini(
        checkpoint.directory, tmp_path / "out", "fp32", lambda *step: shown.append(step), encoder=False
    )
    shares = [share for _, share in shown]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert "slow transformer" in [what for what, _ in shown]
    assert not (tmp_path / "out" / files.ENCODER).exists()


@pytest.fixture
def damaged(checkpoint: Checkpoint, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint.directory, tmp_path / "damaged"))


def refusal(checkpoint: Path, out: Path) -> str:
    with pytest.raises(EngineError) as caught:
        convert_s1_mini(checkpoint, out)
    assert caught.value.code == "bad_checkpoint"
    assert [path.name for path in out.parent.iterdir() if "out" in path.name] == []
    return caught.value.message


def test_a_checkpoint_without_its_codec_is_refused(damaged: Path, tmp_path: Path) -> None:
    (damaged / "codec.pth").unlink()
    assert "neither codec.pth" in refusal(damaged, tmp_path / "out")


def test_a_codec_of_another_model_is_refused(damaged: Path, tmp_path: Path) -> None:
    write_pth(damaged / "codec.pth", codec_weights((512, 512, 512)), "FloatStorage")
    assert "[512, 512, 512]" in refusal(damaged, tmp_path / "out")
    write_pth(
        damaged / "codec.pth", {"a.weight": codec_weights((8,))["decoder.model.0.conv.bias"]}, "FloatStorage"
    )
    assert "another kind" in refusal(damaged, tmp_path / "out")


def test_a_vocabulary_larger_than_the_model_is_refused(damaged: Path, tmp_path: Path) -> None:
    ranks = (damaged / "tokenizer.tiktoken").read_text().splitlines()
    more = [f"{'QUJD' * 3}{chr(65 + n // 26)}{chr(65 + n % 26)}A= {len(ranks) + n}" for n in range(200)]
    (damaged / "tokenizer.tiktoken").write_text("\n".join([*ranks, *more]))
    assert "more tokens than the model" in refusal(damaged, tmp_path / "out")


def test_what_is_there_is_not_overwritten(checkpoint: Checkpoint, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    with pytest.raises(EngineError) as caught:
        convert_s1_mini(checkpoint.directory, tmp_path)
    assert caught.value.code == "out_exists"
    with pytest.raises(EngineError, match="no profile 'int5'"):
        convert_s1_mini(checkpoint.directory, tmp_path / "out", "int5")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_model_that_fails_its_test_is_not_kept(checkpoint: Checkpoint, tmp_path: Path) -> None:
    """Weights that are no numbers are found by speaking."""
    import numpy as np

    from .checkpoints import bfloat16

    directory = Path(shutil.copytree(checkpoint.directory, tmp_path / "broken"))
    books = (CONFIG["codebook_size"], 1024, 1024, 1024)
    weights = codec_weights(books)
    weights["quantizer.post_module.norm.weight"] = np.full_like(
        weights["quantizer.post_module.norm.weight"], np.nan
    )
    write_pth(directory / "codec.pth", {n: bfloat16(w) for n, w in weights.items()}, "BFloat16Storage")
    with pytest.raises(EngineError) as caught:
        convert_s1_mini(directory, tmp_path / "out", "fp32")
    assert caught.value.code == "self_test_failed"
    assert not (tmp_path / "out").exists()


def test_the_command_converts_and_says_what_came_of_it(checkpoint: Checkpoint, tmp_path: Path) -> None:
    arguments = [
        str(checkpoint.directory),
        str(tmp_path / "out"),
        "--profile",
        "fp32",
        "--no-encoder",
        "--threads",
        "1",
    ]
    result = CliRunner().invoke(s1_mini, arguments)
    assert result.exit_code == 0, result.output
    assert str(tmp_path / "out") in result.stdout
    assert "CC-BY-NC-SA-4.0" in result.output
    again = CliRunner().invoke(s1_mini, arguments)
    assert again.exit_code == 1
    assert "is there already" in again.output


def test_a_profile_may_be_changed_class_by_class() -> None:
    changed = adjusted(PROFILES["int4"], ["attention=2", "cache=32", "codec=winograd"])
    assert (changed.attention, changed.linear, changed.cache, changed.codec) == (2, 4, 32, "winograd")
    assert changed.name == "int4+attention+cache+codec"
    assert adjusted(PROFILES["int4"], []) is PROFILES["int4"]
    for wrong in ("attention=3", "nothing=4", "codec=mp3", "head"):
        with pytest.raises(EngineError, match="says nothing") as caught:
            adjusted(PROFILES["int4"], [wrong])
        assert "attention=2|4|8|32" in (caught.value.allowed or [])


def test_every_codec_of_a_profile_is_one_that_the_codec_knows() -> None:
    for name in codec.PROFILES:
        assert adjusted(PROFILES["fp32"], [f"codec={name}"]).codec == name


def test_blocks_that_do_not_fit_are_refused_before_the_work(checkpoint: Checkpoint, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Blocks of 256 do not go into rows of 128"):
        convert_s1_mini(checkpoint.directory, tmp_path / "out", replace(PROFILES["int4"], block=256))
    assert list(tmp_path.iterdir()) == []
