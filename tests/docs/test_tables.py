"""Tables of values on the pages, compared with the code."""

from __future__ import annotations

import re

from mixdown_api.edge.problems import CODE_STATUS, STATUS
from mixdown_api.scenes.layers import BED_FADE_IN_MS, BED_FADE_OUT_MS, MUSIC_FADE_OUT_MS, Background, Music
from mixdown_api.scenes.presets import PRESETS
from mixdown_kernel import Ducking, Master
from mixdown_mixing.encoders.formats import FORMATS

from .pages import DOCS, rows, section

SOUND = DOCS / "sound.md"


def test_the_levels_of_the_sound_page_are_the_defaults() -> None:
    shown = {row[0]: row[1] for row in rows(section(SOUND, "## Levels"))}
    bed, music, ducking, master = Background(), Music(), Ducking(), Master()
    ducks = {True: "ducks", False: "does not duck"}
    assert shown == {
        "voice": "100 %",
        "background": f"{bed.volume:g} %, fades in over {BED_FADE_IN_MS} ms and out over {BED_FADE_OUT_MS} ms, {ducks[bed.duck]}",
        "music": f"{music.volume:g} %, fades out over {MUSIC_FADE_OUT_MS} ms, {ducks[music.duck]}",
        "ducking": f"{ducking.depth_db:g} dB, attack {ducking.attack_ms:g} ms, release {ducking.release_ms:g} ms",
        "loudness of a finished scene": f"{master.loudness_lufs:g} LUFS integrated (ITU-R BS.1770-4)",
        "true peak": f"{master.ceiling_dbtp:g} dBTP at most",
    }


def test_the_decision_on_levels_is_the_one_in_force() -> None:
    decided = {row[0]: row[1] for row in rows((DOCS / "decisions/0007-levels.md").read_text())}
    ducking, master = Ducking(), Master()
    assert decided["background"].startswith(f"{Background().volume:g} %")
    assert decided["music"].startswith(f"{Music().volume:g} %")
    assert decided["ducking"] == (
        f"{ducking.depth_db:g} dB, attack {ducking.attack_ms:g} ms, release {ducking.release_ms:g} ms"
    )
    assert decided["loudness"] == f"{master.loudness_lufs:g} LUFS integrated"
    assert decided["true peak"] == f"{master.ceiling_dbtp:g} dBTP"


def test_formats_and_their_media_types_are_listed() -> None:
    listed = {row[0].strip("`"): row[1].strip("`") for row in rows(section(SOUND, "## Formats"))}
    assert listed == {name: entry.media_type for name, entry in FORMATS.items()}


def test_every_status_is_listed() -> None:
    errors = rows(section(DOCS / "http.md", "## Errors"))
    listed = {int(code) for row in errors for code in re.findall(r"\b\d{3}\b", row[0])}
    assert listed == {*STATUS.values(), *CODE_STATUS.values()}


def test_the_presets_are_those_in_force() -> None:
    shown = {row[0].strip("`"): row[1:] for row in rows(section(DOCS / "http.md", "## Presets"))}
    for name, preset in PRESETS.items():
        beds = [bed.get("genre") or bed["kind"] for bed in (preset.music, preset.background) if bed]
        assert shown.pop(name) == [
            str(preset.voice.get("speed", "")),
            ", ".join(beds),
            f"`{preset.levels}`",
            f"{preset.output['loudness']:g}",
            f"{preset.output['tail_ms'] / 1000:g} s",
        ]
    assert not shown
