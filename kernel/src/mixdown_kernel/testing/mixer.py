"""Mixing, part one: what `Mixer` owes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import Samples
from mixdown_kernel.contracts import Duck, MixBlock, Mixer, MixingBackend, Track
from mixdown_kernel.testing.base import BackendContract
from mixdown_kernel.testing.signals import (
    constant,
    cut,
    noise,
    rms_db,
    sine,
)

RATE = 48_000
GRID = RATE // 100


class MixerContract(BackendContract):
    """Passing, gain, pan, fades, ducking, blocks and parts of `MixingBackend.mixer`."""

    role: ClassVar[str] = "mixing"

    # ------------------------------------------------------------ passing, gain, pan

    @pytest.mark.parametrize("channels", [1, 2])
    def test_one_track_passes_bit_for_bit(self, opened: MixingBackend, channels: int) -> None:
        signal = noise(RATE, channels=channels)
        assert np.array_equal(mixed(opened, {Track("a"): signal}, channels=channels), signal)

    def test_nothing_gives_silence(self, opened: MixingBackend) -> None:
        mixer = opened.mixer(RATE, 2)
        mixer.add(Track("a"))
        mix = mixer.process({}, GRID).mix
        assert mix.dtype == np.float32
        assert mix.shape == (GRID, 2)
        assert not mix.any()

    def test_gain_is_applied_once(self, opened: MixingBackend) -> None:
        """Volume 80 over volume 20 is a factor of 4, to the bit."""
        signal = noise(RATE // 2, channels=2)
        loud = mixed(opened, {Track("a", gain=0.5): signal})
        soft = mixed(opened, {Track("a", gain=0.125): signal})
        assert np.array_equal(loud, soft * 4)
        assert np.array_equal(loud, signal * np.float32(0.5))

    def test_tracks_add_up(self, opened: MixingBackend) -> None:
        one, two = noise(RATE, channels=2, seed=1), noise(RATE, channels=2, seed=2)
        mix = mixed(opened, {Track("a"): one, Track("b", gain=0.5): two})
        assert np.allclose(mix, one + 0.5 * two, atol=1e-6)

    def test_a_mono_track_is_heard_alike_on_both_sides(self, opened: MixingBackend) -> None:
        mix = mixed(opened, {Track("a"): noise(RATE // 2)})
        assert mix.any()
        assert np.array_equal(mix[:, 0], mix[:, 1])

    @pytest.mark.parametrize("channels", [1, 2])
    def test_pan_moves_a_track_to_its_side(self, opened: MixingBackend, channels: int) -> None:
        signal = noise(RATE // 2, channels=channels)
        for pan, near, far in ((-1.0, 0, 1), (1.0, 1, 0)):
            mix = mixed(opened, {Track("a", pan=pan): signal})
            assert rms_db(mix[:, far : far + 1]) < -80
            assert rms_db(mix[:, near : near + 1]) > -30
        half = mixed(opened, {Track("a", pan=-0.5): signal})
        assert rms_db(half[:, :1]) > rms_db(half[:, 1:]) > -80

    # ------------------------------------------------------------ fades

    def test_a_fade_in_rises_from_the_track_s_start(self, opened: MixingBackend) -> None:
        start, fade = 10 * GRID, 20 * GRID
        signal = np.concatenate([constant(0, start), constant(0.5, RATE - start)])
        mix = mixed(opened, {Track("a", start=start, fade_in=fade): signal}, channels=1)[:, 0]
        assert not mix[:start].any()
        rise = mix[start : start + fade]
        assert rise[0] < 0.05
        assert (np.diff(rise) >= -1e-6).all()
        assert np.allclose(mix[start + fade + GRID :], 0.5, atol=1e-4)

    def test_a_fade_out_ends_at_the_last_frame(self, opened: MixingBackend) -> None:
        end, fade = 70 * GRID + 123, 20 * GRID
        signal = np.concatenate([constant(0.5, end), constant(0, RATE - end)])
        track = Track("a", fade_out=fade)
        mix = mixed(opened, {track: signal}, channels=1, ends={"a": end})[:, 0]
        assert np.allclose(mix[: end - fade - GRID], 0.5, atol=1e-4)
        fall = mix[end - fade : end]
        assert (np.diff(fall) <= 1e-6).all()
        assert abs(fall[-1]) < 0.05
        assert not mix[end:].any()

    def test_an_end_may_become_known_while_the_track_plays(self, opened: MixingBackend) -> None:
        end, fade = 80 * GRID, 20 * GRID
        signal = np.concatenate([constant(0.5, end), constant(0, RATE - end)])
        track = Track("a", fade_out=fade)
        known = mixed(opened, {track: signal}, channels=1, ends={"a": end})
        mixer = opened.mixer(RATE, 1)
        mixer.add(track)
        blocks = []
        for start in range(0, RATE, 10 * GRID):
            if start == 50 * GRID:
                mixer.end_at("a", end)
            blocks.append(mixer.process({"a": signal[start : start + 10 * GRID]}, 10 * GRID).mix)
        assert np.array_equal(np.concatenate(blocks), known)

    # ------------------------------------------------------------ ducking

    DUCK: ClassVar[Duck] = Duck(depth_db=-12, attack_ms=30, release_ms=300, threshold_db=-40)

    def _ducked(self, opened: MixingBackend, key_dbfs: float, *, depth_db: float = -12) -> Samples:
        """A constant bed of 4 s under a key that sounds from 1 s to 2 s; only the bed's share."""
        key = np.zeros((4 * RATE, 1), np.float32)
        key[RATE : 2 * RATE] = sine(300, RATE, RATE, dbfs=key_dbfs)
        bed = Track("bed", duck=Duck(depth_db, 30, 300, -40))
        return parts(opened, {Track("voice", is_key=True): key, bed: constant(0.25, 4 * RATE)})["bed"]

    @pytest.mark.parametrize("depth_db", [-6, -12, -24])
    def test_a_bed_steps_back_by_its_depth_and_returns(self, opened: MixingBackend, depth_db: float) -> None:
        bed = self._ducked(opened, -12, depth_db=depth_db)
        open_level = rms_db(bed[: RATE // 2])
        under = rms_db(bed[int(1.6 * RATE) : int(1.95 * RATE)])
        after = rms_db(bed[int(3.8 * RATE) :])
        assert abs(under - open_level - depth_db) < 1.5
        assert abs(after - open_level) < 1.0

    def test_a_key_below_the_threshold_pushes_nothing(self, opened: MixingBackend) -> None:
        bed = self._ducked(opened, -60)
        assert np.allclose(bed, bed[0], rtol=0.02)

    def test_the_key_itself_is_not_ducked(self, opened: MixingBackend) -> None:
        signal = noise(RATE)
        tracks = {Track("voice", is_key=True): signal, Track("bed", duck=self.DUCK): noise(RATE, seed=2)}
        assert np.array_equal(parts(opened, tracks)["voice"], signal)

    def test_a_bed_without_duck_stays(self, opened: MixingBackend) -> None:
        bed = noise(RATE, seed=2)
        tracks = {Track("voice", is_key=True): noise(RATE), Track("bed"): bed}
        assert np.array_equal(parts(opened, tracks)["bed"], bed)

    # ------------------------------------------------------------ changes while it runs

    def test_a_change_glides_to_the_new_gain_and_pan(self, opened: MixingBackend) -> None:
        begin, glide = 20 * GRID, 3 * GRID
        signal = noise(RATE // 2, channels=2)
        mix = changed(opened, signal, {begin: ("change", "a", 0.25, -1.0, glide)})
        assert np.array_equal(mix[:begin], signal[:begin])
        assert np.array_equal(mix[begin + glide :, 0], signal[begin + glide :, 0] * np.float32(0.25))
        assert not mix[begin + glide :, 1].any()
        heard = changed(
            opened, np.ones((RATE // 2, 2), np.float32), {begin: ("change", "a", 0.25, -1.0, glide)}
        )
        steps = np.diff(heard[begin - 1 : begin + glide + 1], axis=0)
        assert (steps <= 0).all()
        assert np.abs(steps).max() < 2 / glide

    def test_a_change_in_the_middle_of_another_goes_on_from_what_is_heard(
        self, opened: MixingBackend
    ) -> None:
        begin, glide = 20 * GRID, 4 * GRID
        calls = {begin: ("change", "a", 0.0, 0.0, glide), begin + 2 * GRID: ("change", "a", 1.0, 0.0, glide)}
        heard = changed(opened, np.ones((RATE // 2, 2), np.float32), calls)
        assert np.abs(np.diff(heard, axis=0)).max() < 2 / glide
        assert (heard[begin + 6 * GRID :] == 1).all()
        assert heard.min() > 0.3

    def test_a_key_is_heard_as_loud_as_it_has_become(self, opened: MixingBackend) -> None:
        """A voice turned down to nothing lets the bed come back."""
        key = {Track("voice", is_key=True): sine(300, 3 * RATE, RATE, dbfs=-12)}
        bed = Track("bed", duck=self.DUCK)
        tracks = {**key, bed: constant(0.25, 3 * RATE)}
        share = parts(opened, tracks, calls={RATE: ("change", "voice", 0.0, 0.0, GRID)})["bed"]
        assert abs(rms_db(share[RATE // 2 : RATE]) - rms_db(share[2 * RATE :]) - self.DUCK.depth_db) < 0.5

    def test_a_track_may_be_ended_over_a_fade_of_its_own(self, opened: MixingBackend) -> None:
        signal, begin = constant(0.5, RATE), 30 * GRID
        faded = changed(opened, signal, {begin: ("end_at", "a", begin + GRID, GRID)}, channels=1)
        known = mixed(opened, {Track("a", fade_out=GRID): signal}, channels=1, ends={"a": begin + GRID})
        assert np.array_equal(faded, known)

    def test_what_dies_away_is_ended_without_a_jump(self, opened: MixingBackend) -> None:
        signal, end = constant(0.5, RATE), 60 * GRID
        calls = {
            10 * GRID: ("end_at", "a", end, 40 * GRID),
            40 * GRID: ("end_at", "a", 41 * GRID, GRID),
        }
        heard = changed(opened, signal, calls, channels=1)[:, 0]
        assert (np.diff(heard) <= 1e-6).all()
        assert np.abs(np.diff(heard)).max() < 1 / GRID
        assert not heard[41 * GRID :].any()

    @pytest.mark.parametrize("late", [RATE // 3 // GRID * GRID, RATE, 3 * RATE // 2])
    def test_who_joins_late_gives_way_as_if_always_there(self, opened: MixingBackend, late: int) -> None:
        tracks = self._scene()
        music = next(track for track in tracks if track.id == "music")
        joined = replace(music, start=late)
        expected = mixed(
            opened, {joined if track == music else track: sound for track, sound in tracks.items()}
        )
        mixer = _mixer(opened, [track for track in tracks if track != music], 2, None)
        blocks = []
        for position in range(0, 2 * RATE + 137, GRID):
            if position == late:
                mixer.add(joined)
            inputs = {track.id: sound[position : position + GRID] for track, sound in tracks.items()}
            if position < late:
                del inputs["music"]
            blocks.append(mixer.process(inputs, len(inputs["voice"])).mix)
        assert np.array_equal(np.concatenate(blocks), expected)

    def test_a_removed_track_leaves_its_name(self, opened: MixingBackend) -> None:
        mixer = _mixer(opened, [Track("a", is_key=True, duck=self.DUCK)], 1, None)
        mixer.process({"a": noise(GRID)}, GRID)
        mixer.remove("a")
        assert not mixer.process({}, GRID).mix.any()
        again = noise(GRID, seed=2)
        mixer.add(Track("a", start=2 * GRID))
        assert np.array_equal(mixer.process({"a": again}, GRID).mix, again)
        mixer.remove("a")
        with pytest.raises(KeyError):
            mixer.remove("a")

    # ------------------------------------------------------------ blocks and parts

    def _scene(self) -> dict[Track, Samples]:
        frames = 2 * RATE + 137
        voice = np.zeros((frames, 1), np.float32)
        voice[RATE // 3 : RATE] = noise(RATE - RATE // 3)
        return {
            Track("voice", is_key=True, start=RATE // 3): voice,
            Track("bed", gain=0.4, pan=-0.3, fade_in=7_777, fade_out=9_999, duck=self.DUCK): noise(
                frames, channels=2, seed=2
            ),
            Track("music", gain=0.7, pan=0.5, fade_in=GRID, duck=Duck(-9, 5, 700)): noise(
                frames, channels=2, seed=3
            ),
        }

    @pytest.mark.parametrize("size", [GRID, 10 * GRID, 33 * GRID, 10_000 * GRID])
    def test_the_block_size_is_inaudible(self, opened: MixingBackend, size: int) -> None:
        """Any blocks whose lengths are multiples of 10 ms, the last excepted, give the same bits."""
        tracks, ends = self._scene(), {"bed": 2 * RATE}
        expected = mixed(opened, tracks, ends=ends, sizes=[GRID, 4 * GRID, 2 * GRID, 20 * GRID])
        assert np.array_equal(mixed(opened, tracks, ends=ends, sizes=[size]), expected)

    @pytest.mark.parametrize("size", [2, 5, 10, 20])
    def test_the_block_size_is_inaudible_while_things_change(self, opened: MixingBackend, size: int) -> None:
        tracks = self._scene()
        calls: dict[int, Call] = {
            20 * GRID: ("change", "bed", 0.9, 0.5, 7 * GRID),
            60 * GRID: ("change", "voice", 0.2, 0.0, GRID),
            80 * GRID: ("end_at", "voice", 81 * GRID, GRID),
            100 * GRID: ("end_at", "bed", 133 * GRID, 33 * GRID),
            120 * GRID: ("change", "music", 0.1, -0.5, 33 * GRID),
        }
        expected = mixed(opened, tracks, sizes=[GRID], calls=calls)
        assert np.array_equal(mixed(opened, tracks, sizes=[size * GRID], calls=calls), expected)

    def test_parts_sum_to_the_mix(self, opened: MixingBackend) -> None:
        tracks = self._scene()
        mix, shares = mixed(opened, tracks), parts(opened, tracks, channels=2)
        assert shares.keys() == {track.id for track in tracks}
        assert np.allclose(np.sum(list(shares.values()), axis=0), mix, atol=1e-5)

    def test_inputs_are_left_as_they_are(self, opened: MixingBackend) -> None:
        tracks = self._scene()
        before = {track.id: signal.copy() for track, signal in tracks.items()}
        mixed(opened, tracks)
        assert all(np.array_equal(signal, before[track.id]) for track, signal in tracks.items())


def _mixer(
    backend: MixingBackend, tracks: Iterable[Track], channels: int, ends: Mapping[str, int] | None
) -> Mixer:
    mixer = backend.mixer(RATE, channels)
    for track in tracks:
        mixer.add(track)
    for name, frame in (ends or {}).items():
        mixer.end_at(name, frame)
    return mixer


Call = tuple[Any, ...]
"""A method of the mixer and its arguments."""


def changed(
    backend: MixingBackend, signal: Samples, calls: Mapping[int, Call], *, channels: int = 2
) -> Samples:
    """One track, ``a``, with ``calls`` made before the blocks that begin at their frames."""
    return mixed(backend, {Track("a"): signal}, channels=channels, sizes=[GRID], calls=calls)


def mixed(
    backend: MixingBackend,
    tracks: Mapping[Track, Samples],
    *,
    channels: int = 2,
    ends: Mapping[str, int] | None = None,
    sizes: Sequence[int] = (10 * GRID,),
    calls: Mapping[int, Call] | None = None,
) -> Samples:
    """The mix of equally long signals, in blocks of ``sizes``."""
    mixer = _mixer(backend, tracks, channels, ends)
    return np.concatenate([block.mix for block in _blocks(mixer, tracks, sizes, calls or {}, parts=False)])


def parts(
    backend: MixingBackend,
    tracks: Mapping[Track, Samples],
    *,
    channels: int = 1,
    calls: Mapping[int, Call] | None = None,
) -> dict[str, Samples]:
    """Each track's share of the mix."""
    mixer = _mixer(backend, tracks, channels, None)
    got: dict[str, list[Any]] = {track.id: [] for track in tracks}
    for block in _blocks(mixer, tracks, [10 * GRID], calls or {}, parts=True):
        for name, share in block.parts.items():
            got[name].append(share)
    return {name: np.concatenate(shares) for name, shares in got.items()}


def _blocks(
    mixer: Mixer,
    tracks: Mapping[Track, Samples],
    sizes: Sequence[int],
    calls: Mapping[int, Call],
    *,
    parts: bool,
) -> Iterator[MixBlock]:
    names = [track.id for track in tracks]
    position = 0
    for block in zip(*(cut(signal, sizes) for signal in tracks.values()), strict=True):
        if position in calls:
            method, *arguments = calls[position]
            getattr(mixer, method)(*arguments)
        frames = block[0].shape[0]
        yield mixer.process(dict(zip(names, block, strict=True)), frames, parts=parts)
        position += frames
