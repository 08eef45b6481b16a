"""Voices of Kokoro: names, files of either layout, blends."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

from mixdown_kernel import Kind, Problem, SpeechRequest
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.kokoro.voices import read_blend, voice_names

from .conftest import VOICES
from .graphs import kokoro_voices
from .test_kokoro_equal import original

TEXT = "Seven small boats sailed home."
AS_THEY_DO = {"notation": "espeak", "trim": False}


def test_a_name_says_who_speaks(kokoro, kokoro_dir):
    card = kokoro.inspect(kokoro_dir)
    voices = {voice.id: voice for voice in card.voices}
    assert card.voices[0].id == "af_heart"
    assert set(voices) == set(VOICES)
    assert (voices["bf_emma"].language, voices["bf_emma"].gender) == ("en-GB", "female")
    assert (voices["am_adam"].language, voices["am_adam"].gender) == ("en-US", "male")
    assert voices["ff_siwis"].language == "fr-FR"
    assert voices["af_bella"].aliases == ("coral",)
    assert card.licence == "Apache-2.0"


def test_both_layouts_hold_the_same_voices(kokoro, kokoro_dir, community_dir):
    assert kokoro.inspect(community_dir).voices == kokoro.inspect(kokoro_dir).voices
    assert set(kokoro.inspect(community_dir).files) == {
        "onnx/model.onnx",
        *(f"voices/{v}.bin" for v in VOICES),
    }


async def test_every_export_says_the_same(kokoro_dir, community_dir, timed_dir, speaker):
    sounds = [
        await speaker(directory)(TEXT, voice="bf_emma")
        for directory in (kokoro_dir, community_dir, timed_dir)
    ]
    np.testing.assert_array_equal(sounds[0], sounds[1])
    np.testing.assert_array_equal(sounds[0], sounds[2])


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("af_bella(2)+af_sky(1)", {"af_bella": 2 / 3, "af_sky": 1 / 3}),
        ("af_bella+af_sky", {"af_bella": 1 / 2, "af_sky": 1 / 2}),
        (" af_bella( .5 ) + am_adam(1.5)", {"af_bella": 1 / 4, "am_adam": 3 / 4}),
    ],
)
async def test_a_blend_is_the_weighted_sum_of_its_voices(kokoro_dir, speaker, name, shares):
    ours = await speaker(kokoro_dir)(TEXT, voice=name, parameters=AS_THEY_DO)
    voices = kokoro_voices(VOICES)
    blend = np.tensordot(np.array([*shares.values()], np.float32), np.stack([voices[n] for n in shares]), 1)
    theirs, _ = original(kokoro_dir).create(TEXT, blend, trim=False)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    alone = await speaker(kokoro_dir)(TEXT, voice=next(iter(shares)), parameters=AS_THEY_DO)
    assert np.abs(ours - alone).max() > 0.005


def test_equal_blends_have_one_name(kokoro, kokoro_dir):
    card = kokoro.inspect(kokoro_dir)
    names = {kokoro.resolve(name, card).id for name in ("af_bella(2)+af_sky", "af_bella(2.0) + af_sky(1)")}
    assert names == {"af_bella(2)+af_sky(1)"}
    assert kokoro.resolve("af_sky(3)", card).id == "af_sky"
    assert kokoro.resolve("af_sky+af_sky", card).id == "af_sky"


@pytest.mark.parametrize(
    "name",
    ["nobody", "af_bella+nobody", "af_bella(0)+af_sky", "af_bella(-1)+af_sky", "af_bella(101)+af_sky", "af_bella+", "+", "(2)",
     "af_bella(2", "af_bella*2", "+".join(["af_bella"] * 40), "../af_bella"],
)  # fmt: skip
def test_what_is_no_voice_is_unknown(kokoro, kokoro_dir, name):
    with pytest.raises(Problem) as caught:
        kokoro.choose(SpeechRequest(text=TEXT, voice=name), kokoro.inspect(kokoro_dir))
    assert (caught.value.kind, caught.value.code) == (Kind.NOT_FOUND, "unknown_voice")


def test_a_blend_is_known_before_its_model_is_here(kokoro):
    """So that the caller learns which model to pull, and not that the voice is unknown."""
    assert kokoro.resolve("af_bella(2)+af_sky(1)", None).id == "af_bella(2)+af_sky(1)"
    assert kokoro.resolve("en-us+f3", None) is None


def test_more_than_eight_voices_do_not_blend():
    names = [f"af_{letter}" for letter in "abcdefghi"]
    assert read_blend("+".join(names[:8]), names) is not None
    assert read_blend("+".join(names), names) is None


def archive(path, **voices):
    with path.open("wb") as file:
        np.savez(file, **voices)
    return path


@pytest.mark.parametrize(
    ("style", "says"),
    [
        (np.zeros((510, 1, 128), np.float32), "shape (510, 1, 128)"),
        (np.zeros((510, 2, 256), np.float32), "shape (510, 2, 256)"),
        (np.zeros((0, 1, 256), np.float32), "shape (0, 1, 256)"),
        (np.zeros(256, np.float32), "shape (256,)"),
        (np.zeros((510, 1, 256), np.int16), "int16"),
    ],
)
def test_voices_of_the_wrong_shape_are_refused(tmp_path, style, says):
    with pytest.raises(EngineError, match=r"voices-v1\.0\.bin") as caught:
        voice_names(archive(tmp_path / "voices-v1.0.bin", af_heart=style))
    assert caught.value.code == "bad_voices"
    assert says in caught.value.message


def test_what_is_no_archive_of_voices_is_refused(tmp_path, kokoro_dir):
    whole = (kokoro_dir / "voices-v1.0.bin").read_bytes()
    with zipfile.ZipFile(tmp_path / "voices-zip.bin", "w") as empty:
        empty.writestr("readme.txt", "no voices")
    cases = {
        "voices-cut.bin": whole[: len(whole) // 2],
        "voices-none.bin": b"",
        "voices-text.bin": b"<html>404</html>",
        "voices-pickle.bin": pickle.dumps({"af_heart": [1.0]}),
        "voices-zip.bin": (tmp_path / "voices-zip.bin").read_bytes(),
    }
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(EngineError) as caught:
            voice_names(tmp_path / name)
        assert caught.value.code == "bad_voices", name


def test_a_bare_voice_of_the_wrong_size_is_refused(tmp_path):
    folder = tmp_path / "voices"
    folder.mkdir()
    (folder / "af_heart.bin").write_bytes(b"\0" * 1000)
    with pytest.raises(EngineError, match="shape"):
        voice_names(folder)


async def test_a_voice_that_is_damaged_inside_is_refused_when_it_speaks(kokoro_dir, speaker, tmp_path):
    voices = kokoro_voices(VOICES)
    voices["af_sky"][3] = np.nan
    (tmp_path / "model.onnx").symlink_to(kokoro_dir / "kokoro.onnx")
    archive(tmp_path / "voices.npz", **voices)
    says = speaker(tmp_path)
    assert len(await says(TEXT, voice="af_bella"))
    with pytest.raises(EngineError, match="not finite"):
        await says(TEXT, voice="af_sky")
