"""The arranger: lays out form, harmony and tunes phrase by phrase, and asks the genre's players for each bar.

Everything is written in C, then transposed: another key is the same piece, by at most six semitones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

from mixdown_music.counterpoint import countermelody
from mixdown_music.dice import Generator, pick, stream
from mixdown_music.form import Section, sections
from mixdown_music.genre import Bar, Genre, Theme
from mixdown_music.grammar import (
    BEATS,
    PHRASE,
    Cadence,
    Degree,
    Function,
    Phrase,
    close,
    lead_back,
    vary,
    write_phrase,
)
from mixdown_music.groove import Groove
from mixdown_music.improvise import improvise
from mixdown_music.melody import Tone, draw_subject, sing
from mixdown_music.score import Measure, Move, Note, Piece
from mixdown_music.synth import RATE
from mixdown_music.theory import Chord, Key, chord
from mixdown_music.voicing import Harmony, Voicing, lead, lead_in_four

_RING_SECONDS = 2.5
"""How long at least the last chord rings, where the piece is long enough."""


def write(piece: Piece) -> Iterator[Measure]:
    """Each bar in turn. Equal pieces give equal notes; key, tempo and intensity do not touch what is drawn."""
    groove = piece.genre.groove(piece.bpm, stream(piece.seed, "groove"))
    up = (piece.key.tonic + 6) % 12 - 6
    for bar in lay_out(piece):
        rng = stream(piece.seed, "bar", bar.index)
        played = list(piece.genre.play(bar, rng))
        notes = [event for event in played if isinstance(event, Note)]
        moves = [event for event in played if isinstance(event, Move)]
        moves.sort(key=lambda move: move.beat)
        yield Measure(_perform(notes, piece, groove, up), moves, bar.section)


def _perform(notes: list[Note], piece: Piece, groove: Groove, up: int) -> list[Note]:
    """Transposed and as people play it; each player has a hand of its own."""
    hands: dict[str, Generator] = {}
    performed = []
    for note in notes:
        hand = hands.get(note.part)
        if hand is None:
            hand = hands[note.part] = stream(piece.seed, "hand", note.part, int(note.beat // BEATS))
        performed.append(groove.perform(note, hand, up=0 if note.part in piece.genre.struck else up))
    return sorted(performed, key=lambda note: (note.beat, note.part, note.pitch))


def count_bars(piece: Piece) -> tuple[int, float]:
    """Full bars before the last chord, and how many beats that chord has until the end."""
    beats = piece.frames / RATE * piece.bpm / 60
    ring = min(max(_RING_SECONDS * piece.bpm / 60, 2.0), beats)
    bars = int((beats - ring) // BEATS)
    return bars, beats - bars * BEATS


@dataclass(frozen=True, slots=True)
class _Passage:
    """A phrase in its place: a section's bars from ``position`` on."""

    section: Section
    position: int
    phrase: Phrase
    cadence: Cadence
    theme: Theme
    visit: int


def _passages(piece: Piece, bars: int) -> Iterator[_Passage]:
    visits: Counter[str] = Counter()
    left = bars
    for section in sections(piece.genre.forms, bars):
        visit = visits[section.theme]
        visits[section.theme] += 1
        theme = draw_theme(piece, section.theme, visit)
        left -= section.bars
        yield from _section(piece, section, theme, visit, is_final=left == 0)


