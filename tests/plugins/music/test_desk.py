"""The mix: rooms, equalisers, controls that move, the pump, tape, master; and what comes of them."""

import numpy as np
import pytest
from meters.clicks import clicks
from numpy.typing import NDArray

from mixdown_kernel import MusicRequest
from mixdown_music import desks
from mixdown_music.automation import STEP, Filter, Lane, lines
from mixdown_music.channel import Channel
from mixdown_music.composer import compose
from mixdown_music.desk import Glue, Part, Tremolo
from mixdown_music.equaliser import Band, equalise
from mixdown_music.genres import GENRES
from mixdown_music.master import Master
from mixdown_music.pump import Pump
from mixdown_music.renderer import BLOCK, render
from mixdown_music.reverb import PARTITION, Reverb, response
from mixdown_music.sampler import Sampler
from mixdown_music.synth import RATE
from mixdown_music.synth.kit import KEYS
from mixdown_music.tape import Tape

GENRE_NAMES = list(GENRES)
SAMPLER = Sampler()
DESKS = {genre.desk.room: genre.desk for genre in GENRES.values()}
PLAIN = Part("harmony", desks.LOFI.parts["keys"].instrument, send=0.5)


def noise(channels: int, frames: int, seed: int = 1) -> NDArray[np.float32]:
    return 0.2 * np.random.default_rng(seed).standard_normal((channels, frames), dtype=np.float32)


def tone(hertz: float, frames: int, channels: int = 2) -> NDArray[np.float32]:
    wave = 0.5 * np.sin(2 * np.pi * hertz * np.arange(frames) / RATE)
    return np.tile(wave.astype(np.float32), (channels, 1))


