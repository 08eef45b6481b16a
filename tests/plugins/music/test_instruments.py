"""The instruments, one by one: what an ear would object to, measured."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from meters.clicks import clicks
from numpy.typing import NDArray

from mixdown_music.conductor import Event
from mixdown_music.desk import Part
from mixdown_music.sampler import Sampler
from mixdown_music.score import Note
from mixdown_music.synth import (
    RATE,
    Instrument,
    Sound,
    Tone,
    analog,
    ensemble,
    keys,
    kit,
    mallets,
    plucked,
    winds,
)

Spectrum = NDArray[np.floating]


def named(*modules: object) -> dict[str, Instrument]:
    found = (value for module in modules for value in vars(module).values())
    return {value.name: value for value in found if isinstance(value, Instrument)}


TUNED = named(keys, mallets, plucked, winds, ensemble, analog)
RISER = TUNED.pop("riser")
KITS = {name: kit for name, kit in named(kit).items() if name != "timpani"}
BASSES = {"upright_bass", "finger_bass", "soft_bass", "sub_bass", "synth_bass", "acid_bass", "low_strings"}
SAMPLER = Sampler()


def pitches(name: str) -> tuple[int, int, int]:
    """Low, middle and high of the instrument's use."""
    return (28, 40, 52) if name in BASSES else (48, 64, 88)


def spectrum(sound: Sound) -> tuple[Spectrum, Spectrum]:
    """Hz and power of the middle of both channels, windowed so that its ends do not count."""
    mono = sound.mean(axis=0, dtype=np.float64) * np.blackman(sound.shape[1])
    return np.fft.rfftfreq(len(mono), 1 / RATE), np.abs(np.fft.rfft(mono)) ** 2


