"""How near stretched sound comes to the sound spoken at that speed: ``python -m meters.stretching``.

Speech is analysed (linear prediction, pitch and voicing every 5 ms) and spoken again by a vocoder, once at its own speed,
which is what gets stretched, and once at each speed asked for, which is the truth. Both come from the same machine, so
that only the stretching differs. Judged by:

- **log-mel error**: RMS difference of natural-log mel powers, 40 bands to 8 kHz, 25 ms every 5 ms, floored 60 dB below the
  loudest. Two takes of the same noise already differ by the *floor*; the sound merely played faster is the *ceiling*.
- **pitch**: median deviation in cents where the speech is voiced, by autocorrelation.
- **warped error**, for music, of which no truth can be made: the log-mel frames of the original, interpolated in time.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from shutil import which
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue
from scipy.signal import lfilter

Signal = NDArray[np.float32]
Stretch = Callable[[Signal, int, float], Signal]
"""Mono sound, its rate and the speed."""

RATE = 24_000
SPEEDS = (0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 3.0, 4.0)
_HOP = RATE // 200
_ORDER = 26
_WINDOW = 720
_VOICED = 0.5
_BANDS = 40


# ---------------------------------------------------------------- what is measured


def log_mel(sound: Signal) -> NDArray[np.float64]:
    """Shape (frames, 40)."""
    size = RATE // 40
    padded = np.pad(np.asarray(sound, np.float64), size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::_HOP] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, 1024)) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), _BANDS + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(1024, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    mel = power @ np.clip(np.minimum(rising, falling), 0, None).T
    return np.asarray(np.log(np.maximum(mel, max(float(mel.max()), 1e-9) * 1e-6)))


def log_mel_error(first: Signal, second: Signal) -> float:
    frames = min(len(first), len(second))
    return _rms(log_mel(first[:frames]) - log_mel(second[:frames]))


def warped_error(stretched: Signal, original: Signal, speed: float) -> float:
    wanted, found = log_mel(original), log_mel(stretched)
    places = np.arange(len(found)) * speed
    places = places[places < len(wanted) - 1]
    before = places.astype(int)
    rest = (places - before)[:, None]
    return _rms(wanted[before] * (1 - rest) + wanted[before + 1] * rest - found[: len(places)])


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def pitches(sound: Signal, rate: int = RATE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pitch in Hz and periodicity (0 to 1) every 5 ms, by normalised autocorrelation of 40 ms; 65 to 400 Hz."""
    width, hop, shortest, longest = rate // 25, rate // 200, rate // 400, rate // 65
    padded = np.pad(np.asarray(sound, np.float64), width)[width // 2 :]
    frames = np.lib.stride_tricks.sliding_window_view(padded, width)[::hop][: len(sound) // hop + 1]
    window = np.hanning(width)
    size = 1 << (2 * width - 1).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames * window, size)) ** 2)[:, : longest + 2]
    correlation /= np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)[: longest + 2]
    correlation /= correlation[:, :1] + 1e-9
    part = correlation[:, shortest : longest + 1]
    lags = shortest + np.argmax(part >= 0.95 * part.max(axis=1)[:, None], axis=1)
    around = np.minimum(lags[:, None] + np.arange(6), longest)
    lags = np.minimum(lags + np.argmax(np.take_along_axis(correlation, around, axis=1), axis=1), longest)
    rows = np.arange(len(lags))
    before, here, after = (correlation[rows, lags + step] for step in (-1, 0, 1))
    bend = before - 2 * here + after
    offset = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1), 0)
    return rate / (lags + np.clip(offset, -0.5, 0.5)), part.max(axis=1)


def pitch_error_cents(sound: Signal, truth: Signal) -> float:
    """Median over where both are voiced."""
    (first, alike_first), (second, alike_second) = pitches(sound), pitches(truth)
    frames = min(len(first), len(second))
    voiced = (alike_first[:frames] > 0.7) & (alike_second[:frames] > 0.7)
    return float(np.median(1200 * np.abs(np.log2(first[:frames][voiced] / second[:frames][voiced]))))


# ---------------------------------------------------------------- speech that can be spoken at any speed


