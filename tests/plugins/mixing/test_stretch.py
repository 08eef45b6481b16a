"""Time-stretch against speech synthesised at the speed asked for, so that the truth is known."""

import numpy as np
import pytest
from scipy.signal import lfilter

from mixdown_kernel import Audio, Kind, MixingBackend, Problem, Samples

RATE = 24_000
# The code is the same in both backends.
pytestmark = pytest.mark.parametrize("mixing", ["numpy"], indirect=True)

SPEEDS = [0.25, 0.5, 0.75, 1.25, 1.5, 2.0, 4.0]


def speech(seconds: float, speed: float) -> tuple[Samples, np.ndarray]:
    """A voice of gliding pitch and moving formants, spoken at ``speed``; and its pitch in Hz at every frame."""
    frames = round(seconds * RATE / speed)
    time = np.arange(frames) / RATE * speed
    hertz = 130 + 30 * np.sin(2 * np.pi * 0.4 * time) + 10 * np.sin(2 * np.pi * 1.3 * time)
    source = np.diff(np.floor(np.cumsum(hertz) / RATE), prepend=0.0)
    out, hop = np.zeros(frames), RATE // 200
    state = [np.zeros(2) for _ in range(3)]
    for start in range(0, frames, hop):
        part, now = source[start : start + hop], time[start]
        formants = (
            500 + 250 * np.sin(5 * now),
            1400 + 600 * np.sin(3.1 * now + 1),
            2700 + 200 * np.sin(4.3 * now),
        )
        for i, (centre, width) in enumerate(zip(formants, (80, 110, 160), strict=True)):
            radius, angle = np.exp(-np.pi * width / RATE), 2 * np.pi * centre / RATE
            part, state[i] = lfilter(
                [1 - radius], [1, -2 * radius * np.cos(angle), radius**2], part, zi=state[i]
            )
        out[start : start + hop] = part
    loudness = 0.15 + np.clip(np.sin(2 * np.pi * 3.3 * time), 0, 1)
    out *= loudness * 0.5 / np.abs(out).max()
    return out.astype(np.float32)[:, None], hertz