def centroid(sound: Sound) -> float:
    """Where the first third of a second lies, in Hz: the mean of their logarithm from 40 Hz, by amplitude."""
    hertz, power = spectrum(sound[:, : RATE // 3])
    heard, amplitude = hertz > 40, np.sqrt(power)
    return float(np.exp(np.sum(np.log(hertz[heard]) * amplitude[heard]) / np.sum(amplitude[heard])))


def tones() -> Iterator[tuple[Instrument, Tone]]:
    for name, instrument in TUNED.items():
        for pitch in pitches(name):
            yield instrument, Tone(pitch, 0.7, RATE)
    for instrument in KITS.values():
        for key in kit.KEYS:
            yield instrument, Tone(key, 0.8, int(instrument.struck[key] * RATE), take=instrument.takes - 1)


def test_every_sound_is_of_its_length_and_near_full_scale_with_no_constant_part() -> None:
    for instrument, tone in tones():
        sound = instrument.sound(tone)
        what = (instrument.name, tone)
        assert sound.dtype == np.float32, what
        assert sound.ndim == 2, what
        assert sound.shape[0] in (1, 2), what
        assert sound.shape[1] == tone.frames, what
        assert np.isfinite(sound).all(), what
        assert 0.1 < np.abs(sound).max() < 4, what
        power = np.sqrt(np.mean(sound.astype(np.float64) ** 2))
        assert np.abs(sound.mean(axis=1, dtype=np.float64)).max() < 0.03 * power, what


@pytest.mark.parametrize("name", TUNED)
def test_the_same_tone_is_the_same_to_the_bit(name: str) -> None:
    tone = Tone(pitches(name)[1], 0.6, RATE // 2)
    assert np.array_equal(TUNED[name].sound(tone), TUNED[name].sound(tone))


@pytest.mark.parametrize("name", TUNED)
def test_a_harder_touch_is_brighter(name: str) -> None:
    """Sounds as the synthesiser makes them have one level whatever the velocity: this is timbre."""
    soft, hard = (TUNED[name].sound(Tone(pitches(name)[0] + 7, v, RATE)) for v in (0.15, 0.95))
    assert centroid(hard) > 1.03 * centroid(soft)


@pytest.mark.parametrize("name", KITS)
def test_a_harder_stroke_is_brighter(name: str) -> None:
    for key in (kit.KICK, kit.SNARE, kit.TOM_MID):
        frames = int(KITS[name].struck[key] * RATE)
        soft, hard = (KITS[name].sound(Tone(key, v, frames)) for v in (0.2, 0.95))
        assert centroid(hard[:, :2880]) > 1.03 * centroid(soft[:, :2880]), key


@pytest.mark.parametrize("name", sorted(set(TUNED) - {"kalimba", "glockenspiel", "celesta", "bell"}))
def test_it_plays_in_tune(name: str) -> None:
    """The comb of harmonics under which most of a tone lies is that of its pitch, within 12 cents."""
    for pitch in pitches(name)[:2]:
        tone = Tone(pitch, 0.6, 2 * RATE)
        hertz, power = spectrum(TUNED[name].sound(tone)[:, RATE // 2 :])
        offsets = np.arange(-60, 61, 2)
        fundamentals = tone.hertz * 2 ** (offsets / 1200)
        scores = [sum(np.sqrt(np.interp(f * k, hertz, power)) for k in (1, 2)) for f in fundamentals]
        assert abs(offsets[int(np.argmax(np.convolve(scores, np.ones(5), "same")))]) <= 12, pitch


@pytest.mark.parametrize("name", sorted({*named(analog, winds)} - {"riser"}))
@pytest.mark.parametrize("pitch", [84, 96])
def test_nothing_aliases(name: str, pitch: int) -> None:
    """High notes hold their harmonics and, 60 dB below, nothing between them; breath left out."""
    if name in BASSES:
        pitch -= 36
    tone, sound = Tone(pitch, 1.0, 2 * RATE), TUNED[name].sound
    if isinstance(sound, partial) and "wind" in sound.keywords:
        sound = partial(sound.func, wind=replace(sound.keywords["wind"], breath=0.0, chiff=0.0))
    hertz, power = spectrum(sound(tone)[:, RATE // 2 :])
    step = tone.hertz / 2 if name == "synth_bass" else tone.hertz  # it has an octave below
    distance = np.abs(hertz - step * np.round(hertz / step))
    between = (distance > 0.06 * step + 0.012 * hertz) & (hertz > 40)
    assert 10 * np.log10(power[between].max() / power.max()) < -60


def test_an_electric_piano_struck_hard_and_high_does_not_alias() -> None:
    tone = Tone(91, 1.0, RATE)
    hertz, power = spectrum(keys.ELECTRIC_PIANO.sound(tone)[:, RATE // 5 :])
    distance = np.abs(hertz - tone.hertz * np.round(hertz / tone.hertz))
    between = (
        (distance > 0.04 * tone.hertz) & (np.abs(hertz - 4.2 * tone.hertz) > 200) & (hertz > 2 * tone.hertz)
    )
    assert 10 * np.log10(power[between].max() / power.max()) < -60


def played(instrument: Instrument, pitch: int, velocity: float, frames: int) -> Sound:
    """As the sampler plays it, with the silence around that a click needs to be heard."""
    part, note = Part("melody", instrument), Note("x", 0.0, 1.0, pitch, velocity)
    voice = SAMPLER.play(part, Event(4800, 0, frames, note))
    bus = np.zeros((2, 4800 + voice.sound.shape[1] + 4800), np.float32)
    voice.add_to(bus, 0)
    return bus


@pytest.mark.parametrize("name", TUNED)
@pytest.mark.parametrize("held", [0.03, 0.31, 1.1])
def test_notes_begin_and_end_without_a_click(name: str, held: float) -> None:
    """Let go at any moment, even before its attack is over."""
    bus = played(TUNED[name], pitches(name)[1], 0.8, int(held * RATE))
    onset = 4800 + int(0.012 * RATE)
    late = [click for click in clicks(bus.T, RATE) if click.frame > onset]
    assert late == []
    assert np.abs(np.diff(bus[:, 4790:4800], axis=1)).max() == 0
    assert np.abs(bus[:, 4800:4803]).max() < 0.1 * np.abs(bus).max()


@pytest.mark.parametrize("name", TUNED)
def test_releases_ring_out(name: str) -> None:
    """A note let go falls by degrees and is silent when its release is over."""
    instrument = TUNED[name]
    held = 3 * RATE if "pad" in name else RATE // 2
    bus = played(instrument, pitches(name)[1], 0.8, held)
    release = int(instrument.release * RATE)
    end = 4800 + held
    before = np.abs(bus[:, end - 2400 : end]).max()
    middle = np.abs(bus[:, end + release // 4 : end + release // 2]).max()
    assert 0 < middle < before
    assert np.abs(bus[:, end + release :]).max(initial=0.0) == 0
    assert np.abs(bus[:, end + release - 48 : end + release]).max() < 1e-3 * np.abs(bus).max()


def test_strings_bloom_and_begin_dark() -> None:
    for velocity in (0.3, 0.9):
        sound = ensemble.STRINGS.sound(Tone(62, velocity, 2 * RATE))
        assert centroid(sound[:, RATE:]) > 1.05 * centroid(sound[:, 4800:])
    soft, hard = (np.abs(ensemble.STRINGS.sound(Tone(62, v, RATE)))[:, :4800].mean() for v in (0.1, 1.0))
    assert hard > 1.5 * soft, "a strong bow speaks sooner"


def test_sections_are_wide_above_and_mono_below() -> None:
    for name in ("strings", "warm_pad", "choir", "saw_pad"):
        sound = TUNED[name].sound(Tone(40, 0.7, 3 * RATE)).astype(np.float64)
        middle, side = sound.sum(axis=0), sound[0] - sound[1]
        hertz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
        m, s = np.abs(np.fft.rfft(middle)) ** 2, np.abs(np.fft.rfft(side)) ** 2
        low, high = hertz < 110, hertz > 500
        assert s[low].sum() < 0.01 * m[low].sum(), name
        assert s[high].sum() > 0.05 * m[high].sum(), name
        assert np.corrcoef(sound)[0, 1] > 0.2, name


def test_vibrato_sets_in_late() -> None:
    """A flute's pitch stands still at first and swings by some cents later."""
    sound = winds.FLUTE.sound(Tone(76, 0.6, 2 * RATE))[0].astype(np.float64)
    f = Tone(76, 0.6, 1).hertz
    carrier = sound * np.exp(-2j * np.pi * f * np.arange(len(sound)) / RATE)
    smooth = np.convolve(carrier, np.hanning(960) / 480, "same")
    cents = 1200 / np.log(2) * np.diff(np.unwrap(np.angle(smooth))) * RATE / (2 * np.pi * f)
    assert np.ptp(cents[int(1.2 * RATE) : int(1.7 * RATE)]) > 2 * np.ptp(
        cents[int(0.15 * RATE) : int(0.26 * RATE)]
    )


def test_repeated_drums_are_not_the_same_drum_again() -> None:
    jazz = KITS["jazz_kit"]
    frames = int(jazz.struck[kit.RIDE] * RATE)
    takes = [jazz.sound(Tone(kit.RIDE, 0.7, frames, take)) for take in range(jazz.takes)]
    assert len(takes) > 1
    assert np.abs(np.corrcoef([take[0] for take in takes]) - np.eye(len(takes))).max() < 0.9


def test_a_riser_leads_to_the_end_of_its_note() -> None:
    for seconds in (1, 4):
        sound = RISER.sound(Tone(60, 0.8, seconds * RATE))
        first, last = sound[:, : RATE // 2], sound[:, -RATE // 2 :]
        assert np.abs(last).mean() > 4 * np.abs(first).mean()
        assert centroid(last) > 4 * centroid(first)
        swell = KITS["concert_percussion"].sound(Tone(kit.SWELL, 0.8, seconds * RATE))
        assert np.abs(swell[:, -RATE // 2 :]).mean() > 3 * np.abs(swell[:, : RATE // 2]).mean()


def test_a_worn_kit_is_dull_and_a_machine_bright() -> None:
    hats = {
        name: centroid(KITS[name].sound(Tone(kit.SNARE, 0.8, RATE // 2)))
        for name in ("dusty_kit", "machine_kit")
    }
    assert hats["dusty_kit"] < 0.7 * hats["machine_kit"]


def test_equal_tones_do_not_depend_on_the_threads_of_linear_algebra() -> None:
    """Products are cut small enough that no library spreads them; what is cut must fit together."""
    from mixdown_music.synth.partials import ring

    modes = np.linspace(90, 12_000, 300)
    both = ring(96_000, modes, np.ones((2, 300)), 0.5)
    direct = np.sin(2 * np.pi * modes[:, None] * np.arange(2000) / RATE) * np.exp(
        -np.arange(2000) / RATE / 0.5
    )
    assert np.abs(both[0, :2000] - direct.sum(axis=0)).max() < 2e-4 * np.abs(both).max()
