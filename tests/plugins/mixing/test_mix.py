"""The timeline mix: what gain, pan, place and fades do to a track, and that the block size is inaudible."""

import numpy as np
import pytest

from mixdown_kernel import Duck, Mixer, MixingBackend, Track

from .sounds import RATE, mixed, noise


def one(mixing: MixingBackend, track: Track, channels: int = 2) -> Mixer:
    mixer = mixing.mixer(RATE, channels)
    mixer.add(track)
    return mixer


def test_a_plain_track_passes_without_a_copy(mixing: MixingBackend) -> None:
    samples = noise(4800, 1)
    assert one(mixing, Track("voice", is_key=True), 1).process({"voice": samples}, 4800).mix is samples


def test_volume_80_is_four_times_volume_20(mixing: MixingBackend) -> None:
    samples = noise(4800)
    loud = one(mixing, Track("a", gain=0.8)).process({"a": samples}, 4800).mix
    soft = one(mixing, Track("a", gain=0.2)).process({"a": samples}, 4800).mix
    assert np.allclose(loud, 4 * soft, rtol=1e-6)
    assert np.allclose(loud, 0.8 * samples, rtol=1e-6)


def test_pan_is_a_balance_that_leaves_the_middle_alone(mixing: MixingBackend) -> None:
    samples = noise(480, 1)
    for pan, left, right in ((0, 1, 1), (0.25, 0.75, 1), (1, 0, 1), (-0.5, 1, 0.5)):
        mix = one(mixing, Track("a", pan=pan)).process({"a": samples}, 480).mix
        assert np.allclose(mix, samples * [left, right], atol=1e-7)


def test_pan_of_a_stereo_track_keeps_its_sides_apart(mixing: MixingBackend) -> None:
    samples = noise(480, 2)
    mix = one(mixing, Track("a", pan=0.5)).process({"a": samples}, 480).mix
    assert np.allclose(mix, samples * [0.5, 1], atol=1e-7)


def test_pan_means_nothing_in_mono(mixing: MixingBackend) -> None:
    samples = noise(480, 1)
    assert np.array_equal(one(mixing, Track("a", pan=1), 1).process({"a": samples}, 480).mix, samples)


def test_no_input_is_silence_of_the_length_asked_for(mixing: MixingBackend) -> None:
    mix = one(mixing, Track("a")).process({}, 1234).mix
    assert mix.shape == (1234, 2)
    assert not mix.any()


def test_a_track_sounds_from_its_start_to_its_end_to_the_sample(mixing: MixingBackend) -> None:
    mixer = one(mixing, Track("a", start=701))
    mixer.end_at("a", 1999)
    mix = mixed(mixer, {"a": np.ones((2880, 1), np.float32)}, 480)
    assert np.array_equal(np.flatnonzero(mix[:, 0]), np.arange(701, 1999))


def test_fades_begin_and_end_at_zero_and_are_smooth(mixing: MixingBackend) -> None:
    mixer = one(mixing, Track("a", start=1000, fade_in=4000, fade_out=2000))
    mixer.end_at("a", 11_000)
    gain = mixed(mixer, {"a": np.ones((12_000, 1), np.float32)}, 480)[:, 0]
    assert gain[1000] < 1e-6
    assert gain[10_999] < 1e-6
    assert gain[3000] == pytest.approx(0.5, abs=1e-3)
    assert gain[10_000] == pytest.approx(0.5, abs=1e-3)
    assert np.all(gain[5000:9000] == 1)
    assert np.all(np.diff(gain[1000:5000]) >= 0)
    assert np.all(np.diff(gain[9000:11_000]) <= 0)
    assert np.abs(np.diff(gain)).max() < 2 / 2000


def test_a_track_shorter_than_its_fades_has_no_step(mixing: MixingBackend) -> None:
    mixer = one(mixing, Track("a", fade_in=4800, fade_out=4800))
    mixer.end_at("a", 3000)
    gain = mixed(mixer, {"a": np.ones((4800, 1), np.float32)}, 480)[:, 0]
    assert 0.05 < gain.max() < 1
    assert np.abs(np.diff(gain)).max() < 2e-3


def test_an_end_announced_late_leaves_no_click(mixing: MixingBackend) -> None:
    mixer = one(mixing, Track("a", fade_out=9600))
    ones = np.ones((4800, 1), np.float32)
    first = mixer.process({"a": ones}, 4800).mix
    mixer.end_at("a", 4800 + 480)
    gain = np.concatenate([first, mixer.process({"a": ones}, 4800).mix])[:, 0]
    assert np.abs(np.diff(gain)).max() < 2 / 480
    assert not gain[5280:].any()


