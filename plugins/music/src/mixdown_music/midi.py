"""A score as a Standard MIDI File of type 1: a conductor's track, then one track for each part that plays."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain
from operator import itemgetter

from mido import Message, MetaMessage, bpm2tempo
from mido.midifiles.meta import encode_variable_int

from mixdown_kernel import Kind, Problem
from mixdown_music.desks import Part
from mixdown_music.general_midi import is_percussion, program
from mixdown_music.score import BEATS, Control, Move, Note, Piece, Score
from mixdown_music.synth import RATE
from mixdown_music.theory import Key

TICKS = 960
"""A quarter note's; a player's lateness is kept to about half a millisecond."""
LONGEST_MS = 2 * 3_600_000
_DRUMS = 9
_TONAL = tuple(channel for channel in range(16) if channel != _DRUMS)
_CONTROLLERS: dict[Control, int] = {"brightness": 74, "expression": 11}
_STRIDE = 0.25
"""Beats between the steps in which a controller follows a line."""
Event = tuple[int, Message | MetaMessage]
"""A message at an absolute tick."""


@dataclass(slots=True)
class _Track:
    """What one part does, in ticks."""

    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(from, until, pitch, velocity)"""
    held: dict[int, int] = field(default_factory=dict)
    """By pitch the index of its last note."""
    moves: list[Move] = field(default_factory=list)

    def add(self, note: Note, bpm: float, end: int) -> None:
        """A pitch that is struck again while it sounds is let go first: a MIDI channel has each key once."""
        late = note.delay * bpm / 60
        start = min(_ticks(note.beat + late), end - 1)
        until = min(max(_ticks(note.beat + note.beats + late), start + 1), end)
        velocity = min(max(round(note.velocity * 127), 1), 127)
        before = self.held.get(note.pitch)
        if before is not None:
            first, last, pitch, strength = self.notes[before]
            if start <= first:
                self.notes[before] = (first, max(until, last), pitch, max(strength, velocity))
                return
            self.notes[before] = (first, min(last, start), pitch, strength)
        self.held[note.pitch] = len(self.notes)
        self.notes.append((start, until, note.pitch, velocity))


def to_midi(score: Score) -> bytes:
    """The file's bytes: 960 ticks a quarter, General MIDI programs, drum kits on channel 10, brightness as
    controller 74 and expression as 11. Equal scores give equal bytes.

    Raises `Problem` (``too_large``/``notation_too_long``) for a piece of more than two hours.
    """
    piece = score.piece
    if piece.frames > LONGEST_MS * RATE // 1000:
        raise Problem(
            Kind.TOO_LARGE,
            "notation_too_long",
            "A MIDI file holds at most two hours of music.",
            field="duration_ms",
            allowed=[1, LONGEST_MS],
            hint="Ask for a shorter piece.",
        )
    end, tracks, sections = _collect(score)
    chunks = [_chunk(_conductor(piece, sections), end)]
    parts = {name: part for name, part in piece.genre.parts.items() if name in tracks}
    for name, channel in _channels(parts).items():
        chunks.append(_chunk(_played(name, parts[name], channel, tracks[name]), end))
    head = b"MThd" + struct.pack(">IHHH", 6, 1, len(chunks), TICKS)
    return b"".join((head, *chunks))


def _channels(parts: Mapping[str, Part]) -> dict[str, int]:
    """Each part's channel. Where there are more parts than channels, some with the same program share one."""
    tonal = [name for name, part in parts.items() if not is_percussion(part)]
    if len(tonal) > len(_TONAL):
        firsts = {program(parts[name]): name for name in reversed(tonal)}
        tonal.sort(key=lambda name: name not in firsts.values())
    given = dict(zip(tonal, _TONAL, strict=False))
    programs = {program(parts[name]): channel for name, channel in reversed(given.items())}
    return {
        name: given.get(name, _DRUMS if is_percussion(part) else programs[program(part)])
        for name, part in parts.items()
    }


