"""Sustained ensembles by PADsynth (Nasca O. Paul, 2005): each partial is a bell of noise in the spectrum, as of
many players slightly apart, and one inverse FFT gives a loop without a seam."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mixdown_music.synth.instrument import RATE, Instrument, Sound, fall, frequency, rise

_LOOP = 1 << 17
_LEVEL = 0.3
Spectrum = Callable[[float, float], float]
"""Amplitude of a partial at a frequency in Hz, given the velocity."""


@lru_cache(maxsize=32)
def _pad_loop(
    pitch: int, velocity: float, seed: int, cents: float, spectrum: Spectrum
) -> NDArray[np.float32]:
    """Two channels of ``_LOOP`` frames of root mean square ``_LEVEL``, sides decorrelated."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([pitch, seed])))
    f, width = frequency(pitch), 2 ** (cents / 1200) - 1
    partials = np.zeros((2, _LOOP // 2 + 1), np.complex64)
    for k in range(1, 65):
        centre = k * f
        if centre > 14_000:
            break
        # Beyond the player's spread, partials widen less than in proportion or the top turns to hiss.
        sigma = max(width * f * k**0.8 * _LOOP / RATE, 0.6)
        middle = centre * _LOOP / RATE
        low, high = int(middle - 4 * sigma), int(middle + 4 * sigma) + 2
        bins = np.arange(max(low, 1), min(high, _LOOP // 2))
        bell = spectrum(centre, velocity) / k * np.exp(-0.5 * ((bins - middle) / sigma) ** 2) / np.sqrt(sigma)
        turns = np.exp(2j * np.pi * rng.random((2, len(bins))))
        partials[:, bins] += (bell * turns).astype(np.complex64)
    loop = fft.irfft(partials, _LOOP, axis=1)
    return np.asarray(loop * (_LEVEL / np.sqrt(np.mean(loop**2))), np.float32)


def _held(
    pitch: int,
    velocity: float,
    frames: int,
    *,
    seed: int,
    cents: float,
    attack: float,
    spectrum: Spectrum,
    decay: float = 0.0,
) -> Sound:
    loop = _pad_loop(pitch, velocity, seed, cents, spectrum)
    sound = np.tile(loop, (1, -(-frames // _LOOP)))[:, :frames]
    if decay:
        sound = sound * fall(frames, decay)
    return rise(sound.copy(), attack)


def _warm(hertz: float, velocity: float) -> float:
    return float(1 / (1 + (hertz / (400 + 1400 * velocity)) ** 1.8))


def _airy(hertz: float, velocity: float) -> float:
    return float(hertz / (hertz + 900) / (1 + (hertz / (2500 + 3000 * velocity)) ** 2))


def _bowed(hertz: float, velocity: float) -> float:
    body = 1 + 0.6 * np.exp(-(((hertz - 450) / 250) ** 2)) + 0.5 * np.exp(-(((hertz - 2600) / 900) ** 2))
    return float(body / (1 + (hertz / (1800 + 3200 * velocity)) ** 2))


def _saw(hertz: float, velocity: float) -> float:
    return float(1 / (1 + (hertz / (1200 + 4800 * velocity)) ** 2))


def _horn(hertz: float, velocity: float) -> float:
    return float((0.4 + np.exp(-(((hertz - 500) / 380) ** 2))) / (1 + (hertz / (700 + 1900 * velocity)) ** 3))


def _flute(hertz: float, velocity: float) -> float:
    return float(1 / (1 + (hertz / (900 + 700 * velocity)) ** 3))


WARM_PAD = Instrument(
    "warm_pad", partial(_held, seed=1, cents=9, attack=1.6, spectrum=_warm), release=2.2, layers=2
)
AIR_PAD = Instrument(
    "air_pad", partial(_held, seed=2, cents=14, attack=2.4, spectrum=_airy), release=2.6, layers=2
)
STRINGS = Instrument(
    "strings", partial(_held, seed=3, cents=11, attack=0.22, spectrum=_bowed), release=0.7, layers=2
)
SPICCATO = Instrument(
    "spiccato", partial(_held, seed=4, cents=8, attack=0.012, spectrum=_bowed, decay=0.16), release=0.15
)
SAW_PAD = Instrument(
    "saw_pad", partial(_held, seed=5, cents=16, attack=0.05, spectrum=_saw), release=0.25, layers=2
)
HORN = Instrument("horn", partial(_held, seed=6, cents=5, attack=0.07, spectrum=_horn), release=0.3, layers=2)
FLUTE = Instrument(
    "flute", partial(_held, seed=7, cents=6, attack=0.05, spectrum=_flute), release=0.2, layers=2
)
SAW_LEAD = Instrument(
    "saw_lead", partial(_held, seed=8, cents=7, attack=0.008, spectrum=_saw), release=0.14, layers=2
)
