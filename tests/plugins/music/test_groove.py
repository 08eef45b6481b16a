"""Groove: swing as long against short, who plays behind the beat, hands that stray and do not wander off."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from mixdown_kernel import MusicRequest
from mixdown_music.composer import compose
from mixdown_music.dice import stream
from mixdown_music.genres import GENRES
from mixdown_music.groove import Groove, jazz_swing
from mixdown_music.score import MAX_DELAY, Note
from mixdown_music.synth.kit import HAT, KICK, RIDE, SNARE


def drums(genre: str, pitch: int, bpm: int, seed: int) -> list[Note]:
    request = MusicRequest(genre=genre, duration_ms=60_000, seed=seed, bpm=bpm, intensity=0.7)
    return [n for n in compose(request).notes() if n.part == "drums" and n.pitch == pitch]


def ratios(beats: list[float], pair: float) -> Iterator[float]:
    """Long against short wherever three onsets lie on a pair's beginning, its middle and its end."""
    for (first, middle), (_, last) in pairwise(pairwise(sorted(beats))):
        if abs(first / pair - round(first / pair)) < 1e-6 and abs(last - first - pair) < 1e-6:
            yield (middle - first) / (last - middle)


@pytest.mark.parametrize(("bpm", "swing"), [(90, 2.4), (120, 2.2), (150, 2.0), (210, 1.6), (320, 1.0)])
def test_a_ride_cymbal_swings_as_much_as_the_tempo_lets_it(bpm: int, swing: float) -> None:
    assert jazz_swing(bpm) == pytest.approx(swing)
    found = [r for seed in range(3) for r in ratios([n.beat for n in drums("jazz", RIDE, bpm, seed)], 1.0)]
    assert len(found) > 20
    assert all(ratio == pytest.approx(swing, rel=1e-6) for ratio in found)


def test_lofi_swings_in_sixteenths_and_each_piece_a_little_differently() -> None:
    heard = set()
    for seed in range(6):
        found = list(ratios([note.beat for note in drums("lofi", HAT, 80, seed)], 0.5))
        assert len(found) > 3
        assert max(found) - min(found) < 1e-6
        assert 1.15 < found[0] < 1.55
        heard.add(round(found[0], 3))
    assert len(heard) == 6


@pytest.mark.parametrize("genre", ["orchestral", "ambient"])
def test_where_nothing_swings_notes_lie_on_their_grid(genre: str) -> None:
    for note in compose(MusicRequest(genre=genre, duration_ms=60_000, seed=2)).notes():
        assert note.beat * 16 == pytest.approx(round(note.beat * 16))


def test_swing_moves_the_middle_of_a_pair_and_nothing_else() -> None:
    groove = Groove(swing=2.0, pair=1.0)
    assert [groove.swung(beat) for beat in (0.0, 0.5, 1.0, 1.5, 8.0)] == pytest.approx(
        [0, 2 / 3, 1, 5 / 3, 8]
    )
    moved = [groove.swung(beat / 64) for beat in range(65)]
    assert all(a < b for a, b in pairwise(moved))


def test_a_lofi_snare_is_laid_back() -> None:
    def delay(notes: list[Note]) -> float:
        return sum(note.delay for note in notes) / len(notes)

    for seed in range(4):
        snare, kick = delay(drums("lofi", SNARE, 80, seed)), delay(drums("lofi", KICK, 80, seed))
        assert 0.010 < snare - kick < 0.018


@pytest.mark.parametrize("genre", list(GENRES))
def test_hands_stray_within_bounds_and_no_two_strokes_are_alike(genre: str) -> None:
    notes = list(compose(MusicRequest(genre=genre, duration_ms=60_000, seed=4)).notes())
    assert all(0 <= note.delay <= MAX_DELAY for note in notes)
    assert all(0 < note.velocity <= 1 for note in notes)
    assert len({note.delay for note in notes}) > 0.7 * len(notes)
    assert len({note.velocity for note in notes}) > 0.8 * len(notes)


def test_a_hand_is_as_steady_as_its_groove() -> None:
    groove = Groove(spread=0.004, touch=0.05, behind={"keys": 0.015})
    played = [
        groove.perform(Note("keys", 0, 1, 60, 0.5), rng) for rng in [stream(1, "hand")] for _ in range(2000)
    ]
    delays = [note.delay for note in played]
    mean = sum(delays) / len(delays)
    assert mean == pytest.approx(0.015, abs=0.0005)
    assert (sum((d - mean) ** 2 for d in delays) / len(delays)) ** 0.5 == pytest.approx(0.004, rel=0.1)
