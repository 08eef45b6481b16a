"""How a prompt is read: the words of people, and what the composer makes of them."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import Any

import pytest

import mixdown_music
from mixdown_kernel import MusicRequest
from mixdown_music import vocabulary
from mixdown_music.composer import SeededComposer, compose
from mixdown_music.desks import Part
from mixdown_music.genres import GENRES
from mixdown_music.instrumentation import GROUPS, GUESTS, LEADS
from mixdown_music.prompt import Reading, read

README = Path(mixdown_music.__file__).parents[2] / "README.md"

PROMPTS: list[tuple[str, dict[str, Any]]] = [
    # what people ask for
    ("epic battle music", {"genre": "orchestral", "mode": "minor", "intensity": 0.9}),
    ("cinematic trailer, massive and heroic", {"genre": "orchestral", "intensity": 0.8}),
    ("chill study beats", {"genre": "lofi", "intensity": 0.35, "wanted": ("drums",)}),
    ("lo-fi hip-hop to relax to", {"genre": "lofi", "intensity": 0.35}),
    ("Lofi rain cafe", {"genre": "lofi"}),
    ("dark techno", {"genre": "electronic", "mode": "minor"}),
    ("club banger, 128 BPM", {"genre": "electronic", "bpm": 128, "intensity": 0.8}),
    ("upbeat EDM for a workout", {"genre": "electronic", "intensity": 0.8}),
    ("swing for a smoky bar", {"genre": "jazz"}),
    ("smooth jazz dinner music", {"genre": "jazz"}),
    ("bossa nova", {"genre": "jazz"}),
    ("meditation", {"genre": "ambient", "intensity": 0.2}),
    ("music for sleep", {"genre": "ambient", "intensity": 0.1}),
    ("spa and massage background", {"genre": "ambient", "intensity": 0.2}),
    ("deep space soundscape", {"genre": "ambient"}),
    ("drum and bass", {"genre": "electronic", "wanted": ()}),
    ("a sad waltz", {"genre": "orchestral", "mode": "minor", "intensity": 0.35}),
    ("happy birthday party", {"genre": "electronic", "mode": "major"}),
    ("horror film score", {"genre": "orchestral", "mode": "minor"}),
    ("corporate presentation, optimistic", {"genre": "electronic", "mode": "major"}),
    ("podcast intro", {"genre": "lofi"}),
    ("8-bit video game chiptune", {"genre": "electronic"}),
    ("romantic strings", {"genre": "orchestral", "mode": "major", "wanted": ("strings",)}),
    ("R&B groove", {"genre": "lofi", "ignored": ("groove",)}),
    ("Chill café music", {"genre": "lofi"}),
    # a style beats occasions, the last of equals wins
    ("jazz for studying in a coffee shop", {"genre": "jazz"}),
    ("epic techno", {"genre": "electronic", "intensity": 0.9}),
    ("ambient electronic", {"genre": "electronic"}),
    ("electronic ambient", {"genre": "ambient"}),
    ("jazzy lofi hip hop", {"genre": "lofi"}),
    ("calm but powerful", {"intensity": 0.8}),
    ("powerful but calm", {"intensity": 0.2}),
    ("happy, then sad", {"mode": "minor"}),
    # tempo
    ("90 bpm", {"bpm": 90}),
    ("90bpm lofi", {"bpm": 90, "genre": "lofi"}),
    ("tempo of 72", {"bpm": 72}),
    ("at 100 beats per minute", {"bpm": 100}),
    ("BPM: 140 trance", {"bpm": 140, "genre": "electronic"}),
    ("slow jazz", {"pace": 0.8, "genre": "jazz"}),
    ("fast-paced chase", {"pace": 1.2}),
    ("up-tempo swing", {"pace": 1.2, "genre": "jazz"}),
    ("1000 bpm", {"bpm": None}),
    ("5 bpm", {"bpm": None}),
    ("10 minutes of jazz", {"bpm": None, "genre": "jazz"}),
    # keys
    ("in D minor", {"key": "D_minor"}),
    ("waltz in E-flat major", {"key": "Eb_major", "genre": "orchestral"}),
    ("F#m house", {"key": "F#_minor", "genre": "electronic"}),
    ("key of Bb", {"key": "Bb_major"}),
    ("in Am", {"key": "A_minor"}),
    ("c sharp minor", {"key": "C#_minor"}),
    ("C_minor, please", {"key": "C_minor"}),
    ("in a cafe", {"key": None}),
    ("a minor key ballad", {"key": None, "mode": "minor"}),
    ("a major victory", {"key": "A_major"}),  # who can tell
    ("something in a major key", {"key": None, "mode": "major"}),
    # instruments
    ("lofi with guitar", {"genre": "lofi", "wanted": ("guitar",)}),
    ("no drums", {"unwanted": ("drums",)}),
    ("drumless", {"unwanted": ("drums",)}),
    ("drum-free ambient", {"unwanted": ("drums",), "genre": "ambient"}),
    ("ambient without drums or bass, soft piano", {"unwanted": ("drums", "bass"), "wanted": ("piano",)}),
    ("no drums and soft piano", {"unwanted": ("drums", "piano")}),
    ("no loud drums", {"unwanted": ("drums",), "ignored": ("not loud",)}),
    ("not too sad piano", {"wanted": ("piano",), "mode": None, "ignored": ("not sad",)}),
    ("no drums. With drums", {"unwanted": (), "wanted": ("drums",)}),
    ("solo piano", {"only": ("piano",)}),
    ("solo soft piano", {"only": ("piano",), "intensity": 0.2}),
    ("piano and strings only", {"only": ("piano", "strings")}),
    ("just drums and bass", {"only": ("drums", "bass")}),
    ("just a chill beat", {"only": (), "wanted": ("drums",), "genre": "lofi"}),
    ("funk with a guitar solo and piano", {"only": (), "wanted": ("guitar", "piano"), "genre": "jazz"}),
    ("smoky saxophone", {"genre": "jazz", "wanted": ("saxophone",)}),
    ("violins", {"genre": "orchestral", "wanted": ("strings",)}),
    ("instrumental, no vocals", {"unwanted": ("vocals",), "ignored": ()}),
    ("not techno, ambient", {"genre": "ambient", "refused": frozenset({"electronic"})}),
    # what means nothing here
    ("quantum sandwich", {"genre": None, "ignored": ("quantum", "sandwich")}),
    ("", {}),
    ("🎵🎵🎵", {}),
    ("make me some music, please", {"ignored": ()}),
    ("ñandú", {"ignored": ("ñandú",)}),
]


@pytest.mark.parametrize(
    ("prompt", "expected"), PROMPTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_prompts_are_read(prompt: str, expected: dict[str, Any]) -> None:
    reading = read(prompt)
    assert {name: getattr(reading, name) for name in expected} == expected


def test_nothing_said_is_nothing_asked() -> None:
    assert read("some music please") == Reading()


def test_the_words_that_decided_are_told() -> None:
    words = read("90 bpm lofi in D minor, calm, with guitar, no drums").words
    assert words == {
        "bpm": ("90 bpm",),
        "key": ("D minor",),
        "genre": ("lofi",),
        "intensity": ("calm",),
        "with": ("guitar",),
        "without": ("drums",),
    }


def test_any_text_can_be_read() -> None:
    rng = random.Random(4)
    words = [
        *sorted(vocabulary.PHRASES),
        *vocabulary.SIGNS,
        *vocabulary.AFTER,
        "bpm",
        "key of",
        "C#",
        "120",
        ",",
        ".",
    ]
    for _ in range(2000):
        text = " ".join(rng.choices(words, k=rng.randrange(12)))
        junk = "".join(rng.choices(string.printable + "♯♭é日", k=rng.randrange(12)))
        request = MusicRequest(prompt=f"{text} {junk}", duration_ms=1000)
        piece = compose(request).piece
        assert piece.genre.parts
        assert 20 <= piece.bpm <= 400


def test_long_prompts_report_few_words() -> None:
    assert len(read(" ".join(f"word{i}" for i in range(2000))).ignored) <= 24


def _shown(table: dict[str, Any]) -> set[tuple[str, ...]]:
    rows: dict[Any, list[str]] = {}
    for phrase, meaning in table.items():
        rows.setdefault(meaning, []).append(phrase)
    return {tuple(phrases) for phrases in rows.values()}


@pytest.mark.parametrize("table", ["STYLES", "OCCASIONS", "MODES", "INTENSITIES", "PACES", "INSTRUMENTS"])
def test_the_tables_are_documented(table: str) -> None:
    page = README.read_text()
    for phrases in _shown(getattr(vocabulary, table)):
        assert f"| {', '.join(phrases)} |" in page


def test_the_tables_name_what_there_is() -> None:
    assert {*vocabulary.STYLES.values(), *vocabulary.OCCASIONS.values()} == set(GENRES)
    assert {*vocabulary.INSTRUMENTS.values()} == {*GUESTS, *GROUPS, "vocals"}
    assert set(vocabulary.SUGGESTED) <= set(GUESTS)
    for genre, leads in LEADS.items():
        assert {GENRES[genre].parts[lead].stem for lead in leads} == {"melody"}


def parts(prompt: str, genre: str | None = None, **members: Any) -> list[Part]:
    """Who plays, once for each note."""
    score = compose(MusicRequest(prompt=prompt, genre=genre, duration_ms=40_000, seed=3, **members))
    return [score.piece.genre.parts[note.part] for note in score.notes()]


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("instrument", [name for name in GUESTS if name not in GROUPS])
def test_who_is_asked_for_plays(genre: str, instrument: str) -> None:
    playing = parts(f"with {instrument.replace('_', ' ')}", genre)
    assert any(GUESTS[instrument].is_played_by(part) for part in playing)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("instrument", [name for name in GUESTS if name not in GROUPS])
def test_who_is_alone_is_alone(genre: str, instrument: str) -> None:
    playing = parts(f"solo {instrument.replace('_', ' ')}", genre)
    assert len(playing) > 8
    assert all(GUESTS[instrument].is_played_by(part) for part in playing)


@pytest.mark.parametrize("genre", GENRES)
@pytest.mark.parametrize("group", ["drums", "bass", "harmony", "melody", "texture"])
def test_groups_fall_silent(genre: str, group: str) -> None:
    request = MusicRequest(prompt=f"no {group}", genre=genre, duration_ms=30_000)
    score = compose(request)
    assert group not in score.piece.genre.stems
    assert {part.stem for part in parts(f"no {group}", genre)} <= set(score.piece.genre.stems)


def test_the_others_play_on_as_they_did() -> None:
    def notes(prompt: str) -> list[Any]:
        score = compose(MusicRequest(prompt=prompt, genre="lofi", duration_ms=20_000, seed=8))
        return [note for note in score.notes() if note.part != "drums"]

    assert notes("no drums") == notes("")


@pytest.mark.parametrize(
    ("prompt", "with_", "ignored"),
    [
        ("lofi with vocals", None, ["with vocals"]),
        ("lofi with flute, oboe", ["flute"], ["with oboe"]),
        ("jazz with flute and oboe", ["flute", "oboe"], []),
        ("no drums, no bass, no harmony, no melody, no texture", None, [
            "without drums", "without bass", "without harmony", "without melody", "without texture"]),
        ("sitar", None, ["sitar"]),
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_met_are_told(prompt: str, with_: list[str] | None, ignored: list[str]) -> None:
    reading = SeededComposer().reading(MusicRequest(prompt=prompt, duration_ms=1000))
    assert (reading.get("with"), reading["ignored"]) == (with_, ignored)


def test_members_beat_the_prompt() -> None:
    asked = {"genre": "jazz", "bpm": 100, "key": "F#m", "intensity": 0.1}
    request = MusicRequest(prompt="epic fast techno, 128 bpm, in D major", duration_ms=1000, **asked)
    reading = SeededComposer().reading(request)
    assert reading == {**asked, "key": "F#_minor", "words": {}, "ignored": []}


def test_a_prompt_asks_for_what_a_member_would_ask() -> None:
    told = MusicRequest(prompt="calm jazz at 100 bpm in F minor", duration_ms=20_000, seed=5)
    asked = MusicRequest(genre="jazz", bpm=100, key="F_minor", intensity=0.2, duration_ms=20_000, seed=5)
    assert list(compose(told).notes()) == list(compose(asked).notes())


def test_slow_and_fast_are_the_genres_own() -> None:
    def bpm(prompt: str) -> float:
        return compose(MusicRequest(prompt=prompt, genre="jazz", duration_ms=1000, seed=5)).piece.bpm

    assert bpm("slow") < 0.85 * bpm("") < bpm("") < 0.87 * bpm("fast")


def test_the_largest_band_fits_into_midi() -> None:
    """Fifteen tonal parts of an orchestra and one more: two of the same program share a channel."""
    prompt = "epic orchestra with piano, harp, synth pads, guitar and electric piano"
    midi = SeededComposer().notation(MusicRequest(prompt=prompt, duration_ms=120_000, seed=3)).midi
    mido = pytest.importorskip("mido")
    import io

    file = mido.MidiFile(file=io.BytesIO(midi))
    programs: dict[int, set[int]] = {}
    for track in file.tracks[1:]:
        for event in track:
            if event.type == "program_change":
                programs.setdefault(event.channel, set()).add(event.program)
    assert len(file.tracks) > 17
    assert all(len(programs[channel]) == 1 for channel in programs)
