"""Mixing 60 s beside pydub, ffmpeg and sox: ``python benchmarks/mixing.py``.

A voice of 24 kHz mono over a looped stereo bed and music at 48 kHz: gains, ducking, fades, -16 LUFS, -1 dBTP; nothing
is encoded. pydub neither ducks nor measures nor limits. ffmpeg ducks by sidechaincompress, adds a fixed gain and
limits by alimiter, or brings it to its loudness by one pass of loudnorm. sox mixes, fades and limits by its peak. Inputs lie ready in each tool's favourite form (arrays,
segments, WAV files in memory); the start of ffmpeg's and sox's process is part of their time, as it is in use.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyebur128
import soundfile
from numpy.typing import NDArray
from scipy.signal import lfilter

from mixdown_kernel import Duck, MixingBackend, Samples, Track
from mixdown_mixing.backend import load_numba, load_numpy

RATE, VOICE_RATE, SECONDS = 48_000, 24_000, 60
FRAMES = RATE * SECONDS
BLOCK = RATE
LUFS, CEILING = -16.0, -1.0
REPETITIONS = 9
VOICE_DB, BED_DB, MUSIC_DB = 0.0, -12.0, -8.0
FADE_IN, FADE_OUT = RATE, 2 * RATE
DUCK = Duck(depth_db=-9.0, attack_ms=60.0, release_ms=450.0)


@dataclass(frozen=True)
class Inputs:
    voice: Samples
    bed: Samples
    music: Samples
    folder: Path


Times = dict[str, float]
"""Seconds by stage."""


# ---------------------------------------------------------------- what is mixed


def synthesise(folder: Path) -> Inputs:
    bed, music = _bed(), _music()
    inputs = Inputs(_voice()[:, None], bed, music, folder)
    for name, samples, rate in (
        ("voice", inputs.voice, VOICE_RATE),
        ("bed", bed, RATE),
        ("music", music, RATE),
    ):
        soundfile.write(folder / f"{name}.wav", samples, rate, subtype="PCM_16")
    return inputs


def _voice() -> Samples:
    """Speech-like: pulses of a drifting pitch through three formants per syllable, phrases and pauses."""
    rng = np.random.default_rng(0)
    frames, syllable = VOICE_RATE * SECONDS, int(0.22 * VOICE_RATE)
    drift = np.convolve(rng.standard_normal(frames // 240 + 2), np.hanning(20) / 5, "same").repeat(240)[
        :frames
    ]
    phase = np.cumsum(120 * 2 ** (0.15 * drift)) / VOICE_RATE
    source = np.diff(np.floor(phase), prepend=0) + 0.02 * rng.standard_normal(frames)
    for start in range(0, frames, syllable):
        part = source[start : start + syllable]
        for low, high, width in ((300, 800, 80), (900, 2200, 110), (2300, 3000, 160)):
            radius = np.exp(-np.pi * width / VOICE_RATE)
            angle = 2 * np.pi * rng.uniform(low, high) / VOICE_RATE
            part = lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], part)
        source[start : start + syllable] = part * np.hanning(part.size)
    speaking = (np.arange(frames) / VOICE_RATE % 4.2 < 3.1).astype(float)
    source *= np.convolve(speaking, np.hanning(481) / 240, "same")
    return np.asarray(0.6 * source / np.abs(source).max(), np.float32)


def _bed() -> Samples:
    """Twenty seconds of stereo noise, dull as rain behind a window."""
    frames = 20 * RATE
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal((frames, 2)), axis=0)
    hertz = np.fft.rfftfreq(frames, 1 / RATE)[:, None]
    noise = np.fft.irfft(spectrum / np.sqrt(1 + (hertz / 900) ** 2) * (hertz > 60), frames, axis=0)
    return np.asarray(0.5 * noise / np.abs(noise).max(), np.float32)


def _music() -> Samples:
    """Four-note chords of decaying harmonics, two beats each, with a kick on every beat."""
    rng = np.random.default_rng(2)
    beat = int(RATE * 60 / 82)
    out = np.zeros((FRAMES + 4 * beat, 2))
    time_axis = np.arange(2 * beat) / RATE
    kick = np.sin(2 * np.pi * 55 * time_axis[:beat]) * np.exp(-time_axis[:beat] * 12)
    for start in range(0, FRAMES, 2 * beat):
        for note in rng.choice([0, 3, 5, 7, 10, 12, 15], 4, replace=False):
            hertz = 130.81 * 2 ** (note / 12)
            tone = sum(np.sin(2 * np.pi * hertz * k * time_axis) / k**1.5 for k in range(1, 9))
            tone *= np.exp(-time_axis * 2) * np.minimum(1, time_axis * 200)
            out[start : start + 2 * beat] += np.outer(tone, rng.uniform(0.5, 1, 2))
        for at in (start, start + beat):
            out[at : at + beat] += 2 * kick[:, None]
    return np.asarray(0.8 * out[:FRAMES] / np.abs(out).max(), np.float32)


# ---------------------------------------------------------------- our road


def render(backend: MixingBackend, inputs: Inputs) -> tuple[Samples, Times]:
    """Mix in blocks of a second while measuring; one gain and the limiter, measured again; corrected once."""
    times: Times = {}
    meter, blocks = backend.meter(RATE, 2), []
    for block in timed(times, "resample and mix", _mix(backend, inputs)):
        blocks.append(block)
        timed_call(times, "measure", meter.push, block)
    gain_db = LUFS - meter.loudness()
    meter, master = backend.meter(RATE, 2), []
    for block in timed(times, "gain and limiter", _limit(backend, blocks, gain_db)):
        master.append(block)
        timed_call(times, "measure", meter.push, block)
    missing = LUFS - meter.loudness()
    if abs(missing) > 0.05:
        master = list(timed(times, "gain and limiter", _limit(backend, blocks, gain_db + missing)))
    return np.concatenate(master), times


def _mix(backend: MixingBackend, inputs: Inputs) -> Iterator[Samples]:
    mixer = backend.mixer(RATE, 2)
    mixer.add(Track("voice", gain=_linear(VOICE_DB), is_key=True))
    mixer.add(Track("bed", gain=_linear(BED_DB), fade_in=FADE_IN, fade_out=FADE_OUT, duck=DUCK))
    mixer.add(Track("music", gain=_linear(MUSIC_DB), fade_in=FADE_IN, fade_out=FADE_OUT, duck=DUCK))
    mixer.end_at("bed", FRAMES)
    mixer.end_at("music", FRAMES)
    voice = _resampled(backend, inputs.voice)
    for position in range(0, FRAMES, BLOCK):
        bed = position % inputs.bed.shape[0]
        sounding = {
            "voice": next(voice),
            "bed": inputs.bed[bed : bed + BLOCK],
            "music": inputs.music[position : position + BLOCK],
        }
        yield mixer.process(sounding, BLOCK).mix


def _resampled(backend: MixingBackend, voice: Samples) -> Iterator[Samples]:
    resampler = backend.resampler(VOICE_RATE, RATE, 1)
    ready = np.zeros((0, 1), np.float32)
    for position in range(0, voice.shape[0] + 1, VOICE_RATE):
        part = voice[position : position + VOICE_RATE]
        ready = np.concatenate([ready, resampler.process(part) if part.size else resampler.flush()])
        while ready.shape[0] >= BLOCK:
            yield ready[:BLOCK]
            ready = ready[BLOCK:]


def _limit(backend: MixingBackend, blocks: list[Samples], gain_db: float) -> Iterator[Samples]:
    limiter, gain = backend.limiter(RATE, 2, CEILING), np.float32(_linear(gain_db))
    for block in blocks:
        yield limiter.process(block * gain)
    yield limiter.flush()


def timed(times: Times, stage: str, steps: Iterator[Samples]) -> Iterator[Samples]:
    """``steps``, with the time each takes to come added to ``times[stage]``."""
    while True:
        started = time.perf_counter()
        step = next(steps, None)
        times[stage] = times.get(stage, 0.0) + time.perf_counter() - started
        if step is None:
            return
        yield step


def timed_call(times: Times, stage: str, call: Callable[[Samples], None], samples: Samples) -> None:
    started = time.perf_counter()
    call(samples)
    times[stage] = times.get(stage, 0.0) + time.perf_counter() - started


def _linear(db: float) -> float:
    return float(10 ** (db / 20))


# ---------------------------------------------------------------- the others


def pydub_chain(inputs: Inputs) -> Callable[[], NDArray[np.int16]]:
    from pydub import AudioSegment

    voice, bed, music = (
        AudioSegment.from_wav(inputs.folder / f"{name}.wav") for name in ("voice", "bed", "music")
    )

    def run() -> NDArray[np.int16]:
        below = music.apply_gain(MUSIC_DB).fade_in(1000).fade_out(2000)
        looped = (bed * 3).apply_gain(BED_DB).fade_in(1000).fade_out(2000)
        mix = below.overlay(looped).overlay(voice.set_frame_rate(RATE).set_channels(2).apply_gain(VOICE_DB))
        return np.asarray(mix.get_array_of_samples(), np.int16).reshape(-1, 2)

    return run


LIMITED = f"volume=9.8dB,alimiter=limit={10 ** (CEILING / 20):.4f}:level=0"
NORMALISED = f"loudnorm=I={LUFS}:TP={CEILING},aresample={RATE}"


def ffmpeg_chain(inputs: Inputs, master: str) -> Callable[[], Samples]:
    fades = f"afade=in:d=1,afade=out:st={SECONDS - 2}:d=2"
    duck = "sidechaincompress=threshold=0.03:ratio=6:attack=60:release=450"
    graph = (
        f"[0]aresample={RATE},aformat=channel_layouts=stereo,asplit=3[v][k][l];"
        f"[1]volume={BED_DB}dB,{fades}[b];[b][k]{duck}[bd];[2]volume={MUSIC_DB}dB,{fades}[m];[m][l]{duck}[md];"
        f"[v][bd][md]amix=3:normalize=0:duration=first,{master}"
    )
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", "voice.wav", "-stream_loop", "-1", "-i", "bed.wav"]
    command += [
        "-i",
        "music.wav",
        "-filter_complex",
        graph,
        "-t",
        str(SECONDS),
        "-c:a",
        "pcm_f32le",
        "-y",
        "out.wav",
    ]
    return _external(command, inputs.folder)


def sox_chain(inputs: Inputs) -> Callable[[], Samples]:
    levels = [f"{_linear(db):.4f}" for db in (VOICE_DB, BED_DB, MUSIC_DB)]
    fade = f"fade h 1 {SECONDS} 2"
    parts = [
        f"|sox voice.wav -r {RATE} -c 2 -p vol {levels[0]}",
        f"|sox bed.wav -p repeat 2 vol {levels[1]} {fade}",
        f"|sox music.wav -p vol {levels[2]} {fade}",
    ]
    command = ["sox", "-V1", "-m", *(word for part in parts for word in ("-v", "1", part))]
    command += ["-e", "floating-point", "-b", "32", "out.wav", "gain", "-l", "9.8"]
    return _external(command, inputs.folder)


def _external(command: list[str], folder: Path) -> Callable[[], Samples]:
    def run() -> Samples:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return np.asarray(soundfile.read(folder / "out.wav", dtype="float32", always_2d=True)[0])

    return run


# ---------------------------------------------------------------- the table


def chains(inputs: Inputs) -> tuple[dict[str, Callable[[], Any]], list[str]]:
    """Every chain that can run here, and why the others cannot."""
    runs: dict[str, Callable[[], Any]] = {}
    skipped = []
    numpy_backend = load_numpy()
    runs["ours (numpy)"] = lambda: render(numpy_backend, inputs)
    if importlib.util.find_spec("numba"):
        numba_backend = load_numba()
        runs["ours (numba)"] = lambda: render(numba_backend, inputs)
    else:
        skipped.append("ours (numba): the extra `fast` is not installed (pip install 'mixdown-mixing[fast]')")
    if importlib.util.find_spec("pydub") and importlib.util.find_spec("audioop"):
        runs["pydub"] = pydub_chain(inputs)
    else:
        skipped.append("pydub: not installed (pip install pydub, and audioop-lts from Python 3.13 on)")
    external: dict[str, Callable[[], Callable[[], Samples]]] = {
        "ffmpeg": partial(ffmpeg_chain, inputs, LIMITED),
        "ffmpeg loudnorm": partial(ffmpeg_chain, inputs, NORMALISED),
        "sox": partial(sox_chain, inputs),
    }
    for name, chain in external.items():
        command = name.split()[0]
        if shutil.which(command):
            runs[name] = chain()
        else:
            skipped.append(f"{name}: no such command (apt-get install {command})")
    return runs, skipped


def measure(samples: NDArray[Any]) -> tuple[float, float]:
    """LUFS and dBTP by libebur128, whoever made the mix."""
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 32768
    state = pyebur128.R128State(2, RATE, 4 | 32 | 16 | 1)
    state.add_frames(np.ascontiguousarray(samples).reshape(-1), samples.shape[0])
    peak = max(pyebur128.get_true_peak(state, channel) for channel in range(2))
    return pyebur128.get_loudness_global(state), float(20 * np.log10(peak))


def main() -> int:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        runs, skipped = chains(synthesise(Path(folder)))
        seconds: dict[str, list[float]] = {name: [] for name in runs}
        cpu: dict[str, list[float]] = {name: [] for name in runs}
        stages: dict[str, list[Times]] = {}
        results = {name: run() for name, run in runs.items()}
        for _ in range(REPETITIONS):
            for name, run in runs.items():
                started, busy = time.perf_counter(), processor_time()
                result = run()
                seconds[name].append(time.perf_counter() - started)
                cpu[name].append(processor_time() - busy)
                if isinstance(result, tuple):
                    stages.setdefault(name, []).append(result[1])
    report(seconds, cpu, results, stages, skipped)
    return 0


def processor_time() -> float:
    """Seconds of processor that this process and its finished children have used, on all cores."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def report(
    runs: dict[str, list[float]],
    cpu: dict[str, list[float]],
    results: dict[str, Any],
    stages: dict[str, list[Times]],
    skipped: list[str],
) -> None:
    seconds = {name: median(values) for name, values in runs.items()}
    print(
        f"{SECONDS} s: voice + looped bed + music, medians of {REPETITIONS} (processor time does not mind a busy machine)"
    )
    print(
        f"{'chain':17}{'ms':>8}{'cpu ms':>8}{'x real time':>13}{'x pydub':>9}{'x ffmpeg':>10}{'LUFS':>8}{'dBTP':>8}"
    )
    for name, value in seconds.items():
        result = results[name][0] if isinstance(results[name], tuple) else results[name]
        ratios = [
            f"{value / seconds[other]:.2f}" if other in seconds else "-" for other in ("pydub", "ffmpeg")
        ]
        lufs, peak = measure(result)
        print(
            f"{name:17}{value * 1e3:8.0f}{median(cpu[name]) * 1e3:8.0f}{SECONDS / value:13.0f}{ratios[0]:>9}{ratios[1]:>10}{lufs:8.2f}{peak:8.2f}"
        )
    for name, spent in stages.items():
        parts = {stage: median(run[stage] for run in spent) * 1e3 for stage in spent[0]}
        print(f"{name}: " + ", ".join(f"{stage} {ms:.0f} ms" for stage, ms in parts.items()))
    for reason in skipped:
        print(f"skipped {reason}")


if __name__ == "__main__":
    sys.exit(main())
