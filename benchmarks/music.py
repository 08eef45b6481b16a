"""The composer, each genre, times real time on one core; beside it FluidSynth playing the same notes from a font.

python benchmarks/music.py [seconds]; the font is Debian's fluid-soundfont-gm, or ``MIXDOWN_BENCH_SOUND_FONT``.
Three things in one run: the music as it is shipped (our instruments, desk, rooms, master), the same road with the
font in our instruments' place, and FluidSynth alone, its own reverb and chorus on, as it plays a file.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from mixdown_kernel import MusicRequest, Problem
from mixdown_music.composer import compose
from mixdown_music.conductor import Conductor
from mixdown_music.genres import GENRES
from mixdown_music.renderer import render
from mixdown_music.score import Score
from mixdown_music.soundfont import SoundFont, load
from mixdown_music.synth import RATE

_RUNS = 3
_FONT = Path(os.environ.get("MIXDOWN_BENCH_SOUND_FONT", "/usr/share/sounds/sf2/FluidR3_GM.sf2"))


def main(seconds: float = 60.0) -> None:
    font = _font()
    print(
        f"{seconds:.0f} s of each genre, notes synthesised anew; × real time, processor time, median of {_RUNS}"
    )
    print(f"{'genre':12} {'mix':>6} {'stems':>6} {'font':>6} {'FluidSynth alone':>17} {'ratio':>6}")
    for name in GENRES:
        score = compose(MusicRequest(genre=name, seed=1, intensity=0.6, duration_ms=round(seconds * 1000)))
        mix, stems = (_speed(seconds, _ours(score, stems=stems)) for stems in (False, True))
        line = f"{name:12} {mix:6.0f} {stems:6.0f}"
        if font:
            font.levels(score.piece.genre.parts)
            theirs, alone = _speed(seconds, _ours(score, font=font)), _speed(seconds, _alone(score, font))
            line += f" {theirs:6.0f} {alone:17.0f} {mix / alone:6.2f}"
        print(line)


def _font() -> SoundFont | None:
    try:
        return load(_FONT)
    except Problem as problem:
        print(f"without FluidSynth: {problem.message}")
        return None


def _speed(seconds: float, work: Callable[[], None]) -> float:
    spent = []
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return seconds / median(spent)


def _ours(score: Score, *, stems: bool = False, font: SoundFont | None = None) -> Callable[[], None]:
    def work() -> None:
        for _ in render(score, stems=stems, font=font):
            pass

    return work


def _alone(score: Score, font: SoundFont) -> Callable[[], None]:
    """The same notes at the same frames (to 10 ms) through one FluidSynth with one output and its effects."""
    parts = score.piece.genre.parts
    channels = {name: channel for channel, name in enumerate(parts)}

    def work() -> None:
        conductor, hop = Conductor(score), RATE // 100
        with font.synth(1, effects=True) as (synth, number):
            for name, part in parts.items():
                font.select(synth, number, channels[name], part)
            held: list[tuple[int, int, int]] = []
            out = np.zeros((1, 2, hop), np.float32)
            for start in range(0, score.piece.frames, hop):
                for event in conductor.until(start + hop):
                    note = event.note
                    synth.noteon(channels[note.part], note.pitch, max(round(note.velocity * 127), 1))
                    held.append((start + event.frames, channels[note.part], note.pitch))
                for end, channel, pitch in held:
                    if end <= start:
                        synth.noteoff(channel, pitch)
                held = [one for one in held if one[0] > start]
                font.write(synth, out)

    return work


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