def draw_theme(piece: Piece, letter: str, visit: int) -> Theme:
    """The theme behind a letter. A bridge is another every time, a chorus after some returns, the first theme stays."""
    generation = {"A": 0, "C": visit}.get(letter, visit // 4)
    genre, idiom = piece.genre, piece.genre.idioms[piece.key.mode]
    rng = stream(piece.seed, genre.name, "theme", letter, generation)
    question = write_phrase(idiom, Cadence.HALF, rng, away=letter != "A")
    if Cadence.LOOP in idiom.skeletons:
        answer = lead_back(vary(question, idiom, rng), idiom, rng)
        farewell = close(question, idiom)
    else:
        answer = write_phrase(idiom, Cadence.AUTHENTIC, rng)
        farewell = write_phrase(idiom, Cadence.CLOSE, rng)
    subject = draw_subject(genre.rhythms, genre.register + pick(rng, (-2, 0, 2)), rng)
    return Theme(question, answer, farewell, subject, int(rng.integers(1 << 16)))


def _section(
    piece: Piece, section: Section, theme: Theme, visit: int, *, is_final: bool
) -> Iterator[_Passage]:
    """Questions and answers in turn, the section's last phrase an answer; where a bar or three are left over, the
    first phrase is only its end."""
    idiom, stretch = piece.genre.idioms[piece.key.mode], piece.genre.stretch
    size = PHRASE * stretch
    count = -(-section.bars // size)
    position = 0
    for i in range(count):
        bars = section.bars - size * (count - 1) if i == 0 else size
        asks = (count - i) % 2 == 0
        phrase, cadence = (theme.question, Cadence.HALF) if asks else (theme.answer, Cadence.AUTHENTIC)
        last = i == count - 1
        if last and is_final:
            phrase, cadence = theme.farewell, Cadence.CLOSE
        elif last and idiom.turnaround:
            rng = stream(piece.seed, "turn", section.theme, visit)
            phrase = lead_back(phrase, idiom, rng) if rng.random() < idiom.turnaround else phrase
        phrase = tuple(bar for bar in phrase for _ in range(stretch))[size - bars :]
        yield _Passage(section, position, phrase, cadence, theme, visit)
        position += bars


def lay_out(piece: Piece) -> Iterator[Bar]:
    """Every bar of a piece, in C, as its players will see it; the last one is the final chord."""
    bars, ring = count_bars(piece)
    genre, key = piece.genre, Key(0, piece.key.mode)
    idiom = genre.idioms[key.mode]
    home = chord(idiom.home, key)
    style = int(stream(piece.seed, "style").integers(1 << 16))
    index, voicing = 0, Voicing()
    for passage, following in pairwise(chain(_passages(piece, bars), [None])):
        if passage is None:
            break
        harmony, voicing = voice(passage.phrase, key, voicing, genre)
        tune = _tune(piece, passage, harmony, key, index)
        counter = countermelody(tune, harmony, genre.register - 9) if tune else []
        coming = chord(following.phrase[0][0].numeral, key) if following else home
        for i, (row, after) in enumerate(pairwise([*harmony, None])):
            assert row is not None  # noqa: S101
            position = passage.position + i
            yield Bar(
                index=index,
                section=passage.section.name,
                position=position,
                length=passage.section.bars,
                energy=_energy(passage.section, position, piece.intensity),
                key=key,
                harmony=row,
                coming=after[0].chord if after else coming,
                theme=passage.theme,
                visit=passage.visit,
                style=style,
                tune=_within(tune, i),
                counter=_within(counter, i),
            )
            index += 1
    yield _last_bar(piece, index, ring, voicing, home, style)


def _last_bar(piece: Piece, index: int, ring: float, voicing: Voicing, home: Chord, style: int) -> Bar:
    """The final chord, held to the end; a piece of nothing else gets its dominant before it if there is time."""
    genre, key = piece.genre, Key(0, piece.key.mode)
    upbeat = min(int(0.4 * ring), 2) if index == 0 else 0
    rows: tuple[tuple[str, Function, float], ...] = ((genre.idioms[key.mode].home, "T", ring - upbeat),)
    if upbeat:
        rows = ((genre.idioms[key.mode].close[-1], "D", float(upbeat)), *rows)
    (harmony,), _ = voice((tuple(Degree(*row) for row in rows),), key, voicing, genre)
    return Bar(
        index=index,
        section="end",
        position=0,
        length=1,
        energy=0.35 + 0.4 * piece.intensity,
        key=key,
        harmony=harmony,
        coming=home,
        theme=draw_theme(piece, "A", 0),
        visit=0,
        style=style,
        beats=ring,
        is_last=True,
    )


def voice(
    phrase: Phrase, key: Key, voicing: Voicing, genre: Genre
) -> tuple[list[tuple[Harmony, ...]], Voicing]:
    """Every bar's chords in the voicings that follow from ``voicing``, and the last of these."""
    rows = []
    for bar in phrase:
        beat, row = 0.0, []
        for degree in bar:
            tones = chord(degree.numeral, key)
            if genre.four_parts:
                voicing = lead_in_four(tones, voicing)
            else:
                voicing = lead(tones, voicing, voices=genre.voices, centre=genre.centre)
            row.append(Harmony(beat, degree.beats, tones, degree.function, voicing))
            beat += degree.beats
        rows.append(tuple(row))
    return rows, voicing


def _tune(
    piece: Piece, passage: _Passage, harmony: list[tuple[Harmony, ...]], key: Key, index: int
) -> list[Tone]:
    """The theme's tune over a phrase, or a solo; phrases longer than the subject's four bars sing every half."""
    rng = stream(piece.seed, "tune", index)
    if passage.section.name in piece.genre.solos:
        density = _energy(passage.section, passage.position, piece.intensity)
        return improvise(harmony, key, passage.theme.subject.register + 1, density, rng)
    tune: list[Tone] = []
    for start in range(0, len(harmony), PHRASE):
        part = harmony[start : start + PHRASE]
        ends = start + PHRASE >= len(harmony)
        cadence = passage.cadence if ends else Cadence.LOOP
        sung = sing(passage.theme.subject, cadence, part, key, rng, visit=passage.visit)
        tune += [tone._replace(beat=tone.beat + BEATS * start) for tone in sung]
    return tune


def _within(tune: list[Tone], bar: int) -> tuple[Tone, ...]:
    start = BEATS * bar
    return tuple(t._replace(beat=t.beat - start) for t in tune if start <= t.beat < start + BEATS)


def _energy(section: Section, position: int, intensity: float) -> float:
    """The section's own energy, growing as it goes on, raised or lowered by the asked intensity."""
    growth = section.rise * position / max(section.bars - 1, 1)
    return min(max(section.energy + growth + 0.9 * (intensity - 0.5), 0.0), 1.0)
