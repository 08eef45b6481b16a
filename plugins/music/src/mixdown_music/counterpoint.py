"""A second line against a tune: slow where the tune moves, against its direction, in thirds and sixths."""

from __future__ import annotations

from collections.abc import Sequence

from mixdown_music.grammar import BEATS
from mixdown_music.melody import Tone, harmony_at
from mixdown_music.voicing import Harmony

_SWEET = {3, 4, 8, 9}
_PERFECT = {0, 7}
_STRIDE = BEATS / 2


def countermelody(tune: Sequence[Tone], harmony: Sequence[tuple[Harmony, ...]], centre: int) -> list[Tone]:
    """Half notes among the chord tones within an octave of ``centre``; repeated ones are tied."""
    line: list[Tone] = []
    above = _sounding(tune, 0.0)
    for i in range(2 * len(harmony)):
        beat = i * _STRIDE
        before, above = above, _sounding(tune, beat)
        tones = harmony_at(harmony, beat).chord.pitch_classes()[:4]
        options = [p for p in range(centre - 7, centre + 8) if p % 12 in tones]
        last = line[-1].pitch if line else centre
        pitch = min(options, key=lambda p: _cost(p, last, above, before, centre))
        if line and pitch == last and beat % BEATS:
            line[-1] = line[-1]._replace(beats=line[-1].beats + _STRIDE)
        else:
            line.append(Tone(beat, _STRIDE, pitch))
    return line


def _sounding(tune: Sequence[Tone], beat: float) -> int | None:
    """What the tune holds at a beat, or has sung last."""
    return next((tone.pitch for tone in reversed(tune) if tone.beat <= beat), None)


def _cost(pitch: int, last: int, above: int | None, before: int | None, centre: int) -> float:
    cost = 0.7 * abs(pitch - last) + 0.3 * abs(pitch - centre) + (2.0 if pitch == last else 0.0)
    if above is None:
        return cost
    interval = abs(above - pitch) % 12
    cost += 0.0 if interval in _SWEET else 2.5
    if before is not None:
        moved = (above - before) * (pitch - last)
        cost += 2.0 if moved > 0 else 0.0
        if moved and interval in _PERFECT and abs(before - last) % 12 == interval:
            cost += 20.0
    return cost
