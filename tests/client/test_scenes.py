"""Layers, music on request and presets, by both clients."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

import pytest

from mixdown_client import AsyncMixdown, Layer, Mixdown, MixdownError

LAYERS: list[Layer] = [
    {"type": "voice", "text": "The dragon approaches...", "start_ms": 0},
    {"type": "music", "genre": "orchestral", "duration_ms": 3000, "fade_in": 1000, "midi": True},
    {"type": "silence", "after": "music", "duration_ms": 200},
]


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of somebody's music."""
    path = tmp_path_factory.mktemp("songs") / "song.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(array("h", [round(9000 * math.sin(n / 20)) for n in range(12_000)]).tobytes())
    return path


def test_layers_are_mixed_and_described(mixdown: Mixdown, tmp_path: Path) -> None:
    made = mixdown.layers(LAYERS, output={"format": "wav", "captions": "srt"}, seed=3)
    assert made.duration_ms == 3200
    voice, music = made.components["voice"], made.components["music"]
    assert voice.words
    assert voice.words[0].text == "The"
    assert (music.type, music.genre, music.end_ms) == ("music", "orchestral", 3000)
    assert music.midi_url
    assert mixdown.fetch(music.midi_url).startswith(b"MThd")
    assert mixdown.download(made.audio_url, tmp_path / "scene.wav").read_bytes().startswith(b"RIFF")


def test_layers_are_planned(mixdown: Mixdown) -> None:
    plan = mixdown.dry_run_layers(LAYERS, levels="bed_first")
    assert [layer["id"] for layer in plan.layers] == ["voice", "music", "silence"]
    assert plan.scene["layers"][1]["volume"] == 0.45


def test_layers_as_a_job(mixdown: Mixdown) -> None:
    job = mixdown.jobs.wait(mixdown.submit_layers(LAYERS, seed=4).id)
    assert (job.kind, set(job.layered().components)) == ("layers", {"voice", "music", "silence"})


def test_a_piece_by_a_prompt(mixdown: Mixdown) -> None:
    piece = mixdown.compose(
        "epic battle music", duration_sec=2.5, params={"bpm": 120, "key": "C_minor"}, stems=True, midi=True
    )
    assert (piece.duration_ms, piece.genre, piece.bpm, piece.key) == (2500, "orchestral", 120, "C_minor")
    assert piece.reading
    assert piece.reading["words"]["genre"] == ["epic", "battle"]
    assert piece.stems
    assert piece.seed is not None
    assert piece.midi_url
    again = mixdown.compose(
        "epic battle music", duration_sec=2.5, params={"bpm": 120, "key": "C_minor"}, seed=piece.seed
    )
    assert again.seed == piece.seed


def test_a_prompt_is_read_without_sound(mixdown: Mixdown) -> None:
    plan = mixdown.dry_run_music("slow jazz, no drums", duration_sec=600)
    assert plan.layers[0]["reading"]["without"] == ["drums"]
    assert plan.estimated_duration_ms == 600_000


def test_music_as_a_job(mixdown: Mixdown) -> None:
    job = mixdown.jobs.wait(mixdown.submit_music("ambient", duration_sec=1).id)
    assert job.composed().genre == "ambient"


def test_presets_are_listed_and_used(mixdown: Mixdown) -> None:
    found = mixdown.presets()
    podcast = next(preset for preset in found.presets if preset.name == "podcast")
    plan = mixdown.dry_run("Welcome back.", preset="podcast")
    assert plan.scene["master"]["loudness_lufs"] == podcast.members["output"]["loudness"]
    assert podcast.levels in [levels.name for levels in found.levels]


def test_a_piece_of_ours_comes_apart_exactly(mixdown: Mixdown) -> None:
    piece = mixdown.compose("lofi", duration_sec=1)
    apart = mixdown.stems(piece.audio_url, stems=["drums", "bass"])
    assert (apart.method, set(apart.stems), apart.duration_ms) == ("exact", {"drums", "bass"}, 1000)
    assert mixdown.fetch(apart.stems["bass"]).startswith(b"RIFF")
    assert mixdown.stems(piece.audio_url.rpartition("/")[2]).method == "exact"


def test_a_file_is_separated_at_once_and_as_a_job(mixdown: Mixdown, song: Path) -> None:
    apart = mixdown.stems(song)
    assert (apart.method, apart.duration_ms) == ("two-stage", 500)
    assert set(apart.stems) == {"drums", "vocals", "bass", "other"}
    job = mixdown.jobs.wait(mixdown.submit_stems(song, stems=["drums", "other"], model="two-stage").id)
    assert (job.kind, set(job.separated().stems)) == ("stems", {"drums", "other"})
    with pytest.raises(MixdownError) as caught:
        mixdown.stems(song, stems=["kazoo"])
    assert (caught.value.code, caught.value.field) == ("unknown_stem", "stems.0")


def test_what_is_wrong_is_named(mixdown: Mixdown) -> None:
    with pytest.raises(MixdownError) as caught:
        mixdown.compose("jazz", params={"bpm": 300})
    assert (caught.value.code, caught.value.field, caught.value.allowed) == (
        "invalid_bpm",
        "params.bpm",
        [60, 200],
    )


async def test_the_asynchronous_client_does_the_same(amixdown: AsyncMixdown, song: Path) -> None:
    assert (await amixdown.layers(LAYERS)).duration_ms == 3200
    assert (await amixdown.dry_run_layers(LAYERS)).estimated_duration_ms >= 3000
    assert (await amixdown.compose("lofi", duration_sec=1)).genre == "lofi"
    assert (await amixdown.dry_run_music("lofi")).layers[0]["reading"]["genre"] == "lofi"
    assert [preset.name for preset in (await amixdown.presets()).presets][:1] == ["podcast"]
    piece = await amixdown.compose("lofi", duration_sec=1)
    assert (await amixdown.stems(piece.audio_url)).method == "exact"
    assert (await amixdown.stems(song)).method == "two-stage"
    done = await amixdown.jobs.wait((await amixdown.submit_stems(song)).id)
    assert done.separated().duration_ms == 500
    for job in (await amixdown.submit_layers(LAYERS), await amixdown.submit_music("jazz", duration_sec=1)):
        done = await amixdown.jobs.wait(job.id)
        assert (done.layered() if job.kind == "layers" else done.composed()).audio_url