def busy(mixing: MixingBackend) -> Mixer:
    mixer = mixing.mixer(RATE, 2)
    duck = Duck(depth_db=-9, attack_ms=60, release_ms=450)
    mixer.add(Track("voice", gain=0.9, start=3001, fade_in=777, fade_out=400, is_key=True))
    mixer.add(Track("bed", gain=0.3, pan=-0.3, fade_in=12_000, fade_out=24_000, duck=duck))
    mixer.add(Track("music", gain=0.5, start=10_007, fade_out=30_000, duck=duck))
    mixer.add(Track("second", gain=0.7, pan=0.8, is_key=True, duck=Duck(depth_db=-20, attack_ms=10)))
    for name, end in (("voice", 90_001), ("bed", 150_333), ("music", 149_000)):
        mixer.end_at(name, end)
    return mixer


def material() -> dict[str, np.ndarray]:
    frames = 150_333
    gate = (np.arange(frames) // 20_000 % 2)[:, None].astype(np.float32)
    return {
        "voice": noise(frames, 1, seed=1) * gate,
        "bed": noise(frames, 2, seed=2),
        "music": noise(frames, 2, seed=3),
        "second": noise(frames, 1, seed=4) * (1 - gate),
    }


@pytest.mark.parametrize("size", [960, 4800, 5280, 48_000, 480_000])
def test_the_block_size_does_not_change_a_bit(mixing: MixingBackend, size: int) -> None:
    inputs = material()
    reference = mixed(busy(mixing), inputs, 480)
    assert reference.shape[0] == 150_333
    assert np.array_equal(mixed(busy(mixing), inputs, size), reference)


def test_blocks_of_changing_length_on_the_grid_change_nothing(mixing: MixingBackend) -> None:
    inputs, mixer = material(), busy(mixing)
    lengths = [480, 9600, 480, 48_000, 1440, 86_400]
    edges = np.cumsum([0, *lengths, 150_333 - sum(lengths)])
    blocks = [
        mixer.process({name: x[a:b] for name, x in inputs.items()}, b - a).mix
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]
    assert np.array_equal(np.concatenate(blocks), mixed(busy(mixing), inputs, 480))


def test_blocks_off_the_grid_are_mixed_without_a_click(mixing: MixingBackend) -> None:
    flat = {name: np.full_like(x, 0.1) for name, x in material().items()}
    flat["voice"] = material()["voice"] * 0
    assert np.abs(mixed(busy(mixing), flat, 701) - mixed(busy(mixing), flat, 480)).max() < 2e-3


def test_parts_sum_to_the_mix_and_do_not_change_it(mixing: MixingBackend) -> None:
    inputs = {name: x[:48_000] for name, x in material().items()}
    block = busy(mixing).process(inputs, 48_000, parts=True)
    assert block.parts.keys() == inputs.keys()
    assert np.array_equal(block.mix, busy(mixing).process(inputs, 48_000).mix)
    total = np.sum([part.astype(np.float64) for part in block.parts.values()], axis=0)
    assert np.abs(total - block.mix).max() < 3e-7


def test_the_mix_leaves_its_inputs_as_they_were(mixing: MixingBackend) -> None:
    inputs = material()
    before = {name: x.copy() for name, x in inputs.items()}
    for x in inputs.values():
        x.flags.writeable = False
    mixed(busy(mixing), inputs, 4800)
    assert all(np.array_equal(inputs[name], before[name]) for name in inputs)


def test_inputs_that_do_not_fit_are_named(mixing: MixingBackend) -> None:
    mixer = one(mixing, Track("a"))
    with pytest.raises(ValueError, match="'b'"):
        mixer.process({"b": noise(480)}, 480)
    with pytest.raises(ValueError, match="480 frames"):
        mixer.process({"a": noise(479)}, 480)
    with pytest.raises(ValueError, match="channels"):
        mixer.process({"a": noise(480, 3)}, 480)
    with pytest.raises(ValueError, match="already"):
        mixer.add(Track("a"))


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
def test_other_rates_keep_the_promise_on_their_own_grid(mixing: MixingBackend, rate: int) -> None:
    grid, inputs = rate // 100, {name: x[:30_011] for name, x in material().items()}

    def render(size: int) -> np.ndarray:
        mixer = mixing.mixer(rate, 2)
        mixer.add(Track("voice", is_key=True))
        mixer.add(Track("bed", duck=Duck()))
        return mixed(mixer, {name: inputs[name] for name in ("voice", "bed")}, size)

    assert np.array_equal(render(grid), render(7 * grid))
