"""Tunes: motifs that return, chord tones where it counts, tensions that resolve, a second line against them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.arranger import lay_out
from mixdown_music.composer import compose
from mixdown_music.counterpoint import countermelody
from mixdown_music.dice import stream
from mixdown_music.genre import Bar
from mixdown_music.genres import GENRES
from mixdown_music.grammar import Cadence
from mixdown_music.improvise import guide_tones, improvise
from mixdown_music.melody import Tone, draw_subject, harmony_at, is_strong, phrase_of, sing
from mixdown_music.theory import Key, chord, chord_scale
from mixdown_music.voicing import Harmony

GENRE_NAMES = list(GENRES)


def bars(genre: str, seed: int = 5, **members: Any) -> list[Bar]:
    request = {"genre": genre, "duration_ms": 90_000, "seed": seed, **members}
    return list(lay_out(compose(MusicRequest.model_validate(request)).piece))


def row(*numerals: str, mode: Any = "major") -> list[tuple[Harmony, ...]]:
    """Bars of one chord each."""
    return [(Harmony(0.0, 4.0, chord(numeral, Key(0, mode)), "T", ()),) for numeral in numerals]


def sung(genre: str) -> Iterator[tuple[Tone, Bar]]:
    """Every tone of several tunes that are sung, not improvised, with its bar."""
    for seed in range(6):
        for bar in bars(genre, seed):
            if bar.section not in GENRES[genre].solos:
                yield from ((tone, bar) for tone in bar.tune)


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_strong_beats_have_chord_tones(genre: str) -> None:
    strong = [(t, bar) for t, bar in sung(genre) if is_strong(t.beat, t.beats)]
    consonant = [t for t, bar in strong if t.pitch % 12 in bar.harmony_at(t.beat).chord.pitch_classes()]
    assert len(consonant) == len(strong) > 50


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_tensions_resolve_by_step(genre: str) -> None:
    for seed in range(6):
        tunes = [
            (t, bar) for bar in bars(genre, seed) for t in bar.tune if bar.section not in GENRES[genre].solos
        ]
        for (tone, bar), (following, _) in pairwise(tunes):
            tense = tone.pitch % 12 not in bar.harmony_at(tone.beat).chord.pitch_classes()
            assert not tense or 0 < abs(following.pitch - tone.pitch) <= 2


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_tune_can_be_sung(genre: str) -> None:
    """Within two octaves, two moves in three by a third or less, hardly one beyond an octave."""
    leaps = []
    for seed in range(6):
        pitches = [
            t.pitch for bar in bars(genre, seed) if bar.section not in GENRES[genre].solos for t in bar.tune
        ]
        assert max(pitches) - min(pitches) <= 26
        leaps += [abs(after - before) for before, after in pairwise(pitches)]
    assert sum(leap <= 4 for leap in leaps) > 0.65 * len(leaps)
    assert sum(leap > 12 for leap in leaps) < 0.01 * len(leaps)


@pytest.mark.parametrize("plan_seed", range(12))
def test_a_phrase_states_its_motif_and_goes_on_with_it(plan_seed: int) -> None:
    """The rhythm returns: two bars and two bars, or one bar, one bar, two bars."""
    subject = draw_subject(GENRES["orchestral"].rhythms, 74, stream(plan_seed, "test"))
    steps = phrase_of(subject, Cadence.HALF, 4)
    rhythm = [tuple(s.beat - 4 * i for s in steps if 4 * i <= s.beat < 4 * i + 4) for i in range(4)]
    contour = [[s.step for s in steps if 4 * i <= s.beat < 4 * i + 4] for i in range(4)]
    again = 2 if subject.plan == "period" else 1
    assert rhythm[0] == rhythm[again]
    moved = {b - a for a, b in zip(contour[0], contour[again], strict=True)}
    assert moved == {subject.sequence}  # a sequence: the same shape on another step


def test_an_answer_ends_on_the_tonic_and_a_question_does_not() -> None:
    key = Key(0, "major")
    for seed in range(20):
        subject = draw_subject(GENRES["orchestral"].rhythms, 74, stream(seed, "test"))
        answer = sing(subject, Cadence.AUTHENTIC, row("I", "IV", "V7", "I"), key, stream(seed, "sing"))
        question = sing(subject, Cadence.HALF, row("I", "vi", "IV", "V"), key, stream(seed, "sing"))
        assert answer[-1].pitch % 12 == 0
        assert question[-1].pitch % 12 in (11, 2)
        assert answer[-1].beat == question[-1].beat == 12


def test_a_returning_tune_is_ornamented_and_still_itself() -> None:
    key, harmony = Key(0, "major"), row("I", "vi", "ii", "V")
    varied = 0
    for seed in range(20):
        subject = draw_subject(GENRES["lofi"].rhythms, 72, stream(seed, "test"))
        plain = sing(subject, Cadence.LOOP, harmony, key, stream(seed, "sing"))
        again = sing(subject, Cadence.LOOP, harmony, key, stream(seed, "sing"), visit=1)
        varied += plain != again
        shared = {tone.beat for tone in plain} & {tone.beat for tone in again}
        assert len(shared) > 0.6 * len(plain)
    assert varied > 12


def test_a_solo_aims_at_the_guide_tones() -> None:
    """On each new chord that it plays through, the solo has the third or the seventh; its other notes are in the
    chord's scale but for approaches by a semitone."""
    key, harmony = Key(0, "major"), row("ii9", "V13", "Imaj9", "V7/ii")
    aimed = arrived = inside = total = 0
    for seed in range(30):
        line = improvise(harmony, key, 74, 0.7, stream(seed, "solo"))
        assert all(60 <= tone.pitch <= 88 for tone in line)
        assert all(a.beat < b.beat for a, b in pairwise(line))
        for tone in line:
            now = harmony_at(harmony, tone.beat).chord
            total += 1
            inside += tone.pitch % 12 in chord_scale(now, key)
            if tone.beat % 4 == 0:
                aimed += 1
                arrived += tone.pitch % 12 in guide_tones(now)
    assert arrived >= 0.9 * aimed > 0
    assert inside > 0.85 * total


