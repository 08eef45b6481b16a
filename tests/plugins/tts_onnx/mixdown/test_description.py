"""voice.json, field by field."""

from __future__ import annotations

import json

import pytest

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.mixdown.description import FILE, FILES, folders, read_description
from mixdown_tts_onnx.mixdown.features import Layout

from . import networks


@pytest.fixture
def folder(tmp_path):
    return networks.write(tmp_path / "ada", networks.voice(1))


def edited(folder, **members):
    described = json.loads((folder / FILE).read_text())
    kept = {**described, **members}
    (folder / FILE).write_text(json.dumps({name: value for name, value in kept.items() if value is not None}))
    return read_description(folder)


def test_what_a_voice_is(folder):
    found = read_description(folder)
    assert (found.name, found.language, found.gender, found.rate) == ("ada", "en-US", "male", 16_000)
    assert found.layout == Layout(12, 4)
    assert found.bands_hz == (0, 1000, 2000, 4000, 8000)
    assert found.reach == networks.FIELD
    assert found.licence == "MIT"


def test_a_voice_may_have_no_bands_and_say_little_of_itself(folder):
    found = edited(folder, bands_hz=None, gender=None, teacher=None, licence=None, language=None)
    assert found.layout.bands == 0
    assert (found.gender, found.language, found.licence) == ("neutral", "en-US", "")


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"frame_ms": 5}, "frame_ms"),
        ({"rate": 16_100}, "rate"),
        ({"rate": None}, "rate"),
        ({"rate": True}, "rate"),
        ({"mel_cepstra": 1}, "mel_cepstra"),
        ({"mel_cepstra": 12.5}, "mel_cepstra"),
        ({"alpha": 1}, "alpha"),
        ({"bands_hz": [0]}, "bands_hz"),
        ({"bands_hz": [0, 4000, 2000]}, "bands_hz"),
        ({"bands_hz": [0, 9000]}, "bands_hz"),
        ({"bands_hz": "all"}, "bands_hz"),
        ({"decoder_field": -1}, "decoder_field"),
        ({"mean_log_f0": 110}, "mean_log_f0"),
        ({"mean_log_f0": float("nan")}, "mean_log_f0"),
        ({"gender": "robot"}, "gender"),
        ({"licence": 3}, "licence"),
        ({"sha256": {}}, "sha256"),
        ({"sha256": None}, "sha256"),
    ],
)
def test_a_field_that_is_wrong_is_named(folder, members, says):
    with pytest.raises(EngineError, match=says) as caught:
        edited(folder, **members)
    assert caught.value.code == "bad_config"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xff"])
def test_what_is_no_description_is_refused(folder, content):
    (folder / FILE).write_bytes(content)
    with pytest.raises(EngineError) as caught:
        read_description(folder)
    assert caught.value.code == "bad_config"


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(EngineError, match=file) as caught:
        read_description(folder)
    assert caught.value.code == "missing_model_file"


def test_voices_are_the_folders_with_a_description(tmp_path, folder):
    (tmp_path / "notes").mkdir()
    (tmp_path / "readme.txt").touch()
    assert folders(tmp_path) == [folder]
    assert folders(tmp_path / "nowhere") == []