@dataclass(frozen=True)
class Vocoder:
    """Speech as an all-pole filter, a gain, a pitch and a voicing, every 5 ms."""

    filters: NDArray[np.float64]
    gains: NDArray[np.float64]
    hertz: NDArray[np.float64]
    voicing: NDArray[np.float64]

    @classmethod
    def of(cls, sound: Signal) -> Vocoder:
        hertz, voicing = pitches(sound)
        padded = np.pad(np.asarray(sound, np.float64), _WINDOW)[_WINDOW // 2 :]
        frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][: len(hertz)]
        filters, gains = _all_pole(frames * np.hanning(_WINDOW))
        share = np.where(voicing > _VOICED, np.clip(voicing, 0, 1), 0.0)
        return cls(filters, gains, hertz, share)

    def speak(self, speed: float = 1.0, seed: int = 0) -> Signal:
        """All of it at ``speed``; ``seed`` draws the noise."""
        hop = _HOP / speed
        edges = np.round(np.arange(len(self.gains) + 1) * hop).astype(int)
        places = np.arange(edges[-1]) / hop
        grid = np.arange(len(self.gains))
        hertz, voicing = np.interp(places, grid, self.hertz), np.interp(places, grid, self.voicing)
        pulses = np.diff(np.floor(np.cumsum(hertz) / RATE), prepend=0.0) * np.sqrt(RATE / hertz)
        noise = np.random.default_rng(seed).standard_normal(len(places))
        source = np.sqrt(voicing) * pulses + np.sqrt(1 - voicing) * noise
        source *= np.interp(places, grid, self.gains)
        out = np.empty(len(places))
        state = np.zeros(_ORDER)
        for poles, start, end in zip(self.filters, edges[:-1], edges[1:], strict=True):
            out[start:end], state = lfilter([1.0], poles, source[start:end], zi=state)
        return out.astype(np.float32)