def test_more_intensity_more_words_in_a_solo() -> None:
    key, harmony = Key(0, "minor"), row("i9", "iv9", "iiø7", "V7b9", mode="minor")
    calm, wild = (
        sum(len(improvise(harmony, key, 74, density, stream(seed, "solo"))) for seed in range(20))
        for density in (0.2, 0.9)
    )
    assert wild > 1.3 * calm


def test_a_countermelody_is_slower_and_stays_clear_of_the_tune() -> None:
    """Half as many notes, no parallel fifths or octaves, more against the tune than with it."""
    against = along = 0
    for seed in range(12):
        for bar in bars("orchestral", seed):
            assert len(bar.counter) <= 2
            assert all(t.pitch % 12 in bar.harmony_at(t.beat).chord.pitch_classes() for t in bar.counter)
        key, harmony = Key(0, "major"), row("I", "vi", "ii7b", "V7")
        subject = draw_subject(GENRES["orchestral"].rhythms, 74, stream(seed, "test"))
        tune = sing(subject, Cadence.HALF, harmony, key, stream(seed, "sing"))
        second = countermelody(tune, harmony, 65)
        for first, following in pairwise(second):
            above = [
                next(t.pitch for t in reversed(tune) if t.beat <= max(x.beat, tune[0].beat))
                for x in (first, following)
            ]
            moved = (above[1] - above[0]) * (following.pitch - first.pitch)
            against += moved < 0
            along += moved > 0
            if moved:
                before, after = (above[0] - first.pitch) % 12, (above[1] - following.pitch) % 12
                assert not (before == after and after in (0, 7))
    assert against > along
