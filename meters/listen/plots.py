"""Pictures: of a sound its wave with clicks marked, its loudness over time, its spectrogram; of several their spectrograms
and melodies side by side."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import spectrogram

from meters.levels import loudness, momentary
from meters.listen.figures import Sound
from meters.pitch import pitch

_SIZE, _DPI = (8.4, 4.4), 110
_COLUMNS = 1600
_LOW_HZ, _ROWS = 60, 220
_INK, _WAVE, _LINE, _BAD = "#333333", "#3b6ea5", "#b0562a", "#c1121f"


def draw(sound: Sound, path: Path) -> None:
    """A PNG of about 900 by 480 pixels at ``path``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    wave, level, spectrum = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": [1, 1, 2], "hspace": 0.02}
    )
    mono = np.asarray(sound.samples, np.float64).reshape(len(sound.samples), -1).mean(axis=1)
    _wave(wave, sound, mono)
    _loudness(level, sound)
    _spectrum(spectrum, mono, sound.rate)
    for axes in (wave, level, spectrum):
        axes.tick_params(labelsize=8, colors=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(0, len(mono) / sound.rate)
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    """128 colours are enough for a plot, and a third of the bytes."""
    from PIL import Image

    drawn = io.BytesIO()
    figure.savefig(drawn)
    Image.open(drawn).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def draw_beside(sounds: Mapping[str, Sound], path: Path) -> None:
    """A PNG at ``path``: of each sound the spectrogram, linear up to the highest rate's half, and its pitch below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_SIZE[0], _SIZE[1] * 0.9), dpi=_DPI, layout="constrained")
    rows = figure.subplots(
        2, len(sounds), squeeze=False, sharex="col", sharey="row", gridspec_kw={"height_ratios": [2, 1]}
    )
    for (name, sound), spectrum, melody in zip(sounds.items(), *rows, strict=True):
        mono = np.asarray(sound.samples, np.float64).reshape(len(sound.samples), -1).mean(axis=1)
        _linear_spectrum(spectrum, mono, sound.rate)
        spectrum.set_title(name, fontsize=9, color=_INK)
        track = pitch(mono, sound.rate)
        melody.plot(track.seconds, track.hertz, ".", color=_LINE, markersize=2)
        melody.set_xlabel("seconds", fontsize=8, color=_INK)
        melody.grid(axis="y", color="#dddddd", linewidth=0.6)
        for axes in (spectrum, melody):
            axes.tick_params(labelsize=8, colors=_INK)
    rows[0][0].set_ylim(0, max(sound.rate for sound in sounds.values()) / 2000)
    rows[0][0].set_ylabel("kHz", fontsize=8, color=_INK)
    rows[1][0].set_ylabel("F0, Hz", fontsize=8, color=_INK)
    _save(figure, path)


def _linear_spectrum(axes: Any, mono: NDArray[np.float64], rate: int) -> None:
    """Wide band, 5 ms: formants and pulses, as phoneticians print it."""
    width, hop = rate // 100, max(rate // 500, len(mono) // (_COLUMNS // 2))
    hertz, seconds, power = spectrogram(mono, rate, "hann", width, width - min(hop, width - 1), nfft=1024)
    level = 10 * np.log10(power + 1e-14)
    top = float(level.max())
    axes.pcolormesh(
        seconds,
        hertz / 1000,
        level,
        vmin=top - 70,
        vmax=top,
        cmap="magma",
        shading="nearest",
        rasterized=True,
    )


def _wave(axes: Any, sound: Sound, mono: NDArray[np.float64]) -> None:
    step = max(1, len(mono) // _COLUMNS)
    blocks = mono[: len(mono) // step * step].reshape(-1, step)
    seconds = np.arange(len(blocks)) * step / sound.rate
    axes.fill_between(seconds, blocks.min(axis=1), blocks.max(axis=1), color=_WAVE, linewidth=0.3)
    highest = max(0.05, float(np.abs(mono).max(initial=0)) * 1.1)
    axes.set_ylim(-highest, highest)
    axes.set_ylabel("amplitude", fontsize=8, color=_INK)
    if sound.clicks:
        axes.plot(
            sound.clicks, [highest * 0.92] * len(sound.clicks), "v", color=_BAD, markersize=5, clip_on=False
        )
        axes.set_title(f"▼ {len(sound.clicks)} clicks", loc="right", fontsize=8, color=_BAD, pad=2)


def _loudness(axes: Any, sound: Sound) -> None:
    curve = momentary(sound.samples, sound.rate)
    axes.plot((np.arange(len(curve)) + 1) / 10, curve, color=_LINE, linewidth=1.2)
    whole = loudness(sound.samples, sound.rate)
    if np.isfinite(whole):
        axes.axhline(whole, color=_INK, linewidth=0.8, linestyle="--")
        axes.text(1.0, whole, f" {whole:.1f}", transform=axes.get_yaxis_transform(), fontsize=8, va="center")
    axes.set_ylim(-60, 0)
    axes.set_yticks([-60, -40, -20, 0])
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_ylabel("LUFS (400 ms)", fontsize=8, color=_INK)


def _spectrum(axes: Any, mono: NDArray[np.float64], rate: int) -> None:
    width = 2048 if rate > 30_000 else 1024
    hop = max(width // 8, len(mono) // _COLUMNS)
    hertz, seconds, power = spectrogram(mono, rate, "hann", width, max(0, width - hop), detrend=False)
    rows = np.geomspace(_LOW_HZ, rate / 2, _ROWS)
    level = 10 * np.log10(power + 1e-14)
    image = np.stack([level[max(1, int(np.searchsorted(hertz, row)) - 1)] for row in rows])
    top = float(image.max())
    axes.pcolormesh(
        seconds, rows, image, vmin=top - 80, vmax=top, cmap="magma", shading="nearest", rasterized=True
    )
    axes.set_yscale("log")
    ticks = [tick for tick in (100, 300, 1000, 3000, 10_000) if tick < rate / 2]
    axes.set_yticks(ticks, [f"{tick // 1000}k" if tick >= 1000 else str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_ylabel("Hz", fontsize=8, color=_INK)
    axes.set_xlabel("seconds", fontsize=8, color=_INK)
