"""HT-Demucs exports that leave the Fourier transform to us: its convention, and graphs of that interface."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mixdown_mixing
import mixdown_separation
from mixdown_kernel import Audio, Problem
from mixdown_kernel.testing.plugin import OpenBackend
from mixdown_kernel.testing.rendering import collect
from mixdown_kernel.testing.separation import kept
from mixdown_kernel.testing.signals import noise
from mixdown_separation.spectra import HOP, LEAD, SIZE, signals, spectrum

from .graphs import FRAMES, HYBRID_SHARES, export_hybrid

DEMUCS = mixdown_separation.separation_backends()[1]
MIXING = next(one for one in mixdown_mixing.mixing_backends() if one.name == "numpy")
RATE = 44_100
EDGE = 2 * LEAD
"""The model's own columns do not reach over a segment's ends."""


def test_the_spectrum_is_the_one_that_demucs_was_trained_on() -> None:
    """A cosine of amplitude 1 in the middle of a bin is half the window's sum over the root of its size, turned by its
    phase where the column begins: one and a half hops before the signal."""
    bin_, frames = 37, FRAMES
    wave = np.cos(2 * np.pi * bin_ / SIZE * np.arange(frames)).astype(np.float32)
    found = spectrum(np.stack([wave, np.zeros_like(wave)]))
    assert found.shape == (4, SIZE // 2, 336)
    assert not found[2:].any()  # the right channel's
    for column in (2, 100, 333):
        phase = 2 * np.pi * bin_ / SIZE * (column * HOP - LEAD)
        wanted = SIZE / 4 / np.sqrt(SIZE) * np.exp(1j * phase)
        assert found[0, bin_, column] + 1j * found[1, bin_, column] == pytest.approx(wanted, abs=1e-2)


def test_there_and_back() -> None:
    signal = noise(FRAMES, channels=2).T
    back = signals(spectrum(signal)[None], FRAMES)[0]
    inside = slice(EDGE, -EDGE)
    # All but the highest bin, which Demucs leaves out.
    assert np.abs(back - signal)[:, inside].std() < 0.03 * signal.std()
    smooth = np.convolve(signal[0], np.hanning(33) / 16, "same")[None].astype(np.float32)
    back = signals(spectrum(smooth)[None], FRAMES)[0]
    assert np.abs(back - smooth)[:, inside].max() < 1e-5


@pytest.mark.parametrize("columns", [336, "columns"])
async def test_waves_and_spectra_are_added(
    open_backend: OpenBackend, tmp_path: Path, columns: int | str
) -> None:
    section = {"model": str(export_hybrid(tmp_path / "hybrid.onnx", columns=columns))}
    demucs = await open_backend(DEMUCS, section, folder=tmp_path, neighbours={"mixing": MIXING})
    time = np.arange(12 * RATE)[:, None] / RATE
    tones = 0.3 * np.sin(2 * np.pi * np.array([[220, 331]]) * time) + 0.2 * np.sin(2 * np.pi * 5011 * time)
    mixture = Audio(tones.astype(np.float32), RATE)
    render = await collect(demucs, await kept(mixture, tmp_path))
    assert list(render.stems) == ["drums", "bass", "other", "vocals"]
    inside = slice(EDGE, -EDGE)
    for name, share in zip(("drums", "bass", "other", "vocals"), HYBRID_SHARES, strict=True):
        error = render.stems[name].samples - share * mixture.samples
        assert np.abs(error[inside]).max() < 1e-3, name
    total = sum(stem.samples for stem in render.stems.values())
    assert np.abs(total - mixture.samples).max() < 1e-6


async def test_half_of_such_an_export_is_refused(open_backend: OpenBackend, tmp_path: Path) -> None:
    section = {"model": str(export_hybrid(tmp_path / "half.onnx", outputs=1))}
    with pytest.raises(Problem, match="4, 2048, columns") as caught:
        await open_backend(DEMUCS, section, folder=tmp_path, neighbours={"mixing": MIXING})
    assert caught.value.code == "unsupported_model"