def _all_pole(frames: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Prediction-error filters (frames, order + 1) and the RMS of what they leave, by the autocorrelation method."""
    size = 1 << (2 * _WINDOW - 1).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, size)) ** 2)[:, : _ORDER + 1]
    correlation *= np.exp(
        -0.5 * (2 * np.pi * 30 * np.arange(_ORDER + 1) / RATE) ** 2
    )  # widens poles by 30 Hz
    correlation[:, 0] = correlation[:, 0] * (1 + 1e-5) + 1e-9
    lags = np.arange(_ORDER)
    predictor = np.linalg.solve(correlation[:, np.abs(lags[:, None] - lags)], correlation[:, 1:, None])[
        ..., 0
    ]
    left = correlation[:, 0] - np.sum(predictor * correlation[:, 1:], axis=1)
    filters = np.concatenate([np.ones((len(frames), 1)), -predictor], axis=1)
    return filters, np.sqrt(np.maximum(left, 0) / np.sum(np.hanning(_WINDOW) ** 2))


# ---------------------------------------------------------------- one candidate


@dataclass(frozen=True)
class Figures:
    """Means over the speeds; ``frames_off`` is the largest difference from round(frames / speed)."""

    errors: tuple[float, ...]
    cents: float
    frames_off: int
    times_real_time: float

    @property
    def error(self) -> float:
        return mean(self.errors)


def measure(stretch: Stretch, vocoder: Vocoder, speeds: tuple[float, ...] = SPEEDS) -> Figures:
    original = vocoder.speak()
    errors, cents, off, pace = [], [], [], []
    for speed in speeds:
        truth = vocoder.speak(speed, seed=1)
        started = time.perf_counter()
        made = np.asarray(stretch(original, RATE, speed), np.float32)
        pace.append(max(len(original), len(made)) / RATE / (time.perf_counter() - started))
        errors.append(log_mel_error(made, truth))
        cents.append(pitch_error_cents(made, truth))
        off.append(abs(len(made) - round(len(original) / speed)))
    return Figures(tuple(errors), mean(cents), max(off), mean(pace))


def played_faster(sound: Signal, rate: int, speed: float) -> Signal:
    """No stretching at all: pitch moves with tempo."""
    places = np.linspace(0, len(sound) - 1, round(len(sound) / speed))
    return np.interp(places, np.arange(len(sound)), sound).astype(np.float32)


# ---------------------------------------------------------------- beside others


def ours() -> Stretch:
    from mixdown_kernel import Audio
    from mixdown_mixing.stretching import stretch

    return lambda sound, rate, speed: stretch(Audio(sound[:, None], rate), speed).samples[:, 0]


def peers() -> dict[str, Stretch]:
    """What else is installed here."""
    found: dict[str, Stretch] = {}
    if find_spec("audiostretchy"):
        found["audiostretchy (TDHS)"] = _audiostretchy
    if find_spec("python_stretch"):
        found["python-stretch (Signalsmith)"] = _signalsmith
    if which("rubberband"):
        found["rubberband R2"] = partial(_command, ["rubberband", "-q", "-T", "{speed}", "{in}", "{out}"])
        found["rubberband R3"] = partial(
            _command, ["rubberband", "-q", "-3", "-T", "{speed}", "{in}", "{out}"]
        )
    if which("sox"):
        found["sox tempo -s"] = partial(_command, ["sox", "{in}", "{out}", "tempo", "-s", "{speed}"])
    if find_spec("librosa"):
        found["librosa (phase vocoder)"] = _librosa
    return found


def _audiostretchy(sound: Signal, rate: int, speed: float) -> Signal:
    stretching = import_module("audiostretchy.stretch")
    work = stretching.AudioStretch(ext=not 0.5 <= speed <= 2)
    work.nchannels, work.framerate, work.sampwidth, work.nframes = 1, rate, 2, len(sound)
    work.pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
    work.pcm_decode()
    work.stretch(ratio=1 / speed)
    return np.asarray(work.samples, np.int16)[: work.nframes].astype(np.float32) / np.float32(32768)


def _signalsmith(sound: Signal, rate: int, speed: float) -> Signal:
    work = import_module("python_stretch").Signalsmith.Stretch()
    work.configure(1, int(0.04 * rate), int(0.01 * rate))
    work.setTimeFactor(speed)
    return np.asarray(work.process(sound[None])[0], np.float32)


def _librosa(sound: Signal, rate: int, speed: float) -> Signal:
    return np.asarray(import_module("librosa").effects.time_stretch(sound, rate=speed), np.float32)


def _command(words: list[str], sound: Signal, rate: int, speed: float) -> Signal:
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        files = {"in": f"{folder}/in.wav", "out": f"{folder}/out.wav", "speed": speed}
        soundfile.write(files["in"], sound, rate, subtype="FLOAT")
        subprocess.run([word.format_map(files) for word in words], check=True, capture_output=True)
        return np.asarray(soundfile.read(files["out"])[0]).astype(np.float32)


# ---------------------------------------------------------------- the table

TEXT = (
    "The harbour was quiet when the last ferry came in, and nobody had thought to leave a light on. "
    "Peter kept sixty cheap spoons, but Kathy sold fifteen pretty desks to a passing stranger."
)


async def rendered() -> tuple[Signal, dict[str, Signal]]:
    """Speech by espeak and ten seconds of each of three genres."""
    from mixdown_kernel import Kernel, Master, Scene, SourceLayer, VoiceLayer

    raw = Master(mode="none")
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": folder}) as kernel:
            voice = VoiceLayer(id="voice", text=TEXT, backend="espeak")
            speech, _ = await kernel.render(Scene(layers=(voice,), rate=RATE, channels=1, master=raw, seed=1))
            music = {}
            for genre in ("lofi", "orchestral", "jazz"):
                request: dict[str, JsonValue] = {"genre": genre, "duration_ms": 10_000}
                layer = SourceLayer(id="music", role="music", request=request)
                piece, _ = await kernel.render(
                    Scene(layers=(layer,), rate=RATE, channels=1, master=raw, seed=1)
                )
                music[genre] = piece.samples[:, 0]
    return speech.samples[:, 0], music


def main() -> None:
    speech, music = asyncio.run(rendered())
    vocoder = Vocoder.of(speech)
    columns = "".join(f"{speed:>7g}" for speed in SPEEDS)
    head = f"{'log-mel error at':<30}{columns}{'mean':>8}{'cents':>7}{'frames':>9}{'music':>7}{'× RT':>6}"
    print(head)
    takes = [log_mel_error(vocoder.speak(speed), vocoder.speak(speed, seed=1)) for speed in SPEEDS]
    print(
        f"{'(two takes of the truth)':<30}{''.join(f'{error:>7.3f}' for error in takes)}{mean(takes):>8.3f}"
    )
    candidates = {"ours": ours(), **peers(), "(played faster)": played_faster}
    for name, stretch in candidates.items():
        try:
            figures = measure(stretch, vocoder)
            warped = mean(
                warped_error(np.asarray(stretch(piece, RATE, speed)), piece, speed)
                for piece in music.values()
                for speed in (0.8, 1.25)
            )
        except (OSError, RuntimeError, ValueError, subprocess.CalledProcessError) as error:
            print(f"{name:<30} failed: {error}")
            continue
        errors = "".join(f"{error:>7.3f}" for error in figures.errors)
        print(
            f"{name:<30}{errors}{figures.error:>8.3f}{figures.cents:>7.1f}{figures.frames_off:>9}"
            f"{warped:>7.3f}{figures.times_real_time:>6.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
