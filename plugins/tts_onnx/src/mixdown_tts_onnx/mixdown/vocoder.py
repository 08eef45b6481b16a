"""From the decoder's parameters to sound: a source-filter vocoder with mixed excitation.

Pulses and noise are cut into windows of 20 ms every 5 ms, mixed frequency by frequency (A. McCree, T. Barnwell, "A mixed
excitation LPC vocoder model", IEEE Trans. Speech and Audio Processing 3, 1995), shaped by the vocal tract and added up
again (D. Griffin, J. Lim, IEEE Trans. ASSP 32, 1984).

Parameters are taken in blocks of always the same size, so that the sound does not depend on the pieces in which they come,
to the bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mixdown_tts_onnx.mixdown.envelope import Envelope
from mixdown_tts_onnx.mixdown.excitation import Noise, Pulses
from mixdown_tts_onnx.mixdown.features import FRAME_MS
from mixdown_tts_onnx.mixdown.mixing import Mixing
from mixdown_tts_onnx.mixdown.shape import Shape
from mixdown_tts_onnx.mixdown.wideband import sound_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mixdown_tts_onnx.mixdown.description import Description

BLOCK = 8
"""Frames of 10 ms that are worked on at once. Products of twice as many are so large that OpenBLAS shares them out
between threads, which wait for each other: on a busy machine a hundred times as long as one thread takes."""
STEPS = 2
"""Windows a frame."""
OVERLAP = 4
"""Windows that sound at the same time."""
HIGHEST = 0.985
"""The topmost harmonic, of half the rate."""
SEED = 2026


class Vocoder:
    """Of one utterance: ``push`` what the decoder makes, then ``finish``. Together as many samples, at ``rate`` Hz, as the frames
    last."""

    def __init__(self, voice: Description, shape: Shape) -> None:
        self._voice, self._shape = voice, shape
        self.rate = sound_rate(voice)
        self._hop = self.rate * FRAME_MS // 1000 // STEPS
        size = self._hop * OVERLAP
        self._envelope = Envelope(voice, shape, size)
        self._mixing = Mixing(voice, size, shape.breathiness)
        self._window = np.hanning(size + 1)[:-1].astype(np.float32)
        self._scale = self._window * np.float32(shape.gain / np.square(self._window[:: self._hop]).sum())
        self._pulses = Pulses(self.rate, HIGHEST * self.rate / 2)
        self._noise = Noise(SEED)
        self._rows = np.zeros((0, voice.layout.width), np.float32)
        self._last_point = self._rows
        reach = (OVERLAP - 1) * self._hop
        self._excitation = np.zeros((2, reach), np.float32)
        self._sounding = np.zeros(reach, np.float32)
        self._early = reach
        """Samples before the first frame, which the first windows reach into."""
        self._left = 0
        """Samples that the frames so far last and that were not returned."""

    def push(self, parameters: NDArray[np.float32]) -> NDArray[np.float32]:
        """What is ready after the next frames, (n, width). At most 95 ms are held back."""
        self._rows = np.concatenate([self._rows, parameters])
        self._left += len(parameters) * STEPS * self._hop
        return self._blocks()

    def finish(self) -> NDArray[np.float32]:
        """The rest."""
        sound = [np.zeros(0, np.float32)]
        while self._left:
            self._rows = np.concatenate([self._rows, np.repeat(self._rows[-1:], BLOCK, axis=0)])
            sound.append(self._blocks())
        return np.concatenate(sound)

    def _blocks(self) -> NDArray[np.float32]:
        sound = [np.zeros(0, np.float32)]
        while (
            len(self._rows) > BLOCK
        ):  # of the next block the first frame: what lies between them belongs to this one
            sound.append(self._block(self._rows[: BLOCK + 1]))
            self._rows = self._rows[BLOCK:]
        ready = np.concatenate(sound)
        early = min(self._early, len(ready))
        self._early -= early
        ready = ready[early : early + self._left]
        self._left -= len(ready)
        return ready

    def _block(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Sound of `BLOCK` frames' length, which begins three windows' steps before the first of them."""
        points = np.empty((2 * BLOCK + 1, rows.shape[1]), np.float32)
        points[::2] = rows
        points[1::2] = (rows[1:] + rows[:-1]) / 2
        excitation = np.concatenate([self._excitation, self._excite(points)], axis=1)
        self._excitation = excitation[:, -len(self._sounding) :]
        windows = sliding_window_view(excitation, len(self._window), axis=1)[:, :: self._hop]
        before = self._last_point if len(self._last_point) else points[:1]
        self._last_point = points[-2:-1]
        shaped = self._shaped(np.fft.rfft(windows * self._window), np.concatenate([before, points[:-2]]))
        return self._added(np.fft.irfft(shaped, len(self._window)) * self._scale)

    def _excite(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Pulses and noise, (2, samples), between points."""
        logs = self._shape.semitones * np.log(2) / 12 + self._voice.mean_log_f0
        logs = logs + self._shape.range * (points[:, 0].astype(np.float64) - self._voice.mean_log_f0)
        hertz = np.exp(logs)
        share = np.arange(self._hop) / self._hop
        between = hertz[:-1, np.newaxis] * (1 - share) + hertz[1:, np.newaxis] * share
        pulses = self._pulses.block(between.reshape(-1))
        return np.stack([pulses, self._noise.block(len(pulses))])

    def _shaped(
        self, spectra: NDArray[np.complexfloating], points: NDArray[np.float32]
    ) -> NDArray[np.complex64]:
        """Pulses and noise (2, n, frequencies), mixed and sent through the vocal tract."""
        voiced = self._mixing(points)
        mixed = voiced * spectra[0] + (1 - voiced) * spectra[1]
        shaped: NDArray[np.complex64] = mixed * self._envelope.responses(points)
        return shaped

    def _added(self, windows: NDArray[np.floating]) -> NDArray[np.float32]:
        """Windows (n, size) where they overlap; what more will be added to is kept."""
        hops = windows.astype(np.float32).reshape(len(windows), OVERLAP, self._hop)
        sound = np.zeros((len(windows) + OVERLAP - 1, self._hop), np.float32)
        sound[: OVERLAP - 1] = self._sounding.reshape(-1, self._hop)
        for place in range(OVERLAP):
            sound[place : place + len(windows)] += hops[:, place]
        self._sounding = sound[len(windows) :].reshape(-1)
        return sound[: len(windows)].reshape(-1)
