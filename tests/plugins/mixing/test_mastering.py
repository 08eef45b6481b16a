"""The whole chain as the road drives it: a voice over a bed, to a loudness, under a ceiling, sample for sample."""

import numpy as np
import pyebur128
import pytest

import mixdown_mixing
from mixdown_kernel import Duck, MixingBackend, Samples, Track

from .conftest import alone
from .sounds import RATE, cut, programme, run

DUCK = Duck(depth_db=-9, attack_ms=60, release_ms=450)


def voice() -> Samples:
    """Bursts of coloured noise at 24 kHz: loud syllables with pauses, 8.1 s."""
    sound = programme(4.05, level=0.2, seed=3)[:, :1]
    gate = np.sin(2 * np.pi * 0.8 * np.arange(sound.shape[0]) / 24_000) > -0.3
    return sound * gate[:, None]


def mix(mixing: MixingBackend) -> list[Samples]:
    spoken = run(mixing.resampler(24_000, RATE, 1), voice(), 24_000)
    bed = programme(10, level=0.15, seed=4)[: spoken.shape[0]]
    mixer = mixing.mixer(RATE, 2)
    mixer.add(Track("voice", is_key=True))
    mixer.add(Track("bed", gain=0.5, fade_in=RATE, fade_out=RATE, duck=DUCK))
    mixer.end_at("bed", spoken.shape[0])
    pairs = zip(cut(spoken, RATE), cut(bed, RATE), strict=True)
    return [mixer.process({"voice": v, "bed": b}, v.shape[0]).mix for v, b in pairs]


def loudness(mixing: MixingBackend, blocks: list[Samples]) -> float:
    meter = mixing.meter(RATE, 2)
    for block in blocks:
        meter.push(block)
    return meter.loudness()


def limited(mixing: MixingBackend, blocks: list[Samples], gain_db: float) -> list[Samples]:
    limiter, gain = mixing.limiter(RATE, 2, -1.0), np.float32(10 ** (gain_db / 20))
    return [*(limiter.process(block * gain) for block in blocks), limiter.flush()]


@pytest.mark.parametrize("target", [-16.0, -14.0, -23.0])
def test_one_gain_and_one_correction_reach_the_target(mixing: MixingBackend, target: float) -> None:
    blocks = mix(mixing)
    gain = target - loudness(mixing, blocks)
    gain += target - loudness(mixing, limited(mixing, blocks, gain))
    master = np.concatenate(limited(mixing, blocks, gain))
    assert master.shape[0] == 2 * voice().shape[0]
    state = pyebur128.R128State(2, RATE, 53)
    state.add_frames(master.reshape(-1), master.shape[0])
    assert pyebur128.get_loudness_global(state) == pytest.approx(target, abs=0.2)
    assert 20 * np.log10(max(pyebur128.get_true_peak(state, c) for c in range(2))) <= -1 + 0.05


async def test_both_backends_make_the_same_mix_and_nearly_the_same_measurements(tmp_path) -> None:
    offered = {backend.name: backend for backend in mixdown_mixing.mixing_backends()}
    if "numba" not in offered:
        pytest.skip("the extra `fast` is not installed")
    assert offered["numba"].preference > offered["numpy"].preference
    made = []
    for backend in offered.values():
        async with backend.open(backend.settings(), alone(tmp_path)) as mixing:
            blocks = mix(mixing)
            made.append((np.concatenate(limited(mixing, blocks, 9.0)), loudness(mixing, blocks)))
    assert np.array_equal(made[0][0], made[1][0])
    assert made[0][1] == pytest.approx(made[1][1], abs=1e-6)