def level(sound: NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


@pytest.fixture(scope="module")
def pieces() -> dict[str, NDArray[np.float32]]:
    """Two thirds of a minute of each genre, shape (2, frames)."""
    requests = {
        name: MusicRequest(genre=name, seed=4, duration_ms=40_000, intensity=0.65) for name in GENRE_NAMES
    }
    return {
        name: np.concatenate([block.mix for block in render(compose(request), sampler=SAMPLER)]).T
        for name, request in requests.items()
    }


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_mix_survives_one_loudspeaker(genre: str, pieces: dict[str, NDArray[np.float32]]) -> None:
    """Both sides agree more than they differ, all the time, and the bass is in the middle; still it is stereo."""
    left, right = pieces[genre].astype(np.float64)
    assert 0.3 < np.corrcoef(left, right)[0, 1] < 0.98
    seconds = zip(left.reshape(-1, RATE), right.reshape(-1, RATE), strict=True)
    assert min(np.corrcoef(a, b)[0, 1] for a, b in seconds if np.ptp(a) > 1e-3) > -0.1
    hertz = np.fft.rfftfreq(len(left), 1 / RATE)
    middle, side = (np.abs(np.fft.rfft(x)[hertz < 110]) ** 2 for x in (left + right, left - right))
    assert 10 * np.log10(side.sum() / middle.sum()) < -10


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_no_octave_sticks_out(genre: str, pieces: dict[str, NDArray[np.float32]]) -> None:
    """Octaves fall as in recorded music: level up to 500 Hz, 4.5 dB each above; none lies 12 dB over that."""
    power = np.abs(np.fft.rfft(pieces[genre].mean(axis=0))) ** 2
    hertz = np.fft.rfftfreq(pieces[genre].shape[1], 1 / RATE)
    centres = np.array([63, 125, 250, 500, 1000, 2000, 4000, 8000, 16_000])
    octaves = [
        10 * np.log10(power[(hertz >= c / 2**0.5) & (hertz < c * 2**0.5)].sum() + 1e-20) for c in centres
    ]
    usual = -4.5 * np.maximum(np.log2(centres / 500), 0)
    excess = octaves - usual
    assert excess.max() - np.median(excess[:7]) < 12


@pytest.mark.parametrize("genre", sorted(set(GENRE_NAMES) - {"lofi"}))
def test_a_mix_has_no_click(genre: str, pieces: dict[str, NDArray[np.float32]]) -> None:
    assert clicks(pieces[genre].T, RATE) == []


@pytest.mark.parametrize("stem", ["drums", "bass", "harmony", "melody"])
def test_nor_has_lofi_but_for_its_records_crackle(stem: str) -> None:
    request = MusicRequest(genre="lofi", seed=4, duration_ms=20_000, intensity=0.65)
    blocks = render(compose(request), stems=True, sampler=SAMPLER)
    assert clicks(np.concatenate([block.stems[stem] for block in blocks]), RATE) == []


@pytest.mark.parametrize("genre", GENRE_NAMES)
def test_a_mix_has_no_constant_part(genre: str, pieces: dict[str, NDArray[np.float32]]) -> None:
    assert np.abs(pieces[genre].mean(axis=1, dtype=np.float64)).max() < 5e-4


def test_every_part_of_every_desk_has_its_place() -> None:
    for genre in GENRES.values():
        for name, part in genre.desk.parts.items():
            assert -30 < part.level < 6, name
            assert abs(part.pan) <= 0.6, name
            assert 0 <= part.send < 1, name
            if part.stem == "bass":
                assert abs(part.pan) <= 0.1, name
            if name == "drums":
                assert set(KEYS) <= set(part.instrument.struck)


@pytest.mark.parametrize("room", DESKS)
def test_a_room_rings_for_as_long_as_it_says(room: object) -> None:
    """Schroeder's backward integration of the octave about 1 kHz, -5 to -35 dB, gives the time to -60 dB."""
    sound = response(room)  # type: ignore[arg-type]
    octave = equalise(sound, (Band("low_cut", 707, q=1), Band("high_cut", 1414, q=1)))
    left = np.cumsum(np.sum(octave.astype(np.float64) ** 2, axis=0)[::-1])[::-1]
    decay = 10 * np.log10(left / left[0])
    five, thirty_five = (int(np.argmax(decay < d)) for d in (-5, -35))
    assert (thirty_five - five) / RATE * 2 == pytest.approx(room.seconds, rel=0.2)  # type: ignore[attr-defined]
    assert np.sum(sound**2) / 2 == pytest.approx(1, rel=0.01)
    assert np.corrcoef(sound)[0, 1] > 0


def test_rooms_differ_as_rooms_do() -> None:
    lofi, ambient, orchestral = (
        response(desk.room) for desk in (desks.LOFI, desks.AMBIENT, desks.ORCHESTRAL)
    )
    assert lofi.shape[1] < 0.6 * orchestral.shape[1] < ambient.shape[1]
    first = [int(np.argmax(np.abs(sound).max(axis=0) > 0.01)) for sound in (lofi, orchestral)]
    assert first[0] < first[1], "reflections come sooner from nearer walls"


def test_convolution_in_partitions_is_convolution() -> None:
    room = desks.JAZZ.room
    dry = noise(1, 3 * PARTITION)[0]
    reverb = Reverb(room)
    wet = np.concatenate([reverb.process(dry[:PARTITION]), reverb.process(dry[PARTITION:])], axis=1)
    impulse = response(room)
    for at in (0, 777, PARTITION - 1, PARTITION, 2 * PARTITION + 12_345):
        heard = dry[max(0, at - impulse.shape[1] + 1) : at + 1][::-1].astype(np.float64)
        for side in (0, 1):
            assert wet[side, at] == pytest.approx(float(heard @ impulse[side, : len(heard)]), abs=1e-4)


@pytest.mark.parametrize("kind", ["low", "bell", "high"])
def test_an_equaliser_does_what_its_dial_says(kind: str) -> None:
    impulse = np.zeros((1, RATE), np.float32)
    impulse[0, 0] = 1
    gains = 20 * np.log10(np.abs(np.fft.rfft(equalise(impulse, (Band(kind, 1000, 6.0, 1.0),))[0])))  # type: ignore[arg-type]
    want = {"low": (6, 3, 0), "bell": (0, 6, 0), "high": (0, 3, 6)}[kind]
    assert gains[[20, 1000, 20_000]] == pytest.approx(want, abs=0.4)


def test_cuts_cut() -> None:
    impulse = np.zeros((1, RATE), np.float32)
    impulse[0, 0] = 1
    for kind, stopped, passed in (("low_cut", 100, 10_000), ("high_cut", 10_000, 100)):
        gains = 20 * np.log10(np.abs(np.fft.rfft(equalise(impulse, (Band(kind, 1000),))[0])))  # type: ignore[arg-type]
        assert gains[stopped] < -35
        assert gains[passed] == pytest.approx(0, abs=0.2)


def test_a_lane_goes_in_straight_lines_and_forgets() -> None:
    lane = Lane()
    lane.add(48_000, 0.5, now=0)
    lane.add(96_000, 1.0, now=0)
    values = lane.values(0, 96_000, 24_000)
    assert values == pytest.approx([1.0, 1.0, 0.5, 0.75, 1.0])
    lane.add(192_000, 0.0, now=144_000)
    assert lane.values(96_000, 96_000, 24_000) == pytest.approx([1.0, 1.0, 1.0, 0.5, 0.0])
    for i in range(1000):
        lane.add(200_000 + 1000 * i, 0.5, now=200_000 + 1000 * i)
        lane.values(200_000 + 1000 * i, 1000, 500)
    assert len(lane._points) < 10


def test_lines_are_the_same_in_any_pieces() -> None:
    corners = np.random.default_rng(3).random(21)
    whole = lines(corners, 480)
    assert np.array_equal(whole, np.concatenate([lines(corners[:11], 480), lines(corners[10:], 480)]))
    assert whole[480 * 7] == pytest.approx(corners[7])


def test_brightness_opens_a_filter_without_a_click() -> None:
    sound = (tone(220, 4 * STEP) + tone(6000, 4 * STEP)) / 2
    sweeping = Filter()
    dark = sweeping.process(sound, [0.3] * 5)
    opening = sweeping.process(sound, [0.3, 0.5, 0.7, 0.9, 1.0])
    after = sweeping.process(sound, [1.0] * 5)
    assert np.array_equal(after, sound), "an open filter is a wire"
    whole = np.concatenate([dark, opening, after], axis=1)
    assert [click for click in clicks(whole.T[STEP : 11 * STEP], RATE) if click.kind == "jump"] == []
    high = [level(np.diff(part, 2, axis=1)) for part in (dark[:, 2 * STEP :], opening[:, 2 * STEP :], after)]
    assert high[0] < high[1] - 10 < high[2] - 10
    assert np.array_equal(Filter().process(sound, [1.0] * 5), sound)


def test_expression_and_tremolo_are_gains() -> None:
    lane = Lane()
    lane.add(0, 0.5, now=0)
    steady, _ = Channel(PLAIN).process(tone(440, BLOCK), 0, {}, None)
    quiet, send = Channel(PLAIN).process(tone(440, BLOCK), 0, {"expression": lane}, None)
    assert level(quiet) - level(steady) == pytest.approx(-12, abs=0.1)
    assert level(send) == pytest.approx(level(quiet) - 6, abs=0.1)
    part = Part("harmony", PLAIN.instrument, tremolo=Tremolo(5.0, 0.3))
    left, right = Channel(part).process(tone(440, BLOCK), 0, {}, None)[0]
    loudness = np.abs(left).reshape(-1, 480).max(axis=1) - np.abs(right).reshape(-1, 480).max(axis=1)
    assert np.ptp(loudness) == pytest.approx(0.6, rel=0.2)
    joined = np.concatenate(
        [Channel(part).process(tone(440, BLOCK), start, {}, None)[0] for start in (0, BLOCK)], axis=1
    )
    assert clicks(joined.T[BLOCK - 4800 : BLOCK + 4801], RATE) == []


def test_pan_keeps_power_and_width_narrows() -> None:
    wide = noise(2, BLOCK)
    for pan in (-0.5, 0.0, 0.5):
        placed, _ = Channel(Part("melody", PLAIN.instrument, pan=pan, width=0.0)).process(wide, 0, {}, None)
        assert level(placed) == pytest.approx(level(wide.mean(axis=0)), abs=0.1)
        assert abs(np.corrcoef(placed)[0, 1]) > 0.999
    as_it_is, _ = Channel(Part("melody", PLAIN.instrument)).process(wide, 0, {}, None)
    assert np.allclose(as_it_is, wide, atol=1e-6)


def test_a_kick_pushes_back_and_lets_go() -> None:
    pump = Pump(0.2)
    for kick in (0, 24_000, 48_000):
        pump.kick(kick)
    duck = pump.gain(0, BLOCK)
    assert duck is not None
    part = Part("harmony", PLAIN.instrument, duck=12.0)
    ducked, _ = Channel(part).process(tone(1000, BLOCK), 0, {}, duck)
    peaks = np.abs(ducked).reshape(2, -1, 480).max(axis=(0, 2))
    assert 20 * np.log10(peaks[52] / 0.5) == pytest.approx(-12, abs=0.5)
    assert 20 * np.log10(peaks[49] / 0.5) == pytest.approx(0, abs=0.1)
    assert clicks(ducked.T, RATE) == []
    assert pump.gain(BLOCK + 2 * RATE, BLOCK) is None


def test_tape_is_linear_and_does_not_mind_blocks() -> None:
    a, b = noise(2, BLOCK, 1), noise(2, BLOCK, 2)
    whole = Tape().process(a + b, 0)
    assert np.abs(Tape().process(a, 0) + Tape().process(b, 0) - whole).max() < 1e-6
    tape = Tape()
    assert np.allclose(
        np.concatenate([tape.process((a + b)[:, :7000], 0), tape.process((a + b)[:, 7000:], 7000)], axis=1),
        whole,
        atol=1e-6,
    )
    assert level(np.diff(whole)) < level(np.diff(a + b)) - 3


def test_the_master_holds_its_ceiling_and_treats_all_alike() -> None:
    loud = 3 * noise(2, BLOCK)
    loud[:, 48_000:50_000] *= 4
    stems = {"a": 0.25 * loud, "b": 0.75 * loud}
    out = Master(0.0, Glue()).process({"mix": loud, **stems}, last=True)
    assert np.abs(out["mix"]).max() <= 10 ** (-4.5 / 20) + 1e-6
    assert np.abs(out["a"] + out["b"] - out["mix"]).max() < 1e-6
    quiet = 0.02 * loud
    assert np.allclose(Master(0.0, Glue()).process({"mix": quiet}, last=True)["mix"], quiet), (
        "and leaves what is quiet"
    )


def test_glue_evens_out() -> None:
    steps = np.concatenate([noise(2, BLOCK), 0.1 * noise(2, BLOCK, 2)], axis=1)
    even = Master(0.0, Glue(threshold=-30, ratio=3)).process({"mix": steps}, last=True)["mix"]
    before, after = (level(x[:, RATE:BLOCK]) - level(x[:, BLOCK + RATE :]) for x in (steps, even))
    assert after < before - 6
