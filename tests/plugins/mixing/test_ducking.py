"""Ducking: how deep, how fast, and how calm a bed steps back while a key track sounds."""

import numpy as np
import pytest

from mixdown_kernel import Duck, MixingBackend, Samples, Track

from .sounds import RATE, mixed, tone

DUCK = Duck(depth_db=-12, attack_ms=30, release_ms=400, threshold_db=-40)
DEPTH = 10 ** (-12 / 20)


def bed_gain(mixing: MixingBackend, key: Samples, *, gain: float = 1.0, duck: Duck = DUCK) -> Samples:
    """The gain that a bed of ones gets beside ``key``."""
    mixer = mixing.mixer(RATE, 1)
    mixer.add(Track("key", gain=gain, is_key=True))
    mixer.add(Track("bed", duck=duck))
    inputs = {"key": key, "bed": np.ones_like(key)}
    blocks = []
    for start in range(0, key.shape[0], 4800):
        part = {name: x[start : start + 4800] for name, x in inputs.items()}
        blocks.append(mixer.process(part, part["key"].shape[0], parts=True).parts["bed"])
    return np.concatenate(blocks)[:, 0]


def bed_gain_ahead(mixing: MixingBackend, key: Samples, duck: Duck = DUCK, size: int = 4800) -> Samples:
    """The same where the mixer is told in every block what the key brings next."""
    mixer = mixing.mixer(RATE, 1)
    mixer.add(Track("key", is_key=True))
    mixer.add(Track("bed", duck=duck))
    blocks = []
    for start in range(0, key.shape[0], size):
        part, stop = key[start : start + size], start + size
        inputs = {"key": part, "bed": np.ones_like(part)}
        upcoming = {"key": key[stop : stop + RATE // 10]}
        blocks.append(mixer.process(inputs, len(part), parts=True, upcoming=upcoming).parts["bed"])
    return np.concatenate(blocks)[:, 0]


def speech(on: list[tuple[float, float]], seconds: float) -> Samples:
    key = tone(int(seconds * RATE), 220)
    sounding = np.zeros(key.shape[0], bool)
    for start, end in on:
        sounding[int(start * RATE) : int(end * RATE)] = True
    return key * sounding[:, None]


def test_the_depth_is_reached_and_left_again(mixing: MixingBackend) -> None:
    gain = bed_gain(mixing, speech([(1, 2)], 4))
    assert np.all(gain[: int(0.98 * RATE)] == 1)
    assert np.allclose(gain[int(1.2 * RATE) : int(2 * RATE)], DEPTH, rtol=1e-6)
    assert np.all(gain[int(3.5 * RATE) :] == 1)


def test_attack_and_release_take_the_time_asked_for(mixing: MixingBackend) -> None:
    gain_db = 20 * np.log10(bed_gain(mixing, speech([(1, 2)], 5)))
    nearly_down = np.flatnonzero(gain_db < -12 * 0.95)
    assert nearly_down[0] / RATE == pytest.approx(1.03, abs=0.011)
    nearly_up = np.flatnonzero(gain_db[2 * RATE :] > -12 * 0.05)
    assert nearly_up[0] / RATE == pytest.approx(0.2 + 0.4, abs=0.021)


def test_it_does_not_rise_between_syllables(mixing: MixingBackend) -> None:
    syllables = [(1 + 0.3 * k, 1.15 + 0.3 * k) for k in range(10)]
    gain = bed_gain(mixing, speech(syllables, 6))
    assert np.ptp(gain[int(1.2 * RATE) : int(3.8 * RATE)]) < 1e-6


def test_it_holds_through_what_is_a_little_softer_than_the_threshold(mixing: MixingBackend) -> None:
    key = speech([(0, 3)], 3)
    key[RATE:] *= np.float32(0.007 / 0.5)  # -43 dBFS: below the threshold, above its hysteresis
    assert np.allclose(bed_gain(mixing, key)[RATE:], DEPTH, rtol=1e-6)
    assert np.all(bed_gain(mixing, key[RATE:]) == 1)


def test_the_way_down_and_up_has_no_step(mixing: MixingBackend) -> None:
    gain = bed_gain(mixing, speech([(0.5, 1), (1.7, 2.2)], 4))
    assert np.abs(np.diff(gain)).max() < 1.0 / 480


def test_a_key_turned_down_pushes_nothing(mixing: MixingBackend) -> None:
    assert np.all(bed_gain(mixing, speech([(0, 1)], 2), gain=0.01) == 1)


def test_a_key_that_ducks_listens_to_others_only(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 1)
    for name in ("first", "second"):
        mixer.add(Track(name, is_key=True, duck=DUCK if name == "second" else None))
    loud, quiet = tone(RATE, 220), np.zeros((RATE, 1), np.float32)
    alone = mixer.process({"first": quiet, "second": loud}, RATE, parts=True).parts["second"]
    assert np.array_equal(alone, loud)
    under = mixer.process({"first": loud, "second": loud}, RATE, parts=True).parts["second"]
    assert np.allclose(under[RATE // 2 :], DEPTH * loud[RATE // 2 :], rtol=1e-6)


def test_beds_with_the_same_parameters_move_together(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 2)
    mixer.add(Track("key", is_key=True))
    mixer.add(Track("a", duck=DUCK))
    mixer.add(Track("b", duck=Duck(depth_db=-12, attack_ms=30, release_ms=400)))
    ones = np.ones((RATE, 1), np.float32)
    parts = mixer.process({"key": tone(RATE, 220), "a": ones, "b": ones}, RATE, parts=True).parts
    assert np.array_equal(parts["a"], parts["b"])
    assert parts["a"].min() < 0.3


def test_ducking_goes_on_while_the_ducked_track_is_away(mixing: MixingBackend) -> None:
    mixer = mixing.mixer(RATE, 1)
    mixer.add(Track("key", is_key=True))
    mixer.add(Track("bed", duck=DUCK))
    mixer.process({"key": tone(RATE, 220)}, RATE)
    mix = mixed(mixer, {"bed": np.ones((480, 1), np.float32)}, 480)
    assert np.allclose(mix, DEPTH, rtol=1e-6)


# ---------------------------------------------------------------- told ahead


@pytest.mark.parametrize("attack_ms", [10.0, 60.0, 100.0])
def test_told_ahead_the_bed_is_down_at_the_first_syllable(mixing: MixingBackend, attack_ms: float) -> None:
    duck = Duck(depth_db=-12, attack_ms=attack_ms, release_ms=400)
    gain_db = 20 * np.log10(bed_gain_ahead(mixing, speech([(1, 2)], 4), duck))
    assert np.all(gain_db[: int((1 - attack_ms / 1000 - 0.011) * RATE)] == 0)
    assert gain_db[RATE] == pytest.approx(-12, abs=0.7)  # 95 % of the way
    assert gain_db[int(1.1 * RATE)] == pytest.approx(-12, abs=0.01)


def test_told_ahead_it_comes_back_when_it_would_have(mixing: MixingBackend) -> None:
    key = speech([(1, 2)], 5)
    late = slice(int(1.5 * RATE), None)
    assert np.allclose(bed_gain_ahead(mixing, key)[late], bed_gain(mixing, key)[late], atol=0.02)


def test_a_voice_that_begins_with_the_mix_finds_the_bed_down(mixing: MixingBackend) -> None:
    gain_db = 20 * np.log10(bed_gain_ahead(mixing, speech([(0, 1)], 2)))
    assert gain_db[0] == pytest.approx(-12, abs=0.7)


def test_told_ahead_the_block_size_does_not_change_a_bit(mixing: MixingBackend) -> None:
    key = speech([(0.3, 0.5), (0.83, 0.9), (1.5, 2.2)], 3)[:-137]
    reference = bed_gain_ahead(mixing, key, size=480)
    for size in (960, 4800, 33 * 480, 10**6):
        assert np.array_equal(bed_gain_ahead(mixing, key, size=size), reference)


@pytest.mark.parametrize(
    ("depth_db", "attack_ms", "release_ms"), [(-9, 60, 450), (-12, 30, 300), (-18, 120, 900)]
)
def test_depth_attack_and_release_as_measured_on_a_mix(
    mixing: MixingBackend, depth_db: float, attack_ms: float, release_ms: float
) -> None:
    """A bed's envelope under 2 s of speech: the gain follows an exponential in dB, 95 % of the way in the time asked
    for, so that 10 to 90 % take 0.73 of it."""
    duck = Duck(depth_db=depth_db, attack_ms=attack_ms, release_ms=release_ms)
    gain_db = 20 * np.log10(bed_gain(mixing, speech([(1, 3)], 6), duck=duck))
    assert gain_db.min() == pytest.approx(depth_db, abs=0.1)

    def seconds(part: Samples) -> float:
        inside = np.flatnonzero((part <= 0.1 * depth_db) & (part >= 0.9 * depth_db))
        return (inside[-1] - inside[0]) / RATE

    assert seconds(gain_db[: 2 * RATE]) == pytest.approx(0.732 * attack_ms / 1000, abs=0.012)
    assert seconds(gain_db[3 * RATE :]) == pytest.approx(0.732 * release_ms / 1000, abs=0.012)
