"""The MIDI file, read back by mido: tempo, meter, key, names, programs, and every note of the score."""

import asyncio
import io
from itertools import pairwise
from typing import Any

import mido
import pytest

import mixdown_music
from mixdown_kernel import MusicRequest, Notated, Problem
from mixdown_music.composer import SeededComposer, compose
from mixdown_music.desks import AMBIENT, ELECTRONIC, JAZZ, LOFI, ORCHESTRAL
from mixdown_music.general_midi import KITS, PROGRAMS, is_percussion, program
from mixdown_music.genres import GENRES
from mixdown_music.midi import TICKS, signature, to_midi
from mixdown_music.score import Score
from mixdown_music.theory import Key

GENRE_NAMES = list(GENRES)
Read = tuple[int, int, int, int]
"""From, until, pitch, velocity."""


def score(genre: str, **members: Any) -> Score:
    return compose(MusicRequest.model_validate({"genre": genre, "duration_ms": 60_000, "seed": 5, **members}))


def read(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data))


def notes_of(track: mido.MidiTrack) -> list[Read]:
    """Fails where a key is struck twice without being let go, or never let go."""
    now, sounding, notes = 0, {}, []
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity:
            assert message.note not in sounding
            sounding[message.note] = (now, message.velocity)
        elif message.type in ("note_on", "note_off"):
            start, velocity = sounding.pop(message.note)
            notes.append((start, now, message.note, velocity))
    assert not sounding
    return notes


def channels_of(track: mido.MidiTrack) -> set[int]:
    return {message.channel for message in track if hasattr(message, "channel")}


@pytest.mark.parametrize("genre", GENRE_NAMES)
@pytest.mark.parametrize("bpm", [67, 120])
def test_every_note_of_the_score_is_in_the_file(genre: str, bpm: int) -> None:
    """At its tick, pitch and strength; only a key struck again at once, or two at the same tick, may be fewer."""
    written = score(genre, bpm=bpm, intensity=0.8)
    file = read(to_midi(written))
    tracks = {track.name.replace(" ", "_"): notes_of(track) for track in file.tracks[1:]}
    by_part: dict[str, list[tuple[int, int, int]]] = {}
    for note in written.notes():
        tick = round((note.beat + note.delay * bpm / 60) * TICKS)
        by_part.setdefault(note.part, []).append((tick, note.pitch, round(note.velocity * 127)))
    assert tracks.keys() == by_part.keys()
    for part, expected in by_part.items():
        found = {(start, pitch) for start, _, pitch, _ in tracks[part]}
        wanted = {(tick, pitch) for tick, pitch, _ in expected}
        assert found <= wanted
        assert len(found) >= 0.98 * len(wanted)
        strengths = {(tick, pitch): velocity for tick, pitch, velocity in expected}
        exact = sum(strengths[start, pitch] == velocity for start, _, pitch, velocity in tracks[part])
        assert exact >= 0.98 * len(tracks[part])


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_the_conductor_says_what_was_asked(genre: str) -> None:
    file = read(to_midi(score(genre, bpm=97, key="F#_minor")))
    assert (file.type, file.ticks_per_beat) == (1, TICKS)
    said = {message.type: message for message in file.tracks[0]}
    assert mido.tempo2bpm(said["set_tempo"].tempo) == pytest.approx(97, abs=1e-3)
    assert (said["time_signature"].numerator, said["time_signature"].denominator) == (4, 4)
    assert said["key_signature"].key == "F#m"
    assert said["track_name"].name.startswith(genre)
    assert "end" in [message.text for message in file.tracks[0] if message.type == "marker"]
    assert file.length == pytest.approx(60, abs=0.01)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_each_part_has_its_track_channel_and_program(genre: str) -> None:
    written = score(genre, intensity=1.0, duration_ms=180_000)
    parts = written.piece.genre.parts
    melodic = set()
    for track in read(to_midi(written)).tracks[1:]:
        part = parts[track.name.replace(" ", "_")]
        (channel,) = channels_of(track)
        (change,) = [message.program for message in track if message.type == "program_change"]
        assert change == program(part)
        assert (channel == 9) == is_percussion(part)
        if channel != 9:
            assert channel not in melodic
            melodic.add(channel)


def test_every_instrument_of_every_desk_has_a_program() -> None:
    for desk in (AMBIENT, ELECTRONIC, JAZZ, LOFI, ORCHESTRAL):
        for part in desk.parts.values():
            assert 0 <= program(part) < 128
        assert sum(not is_percussion(part) for part in desk.parts.values()) <= 15
    assert not PROGRAMS.keys() & KITS.keys()


def test_moves_are_controllers() -> None:
    """Brightness is 74, expression 11; a build opens the filter step by step."""
    file = read(to_midi(score("electronic", duration_ms=120_000, intensity=0.8)))
    pad = next(track for track in file.tracks if track.name == "pad")
    values = [message.value for message in pad if message.type == "control_change" and message.control == 74]
    assert len(values) > 30
    assert max(values) == 127
    assert min(values) < 70
    assert max(abs(b - a) for a, b in pairwise(values)) < 90
    strings = next(t for t in read(to_midi(score("orchestral"))).tracks if t.name == "violas")
    assert {message.control for message in strings if message.type == "control_change"} == {11}


@pytest.mark.parametrize("tonic", range(12))
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_every_key_has_a_signature(tonic: int, mode: Any) -> None:
    name = signature(Key(tonic, mode))
    message = mido.MetaMessage("key_signature", key=name)
    sharps = int.from_bytes(message.bin()[3:4], "big", signed=True)
    assert abs(sharps) <= 6
    assert (7 * sharps + (0 if mode == "major" else 9)) % 12 == tonic


@pytest.mark.parametrize("milliseconds", [1, 20, 500, 2_000])
def test_the_shortest_pieces_are_files_too(milliseconds: int) -> None:
    for genre in GENRE_NAMES:
        file = read(to_midi(score(genre, duration_ms=milliseconds)))
        assert sum(len(notes_of(track)) for track in file.tracks[1:]) > 0
        assert file.length <= milliseconds / 1000 + 0.01


def test_one_score_one_file() -> None:
    assert to_midi(score("jazz")) == to_midi(score("jazz"))


def test_what_would_fill_memory_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        to_midi(score("lofi", duration_ms=7_200_001))
    assert (caught.value.kind, caught.value.code, caught.value.field) == (
        "too_large",
        "notation_too_long",
        "duration_ms",
    )


async def test_the_backend_hands_out_what_it_plays() -> None:
    backend = SeededComposer()
    assert isinstance(backend, Notated)
    request = MusicRequest(genre="jazz", duration_ms=20_000, seed=3, bpm=140, key="Bb major")
    notation = await asyncio.to_thread(backend.notation, request)
    assert (notation.bpm, notation.key) == (140, "Bb_major")
    assert notation.midi == to_midi(compose(request))
    assert mixdown_music.music_backends()
