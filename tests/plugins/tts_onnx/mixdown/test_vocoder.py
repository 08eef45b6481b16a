"""The vocoder: what it is given is what is heard."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from meters.pitch import pitch, semitones

from mixdown_tts_onnx.mixdown.description import Description
from mixdown_tts_onnx.mixdown.envelope import Envelope, rewarped, warped
from mixdown_tts_onnx.mixdown.excitation import Noise, Pulses
from mixdown_tts_onnx.mixdown.features import Layout
from mixdown_tts_onnx.mixdown.shape import Shape
from mixdown_tts_onnx.mixdown.vocoder import Vocoder
from mixdown_tts_onnx.mixdown.wideband import FADE_HZ, sound_rate

NARROW = Description(
    "narrow", "en-US", "male", 16_000, Layout(26, 5), 0.42, (0, 750, 1750, 3830, 6200, 8000), 15, np.log(110),
    "", "", {},
)  # fmt: skip
WIDENED = replace(NARROW, layout=Layout(25, 5))
WIDE = replace(NARROW, name="wide", rate=32_000, layout=Layout(45, 0), alpha=0.45, bands_hz=())
VOICES = pytest.mark.parametrize(
    "voice", [NARROW, WIDENED, WIDE], ids=["16 kHz, bands", "16 kHz, widened", "32 kHz, no bands"]
)
FORMANTS = ((600, 90), (1200, 110), (2600, 160), (3600, 200))


def vowel(voice: Description, frames: int = 100, hertz: float = 110.0, voiced: float = 1.0):
    """Parameters (frames, width) of a steady vowel: the cepstrum of four resonances on the voice's own scale."""
    size = 1 << 12
    grid = np.linspace(0, np.pi, size // 2 + 1)
    tone = np.interp(grid, warped(grid, voice.alpha), grid)  # the frequency at each place of the warped scale
    unit = np.exp(-1j * tone)
    response = np.zeros(len(grid))
    for centre, width in FORMANTS:
        pole = np.exp(-np.pi * width / voice.rate + 2j * np.pi * centre / voice.rate)
        response -= np.log(np.abs((1 - pole * unit) * (1 - pole.conjugate() * unit)))
    cepstrum = np.fft.irfft(response)
    row = np.zeros(voice.layout.width, np.float32)
    row[:2] = np.log(hertz), voiced
    row[voice.layout.spectrum] = (
        cepstrum[: voice.layout.cepstra] * np.r_[1, np.full(voice.layout.cepstra - 1, 2)]
    )
    row[2] -= 5
    row[voice.layout.strengths] = 1
    return np.tile(row, (frames, 1))


def sound(voice: Description, parameters, shape: Shape | None = None):
    vocoder = Vocoder(voice, shape or Shape())
    return np.concatenate([vocoder.push(parameters), vocoder.finish()])


def moving(voice: Description, frames: int = 137):
    """Speech-like: everything changes all the time."""
    draw = np.random.default_rng(5)
    parameters = vowel(voice, frames)
    parameters[:, 0] += 0.2 * np.sin(np.arange(frames) / 9)
    parameters[:, 1] = draw.random(frames)
    parameters[:, voice.layout.spectrum] += draw.normal(0, 0.1, (frames, voice.layout.cepstra))
    return parameters.astype(np.float32)


def level_db(samples, rate: int, low: float, high: float) -> float:
    """Power between two frequencies."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / rate)
    return float(10 * np.log10(spectrum[(hertz >= low) & (hertz < high)].sum() + 1e-20))


def envelope_db(samples, rate: int, at: float) -> float:
    return level_db(samples, rate, at - 120, at + 120)


@VOICES
@pytest.mark.parametrize("step", [1, 7, 8, 9, 50, 500])
def test_the_pieces_do_not_change_a_bit(voice, step):
    parameters = moving(voice)
    vocoder = Vocoder(voice, Shape(semitones=1.0, breathiness=0.2))
    pieces = [vocoder.push(parameters[at : at + step]) for at in range(0, len(parameters), step)]
    streamed = np.concatenate([*pieces, vocoder.finish()])
    assert np.array_equal(streamed, sound(voice, parameters, Shape(semitones=1.0, breathiness=0.2)))


@VOICES
@pytest.mark.parametrize("frames", [0, 1, 2, 7, 8, 9, 33])
def test_it_lasts_as_long_as_its_frames(voice, frames):
    samples = sound(voice, vowel(voice, frames))
    assert len(samples) == frames * sound_rate(voice) // 100
    assert samples.dtype == np.float32


@VOICES
def test_the_first_sound_comes_after_nine_frames(voice):
    vocoder = Vocoder(voice, Shape())
    assert not len(vocoder.push(vowel(voice, 8)))
    assert len(vocoder.push(vowel(voice, 1))) == 0.065 * sound_rate(voice)


def test_another_process_makes_the_same_bits():
    digest = "import hashlib; print(hashlib.sha256(test_vocoder.sound(voice, test_vocoder.moving(voice)).tobytes()).hexdigest())"
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}; import test_vocoder; voice = test_vocoder.WIDE; {digest}"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=__file__.rpartition("/")[0],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == hashlib.sha256(sound(WIDE, moving(WIDE)).tobytes()).hexdigest()


@VOICES
@pytest.mark.parametrize("hertz", [70.0, 110.0, 233.3, 390.0])
def test_the_pitch_is_that_of_the_parameters(voice, hertz):
    assert pitch(sound(voice, vowel(voice, 60, hertz)), sound_rate(voice)).median == pytest.approx(
        hertz, rel=0.005
    )


@VOICES
@pytest.mark.parametrize("steps", [-12.0, -3.0, 4.0, 12.0])
def test_a_moved_pitch_leaves_the_formants_where_they_are(voice, steps):
    parameters = vowel(voice, 100, 120.0)
    moved = sound(voice, parameters, Shape(semitones=steps))
    plain = sound(voice, parameters)
    assert pitch(moved, sound_rate(voice)).median == pytest.approx(120 * 2 ** (steps / 12), rel=0.006)
    for centre, _ in FORMANTS[:3]:
        assert envelope_db(moved, sound_rate(voice), centre) == pytest.approx(
            envelope_db(plain, sound_rate(voice), centre), abs=5
        )


@VOICES
@pytest.mark.parametrize("ratio", [0.85, 1.0, 1.15])
def test_formants_are_moved(voice, ratio):
    samples = sound(voice, vowel(voice, 100, 100.0), Shape(formants=ratio))
    expected = FORMANTS[0][0] * ratio
    hertz = np.arange(300, 950, 10)
    loudest = hertz[np.argmax([level_db(samples, sound_rate(voice), one - 60, one + 60) for one in hertz])]
    assert loudest == pytest.approx(expected, abs=70)


def test_a_length_of_the_vocal_tract_is_undone_by_its_inverse():
    assert rewarped(rewarped(0.42, 1.2), 1 / 1.2) == pytest.approx(0.42)
    assert rewarped(0.42, 1.0) == pytest.approx(0.42)


def test_the_range_of_the_melody_is_stretched_about_the_mean():
    parameters = vowel(NARROW, 300)
    parameters[:, 0] = np.log(110) + 0.15 * np.sin(2 * np.pi * np.arange(300) / 100)
    spans = {
        factor: pitch(sound(NARROW, parameters, Shape(range=factor)), 16_000) for factor in (0.0, 1.0, 2.0)
    }
    assert spans[0.0].span_semitones() < 0.05
    assert spans[2.0].span_semitones() == pytest.approx(2 * spans[1.0].span_semitones(), rel=0.05)
    assert semitones(110, spans[2.0].median) == pytest.approx(0, abs=0.3)


@VOICES
def test_brightness_and_gain_are_in_their_units(voice):
    plain, bright, loud = (
        sound(voice, vowel(voice), shape) for shape in (Shape(), Shape(brightness=6.0), Shape(gain=0.5))
    )
    assert np.allclose(loud, plain / 2, atol=1e-6)
    top, bottom = (0.9 * sound_rate(voice) / 2, sound_rate(voice) / 2), (0, 200)
    assert level_db(bright, sound_rate(voice), *top) - level_db(
        plain, sound_rate(voice), *top
    ) == pytest.approx(6, abs=0.7)
    assert level_db(bright, sound_rate(voice), *bottom) - level_db(
        plain, sound_rate(voice), *bottom
    ) == pytest.approx(-6, abs=0.7)


def harmonicity(samples, rate: int, hertz: float, low: float, high: float) -> float:
    """Power at harmonics of ``hertz`` over that between them, in dB."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    places = np.fft.rfftfreq(len(samples), 1 / rate)
    inside = (places >= low) & (places < high)
    off = np.abs(places / hertz - np.round(places / hertz))
    return float(10 * np.log10(spectrum[inside & (off < 0.1)].sum() / spectrum[inside & (off > 0.35)].sum()))


@VOICES
def test_breath_takes_the_pulses_away(voice):
    values = [
        harmonicity(
            sound(voice, vowel(voice, 200), Shape(breathiness=one)), sound_rate(voice), 110, 1500, 3500
        )
        for one in (0.0, 0.4, 1.0)
    ]
    assert values[0] > values[1] + 5 > values[2] + 10


@VOICES
def test_what_is_not_voiced_is_noise(voice):
    samples = sound(voice, vowel(voice, 200, voiced=0.0))
    assert harmonicity(samples, sound_rate(voice), 110, 200, 3000) < 1.5
    assert pitch(samples, sound_rate(voice)).voiced < 0.05


def test_a_weak_band_is_noise_and_its_neighbours_are_not():
    parameters = vowel(NARROW, 200)
    parameters[:, 30] = 0  # 1750 to 3830 Hz
    samples = sound(NARROW, parameters)
    assert harmonicity(samples, 16_000, 110, 100, 700) > 15
    assert harmonicity(samples, 16_000, 110, 2600, 3000) < 5
    assert harmonicity(samples, 16_000, 110, 7300, 7700) > 10


@pytest.mark.parametrize("hertz", [1.0, 20.0, 100.0, 3999.0, 1e9])
def test_pulses_have_unit_power_and_are_finite_at_any_pitch(hertz):
    samples = Pulses(16_000, 7_900.0).block(np.full(16_000, hertz))
    assert np.isfinite(samples).all()
    assert np.mean(np.square(samples)) == pytest.approx(1, rel=0.1)


def test_noise_is_white_and_of_unit_power():
    samples = Noise(1).block(64_000)
    assert set(np.unique(samples)) == {-1, 1}
    spectrum = np.abs(np.fft.rfft(samples.reshape(-1, 64), axis=1)) ** 2
    assert np.abs(10 * np.log10(spectrum.mean(axis=0)[1:-1] / 64)).max() < 1


@pytest.mark.parametrize("formants", [0.9, 1.0, 1.2])
def test_responses_are_those_of_the_cepstrum_in_phase_too(formants):
    """Against the layout's own formula, whose minimum phase is exact."""
    points = moving(WIDE, 5)
    found = Envelope(WIDE, Shape(formants=formants), 640).responses(points)
    scale = warped(np.linspace(0, np.pi, 321), rewarped(WIDE.alpha, formants))
    powers = np.exp(-1j * np.arange(45)[:, np.newaxis] * scale)
    expected = np.exp(points[:, WIDE.layout.spectrum].astype(np.float64) @ powers)
    assert np.abs(found - expected).max() < 1e-3 * np.abs(expected).max()


def test_a_widened_voice_keeps_what_it_knows():
    """And above that has what goes with it: more for an s than for a vowel of the same level."""
    points = moving(WIDENED, 5)
    found = np.abs(Envelope(WIDENED, Shape(), 640).responses(points))
    own = np.abs(Envelope(replace(WIDENED, alpha=0.4200001), Shape(), 320).responses(points))
    below = int(FADE_HZ[0] / 50)
    assert sound_rate(WIDENED) == 32_000
    assert np.allclose(found[:, :below], own[:, :below], rtol=1e-3)
    hiss, hum = vowel(WIDENED, 1, voiced=0.0), vowel(WIDENED, 1)
    hiss[0, WIDENED.layout.spectrum] = [-7, -1.5, *[0] * 23]
    highs = [
        level_db(sound(WIDENED, np.repeat(one, 60, axis=0)), 32_000, 9_000, 14_000) for one in (hiss, hum)
    ]
    lows = [level_db(sound(WIDENED, np.repeat(one, 60, axis=0)), 32_000, 100, 7_000) for one in (hiss, hum)]
    assert highs[0] - lows[0] > highs[1] - lows[1] + 15


@VOICES
def test_extremes_stay_finite(voice):
    parameters = moving(voice, 64)
    parameters[::3, 0] = 12.0
    parameters[1::3, 0] = -5.0
    shape = Shape(semitones=-24, range=2.0, formants=0.7, brightness=-9, breathiness=1.0)
    assert np.isfinite(sound(voice, parameters, shape)).all()
