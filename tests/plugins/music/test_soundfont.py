"""A sound font in our instruments' place. Where FluidSynth or a font is missing these tests are skipped, and say so."""

import hashlib
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyebur128
import pytest
from numpy.typing import NDArray

from mixdown_kernel import Kind, MusicRequest, Problem
from mixdown_music.composer import SeededComposer, compose
from mixdown_music.conductor import onset
from mixdown_music.genres import GENRES
from mixdown_music.renderer import render
from mixdown_music.score import Score
from mixdown_music.soundfont import SoundFont, load
from mixdown_music.synth.kit import KICK

FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
Samples = NDArray[np.float32]


@pytest.fixture(scope="module")
def font() -> SoundFont:
    pytest.importorskip("fluidsynth", reason="needs pyfluidsynth and libfluidsynth3", exc_type=ImportError)
    if not FONT.exists():
        pytest.skip("needs Debian's fluid-soundfont-gm")
    return load(FONT)


def score(genre: str, seconds: float = 12, **members: Any) -> Score:
    request = {"genre": genre, "duration_ms": round(seconds * 1000), "seed": 3, **members}
    return compose(MusicRequest.model_validate(request))


def sound(written: Score, font: SoundFont, **options: Any) -> Samples:
    return np.concatenate([block.mix for block in render(written, font=font, **options)])


def loudness(samples: Samples) -> float:
    state = pyebur128.R128State(2, 48_000, 5)
    state.add_frames(np.ascontiguousarray(samples).ravel(), len(samples))
    return float(pyebur128.get_loudness_global(state))


@pytest.mark.parametrize("genre", list(GENRES))
def test_stems_of_the_asked_length_sum_to_the_mix(genre: str, font: SoundFont) -> None:
    blocks = list(render(score(genre, 12.345, intensity=0.8), stems=True, font=font))
    mix = np.concatenate([block.mix for block in blocks])
    assert mix.shape == (592_560, 2)
    stems = {name: np.concatenate([b.stems[name] for b in blocks]) for name in blocks[0].stems}
    assert np.abs(sum(stem.astype(np.float64) for stem in stems.values()) - mix).max() < 1e-6
    assert np.array_equal(mix, sound(score(genre, 12.345, intensity=0.8), font))
    assert set(stems) == set(GENRES[genre].stems)
    assert -25 < loudness(mix) < -14


def test_it_is_the_same_to_the_bit_in_another_process_and_in_other_blocks(font: SoundFont) -> None:
    program = (
        "import hashlib, numpy as np\n"
        "from pathlib import Path\n"
        "from mixdown_kernel import MusicRequest\n"
        "from mixdown_music.composer import compose\n"
        "from mixdown_music.renderer import render\n"
        "from mixdown_music.soundfont import load\n"
        f"written = compose(MusicRequest(genre='jazz', duration_ms=5000, seed=3))\n"
        f"mix = [b.mix for b in render(written, font=load(Path({str(FONT)!r})))]\n"
        "print(hashlib.sha256(np.concatenate(mix).tobytes()).hexdigest())\n"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    here = sound(score("jazz", 5), font, block=31_337)
    assert hashlib.sha256(here.tobytes()).hexdigest() == there.stdout.strip()


def test_it_plays_other_sounds_at_the_same_moments(font: SoundFont) -> None:
    """Kicks begin within two of FluidSynth's blocks of where the score has them."""
    written = score("electronic", 20, bpm=120, intensity=0.6)
    blocks = list(render(written, stems=True, font=font))
    drums = np.abs(np.concatenate([block.stems["drums"] for block in blocks])).max(axis=1)
    notes = [note for note in written.notes() if note.part == "drums"]
    first = min(onset(note, 120) for note in notes if note.pitch == KICK)
    others = [onset(note, 120) for note in notes if 0 < first - onset(note, 120) < 24_000]
    assert not others
    assert drums[first - 24_000 : first].max(initial=0) < 0.1 * drums[first : first + 4800].max()
    heard = first + int(np.argmax(drums[first : first + 4800] > 0.1 * drums[first : first + 4800].max()))
    assert heard - first < 4 * 128
    assert not np.allclose(sound(written, font), np.concatenate([b.mix for b in render(written)]), atol=1e-3)


def test_notes_end_when_their_piece_has_them_end(font: SoundFont) -> None:
    """No note hangs: the same key struck again while it sounds is let go in its turn."""
    tail = sound(score("ambient", 15), font)[-4800:]
    assert np.abs(tail[-48:]).max() < 1e-3
    assert np.abs(tail).max() < 0.2


def test_the_font_is_part_of_the_fingerprint(font: SoundFont) -> None:
    assert SeededComposer(font).fingerprint() == hashlib.sha256(FONT.read_bytes()).hexdigest()
    assert SeededComposer().fingerprint() != SeededComposer(font).fingerprint()


def test_a_font_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    for path in (tmp_path / "no.sf2", tmp_path):
        with pytest.raises(Problem) as caught:
            load(path)
        assert caught.value.kind is Kind.UNAVAILABLE
        assert caught.value.code == "sound_font_missing"
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.hint


@pytest.mark.parametrize("content", [b"", b"RIFF", b"\x00" * 4096, b"RIFF\x04\x00\x00\x00WAVE", b"{}"])
def test_a_file_that_is_no_font_is_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.sf2"
    path.write_bytes(content)
    with pytest.raises(Problem) as caught:
        load(path)
    assert caught.value.code == "sound_font_invalid"


def test_a_font_broken_inside_is_a_problem(tmp_path: Path, font: SoundFont) -> None:
    path = tmp_path / "broken.sf2"
    path.write_bytes(b"RIFF" + struct.pack("<I", 1000) + b"sfbk" + b"\x07" * 988)
    with pytest.raises(Problem) as caught:
        load(path)
    assert caught.value.code == "sound_font_invalid"


def test_without_the_library_it_says_what_to_install(tmp_path: Path) -> None:
    path = tmp_path / "any.sf2"
    path.write_bytes(b"RIFF\x04\x00\x00\x00sfbk")
    program = (
        "import sys\n"
        "sys.modules['fluidsynth'] = None  # as where it is not installed\n"
        "from pathlib import Path\n"
        "from mixdown_kernel import Problem\n"
        "from mixdown_music.soundfont import load\n"
        "try:\n"
        f"    load(Path({str(path)!r}))\n"
        "except Problem as problem:\n"
        "    print(problem.code, problem.hint)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith("fluidsynth_missing")
    assert "libfluidsynth3" in said
