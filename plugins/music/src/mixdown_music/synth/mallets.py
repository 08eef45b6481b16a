"""Bars and bells: sums of their modes (Fletcher and Rossing, The Physics of Musical Instruments, ch. 19-21)."""

from __future__ import annotations

from functools import partial

import numpy as np

from mixdown_music.synth.envelope import rise
from mixdown_music.synth.instrument import Instrument, Sound, Tone
from mixdown_music.synth.noise import burst
from mixdown_music.synth.partials import ring

Mode = tuple[float, float, float, float]
"""Ratio to the pitch, level, how the level grows with velocity (its exponent), life as a share of the first's."""


def _bar(
    tone: Tone,
    *,
    modes: tuple[Mode, ...],
    life: tuple[float, float],
    mallet: float,
    attack: float = 0.0015,
    beat: float = 0.0,
) -> Sound:
    """``life`` in seconds at pitches 48 and 96, ``mallet`` the level of its contact noise, ``beat`` the Hz by which
    two cheeks of an uneven bar differ."""
    ratio, level, grows, lives = (np.array(column) for column in zip(*modes, strict=True))
    seconds = tone.across(*life, of=(48, 96)) * lives
    hertz = tone.hertz * ratio
    levels = level * tone.velocity**grows
    pair = np.array([[0.62, 0.38], [0.38, 0.62]]) if beat else np.array([[1.0, 0.0]])
    sound = ring(
        tone.frames,
        np.concatenate([hertz, hertz + beat]),
        np.concatenate([levels * pair[:, :1], levels * pair[:, 1:]], axis=1),
        np.tile(seconds, 2),
        np.concatenate([np.zeros(len(hertz)), np.full(len(hertz), 0.13)]),
    )
    contact = burst(tone.frames, tone.random(5), 0.006, 500, 1500 + 4500 * tone.velocity, order=1)
    return rise(0.72 * sound + np.float32(mallet * tone.velocity) * contact, attack)


def _mallet(
    name: str,
    release: float,
    *,
    modes: tuple[Mode, ...],
    life: tuple[float, float],
    mallet: float,
    attack: float = 0.0015,
    beat: float = 0.0,
) -> Instrument:
    sound = partial(_bar, modes=modes, life=life, mallet=mallet, attack=attack, beat=beat)
    return Instrument(name, sound, release=release)


VIBRAPHONE = _mallet(
    "vibraphone",
    0.7,
    modes=((1, 1.0, 0, 1.0), (3.98, 0.3, 0.9, 0.3), (10.4, 0.16, 1.5, 0.06), (17.8, 0.07, 2, 0.03)),
    life=(2.6, 0.9),
    mallet=0.1,
)
MARIMBA = _mallet(
    "marimba",
    0.3,
    modes=((1, 1.0, 0, 1.0), (3.93, 0.22, 0.8, 0.35), (9.3, 0.16, 1.4, 0.12), (15.9, 0.05, 2, 0.06)),
    life=(0.55, 0.12),
    mallet=0.22,
)
GLOCKENSPIEL = _mallet(
    "glockenspiel",
    1.5,
    modes=((1, 1.0, 0, 1.0), (2.71, 0.3, 0.6, 0.5), (5.15, 0.26, 1, 0.25), (8.4, 0.14, 1.5, 0.12)),
    life=(2.2, 0.9),
    mallet=0.14,
    beat=0.7,
)
KALIMBA = _mallet(
    "kalimba",
    0.4,
    modes=((1, 1.0, 0, 1.0), (2.0, 0.12, 0.5, 0.7), (5.9, 0.28, 1, 0.12), (6.6, 0.14, 1.2, 0.1)),
    life=(0.9, 0.3),
    mallet=0.2,
)
BELL = _mallet(
    "bell",
    1.8,
    modes=(
        (0.5, 0.12, 0, 1.3),
        (1, 1.0, 0, 1.0),
        (2.005, 0.32, 0.4, 0.7),
        (2.76, 0.2, 0.8, 0.4),
        (4.1, 0.1, 1, 0.25),
        (5.43, 0.1, 1.2, 0.18),
    ),
    life=(3.2, 1.9),
    mallet=0.02,
    attack=0.012,
    beat=0.45,
)