def log_mel(samples: Samples) -> np.ndarray:
    """Natural-log mel energies, 40 bands, 25 ms every 5 ms, floored 60 dB below the loudest."""
    size, hop, bands = 600, 120, 40
    frames = np.lib.stride_tricks.sliding_window_view(samples[:, 0], size)[::hop] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames, 1024)) ** 2
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), bands + 2) / 2595) - 1)
    hertz = np.fft.rfftfreq(1024, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    mel = power @ np.clip(np.minimum(rising, falling), 0, None).T
    return np.log(np.maximum(mel, mel.max() * 1e-6))


def distance(first: Samples, second: Samples) -> float:
    frames = min(first.shape[0], second.shape[0])
    return float(np.sqrt(np.mean((log_mel(first[:frames]) - log_mel(second[:frames])) ** 2)))


def pitch(samples: Samples, at: int) -> float:
    """In Hz around frame ``at``, by autocorrelation."""
    part = samples[at - 600 : at + 600, 0] * np.hanning(1200)
    correlation = np.correlate(part, part, "full")[1199:]
    lag = RATE // 200 + int(np.argmax(correlation[RATE // 200 : RATE // 80]))
    before, here, after = correlation[lag - 1 : lag + 2]
    return float(RATE / (lag + 0.5 * (before - after) / (before - 2 * here + after)))


def test_it_sounds_like_speech_spoken_at_that_speed(mixing: MixingBackend) -> None:
    original = speech(2.5, 1)[0]
    errors, controls = [], []
    for speed in SPEEDS:
        truth = speech(2.5, speed)[0]
        stretched = mixing.stretch(Audio(original, RATE), speed).samples
        place = np.linspace(0, original.shape[0] - 1, truth.shape[0])
        resampled = np.interp(place, np.arange(original.shape[0]), original[:, 0]).astype(np.float32)[:, None]
        errors.append(distance(stretched, truth))
        controls.append(distance(resampled, truth))
    assert np.mean(errors) < 0.18  # WSOLA with windows of 30 ms: 0.29
    assert np.mean(controls) > 10 * np.mean(errors)  # merely played faster, it would not pass


@pytest.mark.parametrize("speed", SPEEDS)
def test_pitch_is_kept(mixing: MixingBackend, speed: float) -> None:
    stretched = mixing.stretch(Audio(speech(3, 1)[0], RATE), speed).samples
    truth, hertz = speech(3, speed)
    places = [
        p
        for p in range(1200, len(truth) - 1200, len(truth) // 40)
        if np.abs(truth[p - 300 : p + 300]).max() > 0.05
    ]
    errors = [abs(pitch(stretched, place) / hertz[place] - 1) for place in places]
    assert len(errors) > 5
    assert np.median(errors) < 0.01


def loudest_repetition(samples: Samples) -> float:
    """Mean over 60 ms of the highest autocorrelation at 2 to 20 ms: 0.09 for noise, 1 for a tone."""
    size = RATE * 6 // 100
    frames = np.lib.stride_tricks.sliding_window_view(samples[:, 0], size)[:: size // 2] * np.hanning(size)
    correlation = np.fft.irfft(np.abs(np.fft.rfft(frames, 4 * size)) ** 2)
    return float(np.mean(correlation[:, RATE // 500 : RATE // 50].max(axis=1) / correlation[:, 0]))


@pytest.mark.parametrize("speed", [0.25, 0.5, 0.65, 0.8, 1.5])
def test_noise_stays_noise_and_as_loud(mixing: MixingBackend, speed: float) -> None:
    noise = (0.1 * np.random.default_rng(0).standard_normal((2 * RATE, 1))).astype(np.float32)
    stretched = mixing.stretch(Audio(noise, RATE), speed).samples
    assert loudest_repetition(stretched) < 0.25
    blocks = stretched[: len(stretched) // 1200 * 1200].reshape(-1, 1200)
    level = np.sqrt(np.mean(np.square(blocks), axis=1))
    assert np.all(np.abs(20 * np.log10(level / 0.1)) < 1.5)  # no pumping in the crossfades either


@pytest.mark.parametrize("speed", [0.1, 0.25, 0.77, 1.0, 1.013, 3.3, 4.0, 10.0])
def test_the_length_is_exact(mixing: MixingBackend, speed: float) -> None:
    for frames in (0, 1, 7, 200, 719, 720, 5001, 24_000):
        for channels in (1, 2):
            out = mixing.stretch(Audio(np.full((frames, channels), 0.3, np.float32), RATE), speed).check()
            assert out.samples.shape == (round(frames / speed), channels)
            assert np.abs(out.samples).max(initial=0) < 0.31


def test_stereo_stays_in_phase(mixing: MixingBackend) -> None:
    left = speech(2, 1)[0]
    stereo = np.hstack([left, -0.5 * left])
    out = mixing.stretch(Audio(stereo, RATE), 1.4).samples
    assert np.allclose(out[:, 1], -0.5 * out[:, 0], atol=1e-6)


def test_speed_one_is_the_same_sound(mixing: MixingBackend) -> None:
    audio = Audio(speech(0.5, 1)[0], RATE)
    assert mixing.stretch(audio, 1.0) is audio


def test_events_stay_in_time(mixing: MixingBackend) -> None:
    sound = np.zeros((4 * RATE, 1), np.float32)
    beeps = [0.5, 1.5, 2.5, 3.5]
    for beep in beeps:
        start = int(beep * RATE)
        sound[start : start + 2400] = np.sin(2 * np.pi * 440 * np.arange(2400) / RATE)[:, None]
    for speed in (0.5, 2.0):
        out = mixing.stretch(Audio(sound, RATE), speed).samples[:, 0]
        for beep in beeps:
            centre = (beep + 0.05) / speed
            window = out[int((centre - 0.2 / speed) * RATE) : int((centre + 0.2 / speed) * RATE)] ** 2
            found = centre - 0.2 / speed + float(np.average(np.arange(window.size), weights=window)) / RATE
            assert found == pytest.approx(centre, abs=0.012)


@pytest.mark.parametrize("speed", [0.0, 0.05, 10.1, -1.0, float("nan")])
def test_a_speed_out_of_range_is_a_problem(mixing: MixingBackend, speed: float) -> None:
    with pytest.raises(Problem) as caught:
        mixing.stretch(Audio.silence(100, RATE), speed)
    assert caught.value.kind is Kind.INVALID
    assert caught.value.allowed == [0.1, 10.0]