def _chunk(events: Iterable[Event], end: int) -> bytes:
    """A track of events in order of time. Each is encoded as it comes: as objects, an hour's would fill memory."""
    data, now = bytearray(), 0
    for tick, message in chain(events, [(end, MetaMessage("end_of_track"))]):
        data += bytes(encode_variable_int(tick - now))
        data += bytes(message.bytes())
        now = tick
    return b"MTrk" + struct.pack(">I", len(data)) + bytes(data)


def signature(key: Key) -> str:
    """A key as MIDI and musicians write it: ``C``, ``F#m``."""
    letter, mode = key.name.split("_")
    return letter if mode == "major" else f"{letter}m"


def _ticks(beats: float) -> int:
    return round(beats * TICKS)


def _collect(score: Score) -> tuple[int, dict[str, _Track], list[tuple[int, str]]]:
    """The piece's last tick, what each part plays, and where sections begin."""
    bpm = score.piece.bpm
    end = max(_ticks(score.piece.frames / RATE * bpm / 60), 1)
    tracks: dict[str, _Track] = {}
    sections: list[tuple[int, str]] = []
    for index, measure in enumerate(score.measures()):
        if not sections or sections[-1][1] != measure.section:
            sections.append((index * BEATS * TICKS, measure.section))
        for note in measure.notes:
            tracks.setdefault(note.part, _Track()).add(note, bpm, end)
        for move in measure.moves:
            tracks.setdefault(move.part, _Track()).moves.append(move)
    return end, {name: track for name, track in tracks.items() if track.notes}, sections


def _conductor(piece: Piece, sections: list[tuple[int, str]]) -> Iterator[Event]:
    yield 0, MetaMessage("track_name", name=f"{piece.genre.name} {piece.seed}")
    yield 0, MetaMessage("set_tempo", tempo=bpm2tempo(piece.bpm))
    yield 0, MetaMessage("time_signature", numerator=BEATS, denominator=4)
    yield 0, MetaMessage("key_signature", key=signature(piece.key))
    for tick, name in sections:
        yield tick, MetaMessage("marker", text=name)


def _played(name: str, part: Part, channel: int, track: _Track) -> Iterator[Event]:
    yield 0, MetaMessage("track_name", name=name.replace("_", " "))
    yield 0, Message("program_change", channel=channel, program=program(part))
    yield from merge(_keys(track, channel), _controllers(track.moves, channel), key=itemgetter(0))


def _keys(track: _Track, channel: int) -> Iterator[Event]:
    """Who lets go at a tick does so before others strike."""
    strikes = [(start, 1, pitch, velocity) for start, _, pitch, velocity in track.notes]
    releases = [(until, 0, pitch, 0) for _, until, pitch, _ in track.notes]
    for tick, strikes_key, pitch, velocity in sorted(strikes + releases):
        kind = "note_on" if strikes_key else "note_off"
        yield tick, Message(kind, channel=channel, note=pitch, velocity=velocity)


def _controllers(moves: Iterable[Move], channel: int) -> Iterator[Event]:
    """Lines as steps, none of them twice."""
    last: dict[Control, Move] = {}
    sent: dict[Control, int] = {}
    for move in moves:
        before = last.get(move.control)
        last[move.control] = move
        for beat, value in _line(before, move):
            level = min(max(round(value * 127), 0), 127)
            if sent.get(move.control) != level:
                sent[move.control] = level
                control = _CONTROLLERS[move.control]
                yield _ticks(beat), Message("control_change", channel=channel, control=control, value=level)


def _line(before: Move | None, move: Move) -> Iterator[tuple[float, float]]:
    if before is not None and before.value != move.value:
        span = move.beat - before.beat
        steps = int(span / _STRIDE)
        for i in range(1, steps):
            share = i / steps
            yield before.beat + span * share, before.value + (move.value - before.value) * share
    yield move.beat, move.value
