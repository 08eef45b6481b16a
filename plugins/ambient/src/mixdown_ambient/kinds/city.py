"""City: the rumble of all streets, the wash of tyres, cars that pass (nearer ones brighter and lower as they leave),
steps on the pavement near by, and where it is busy a horn far off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_ambient.circle import RATE, STEP, Circle, Sound, bell, sides
from mixdown_ambient.kind import Kind, Scene, Space

_SOUND_SPEED = 343.0


def _make(circle: Circle, scene: Scene) -> Sound:
    busy, near = scene.intensity, (1 - scene.distance) ** 1.2
    loop = (0.5 + 0.15 * busy) * circle.noise(_rumble, shared=0.5) * circle.drift(0.15, 1.5)
    loop += (0.08 + 0.12 * busy) * circle.noise(_wash, shared=0.3) * circle.drift(0.2, 2.0)
    loop += 0.012 * circle.noise(lambda f: f / (f + 800) / (1 + (f / 4_000) ** 2), shared=0.1)
    _traffic(circle, loop, circle.count(0.05 + 0.28 * busy), near)
    loop += near * _walkers(circle, circle.count(0.03 + 0.10 * busy))
    for _ in range(circle.rare(4.0 * max(0.0, busy - 0.35))):
        _honk(circle, loop)
    return loop.astype(np.float32)


def _rumble(hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(hertz / (hertz + 25) / (1 + (hertz / 120) ** 1.3), np.float32)


def _wash(hertz: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(hertz / (hertz + 300) / (1 + (hertz / 1_300) ** 2), np.float32)


def _traffic(circle: Circle, loop: Sound, cars: int, near: float) -> None:
    if not cars:
        return
    unit = np.float32(1 / np.sqrt(circle.share))
    (road,) = unit * circle.noise(lambda f: f / (f + 120) / (1 + (f / 900) ** 1.6), channels=1)
    (tyres,) = unit * circle.noise(bell(1_900, 1.1), channels=1)
    for _ in range(cars):
        car = _pass_by(circle.rng, road, tyres) * np.float32(
            (0.25 + 0.75 * near) * circle.rng.uniform(0.5, 1.8)
        )
        circle.add(loop, car, int(circle.rng.integers(0, circle.frames)))


def _pass_by(rng: np.random.Generator, road: Sound, tyres: Sound) -> Sound:
    """A car on a straight road, shape (2, frames): level by 1 / distance², the tyres' hiss by more, the engine
    by the Doppler effect higher before and lower after."""
    frames = int(rng.uniform(4.0, 8.0) * RATE)
    speed, aside = rng.uniform(8, 16), rng.uniform(5, 12)
    t = np.arange(0, frames + STEP, STEP) / RATE - frames / RATE / 2
    along = speed * t * rng.choice([-1, 1])
    away = np.hypot(along, aside) / aside
    ends = np.sin(np.pi * np.linspace(0, 1, len(t))) ** 0.5
    approach = speed * speed * t / np.hypot(speed * t, aside)
    turning = rng.uniform(42, 75) * _SOUND_SPEED / (_SOUND_SPEED + approach)
    start = int(rng.integers(0, len(road) - frames))
    cut = slice(start, start + frames)
    sound = road[cut] * _glide(ends / away**2, frames) + 0.5 * tyres[cut] * _glide(ends / away**3, frames)
    sound += 0.22 * _engine(_glide(turning, frames)) * _glide(ends / away**1.5, frames)
    pans = sides(np.clip(along / np.hypot(along, aside), -0.95, 0.95))
    return np.stack([sound * _glide(pan, frames) for pan in pans])


def _glide(points: NDArray[np.float64], frames: int) -> Sound:
    """From point to point, 10 ms apart."""
    start = points[:-1, None].astype(np.float32)
    ramp = np.arange(STEP, dtype=np.float32) / STEP
    return np.asarray(
        (start + np.diff(points)[:, None].astype(np.float32) * ramp).ravel()[:frames], np.float32
    )


def _engine(hertz: Sound) -> Sound:
    """Firing strokes: a few falling harmonics."""
    turns = np.cumsum(hertz, dtype=np.float64) / RATE
    first = np.exp(2j * np.pi * (turns % 1.0).astype(np.float32)).astype(np.complex64)
    strokes = first * (1 + first * (0.6 + first * (0.45 + first * (0.3 + first * 0.2))))
    return np.asarray(strokes.imag, np.float32)


def _walkers(circle: Circle, walkers: int) -> Sound:
    """Somebody walks by: heels at an even pace, from one side to the other."""
    rng = circle.rng
    bank = [_step(rng) for _ in range(12)]
    which, where, strength, pan = [], [], [], []
    for _ in range(walkers):
        steps = int(rng.integers(6, 16))
        pace = rng.uniform(0.48, 0.62) + rng.normal(0, 0.012, steps)
        across = np.linspace(-1, 1, steps) * rng.choice([-1, 1])
        where.append(rng.integers(0, circle.frames) + (np.cumsum(pace) * RATE).astype(np.int64))
        which.append(rng.choice(rng.integers(0, len(bank), 2), steps))
        strength.append(rng.uniform(0.6, 1.8) * rng.uniform(0.7, 1, steps) * (1.1 - across**2))
        pan.append(0.8 * across)
    if not where:
        return circle.silence()
    return circle.scatter(
        bank,
        np.concatenate(which),
        np.concatenate(where) % circle.frames,
        np.concatenate(strength),
        np.concatenate(pan),
    )


def _step(rng: np.random.Generator) -> Sound:
    t = np.arange(int(0.12 * RATE)) / RATE
    heel = np.convolve(rng.standard_normal(len(t)), np.full(8, 0.3), "same") * np.exp(-t / 0.004)
    tap = np.sin(2 * np.pi * rng.uniform(700, 1_800) * t) * np.exp(-t / rng.uniform(0.004, 0.012))
    ground = np.sin(2 * np.pi * rng.uniform(90, 160) * t) * np.exp(-t / 0.02)
    sole = rng.standard_normal(len(t)) * np.exp(-(((t - 0.06) / 0.015) ** 2))
    sound = (0.5 * heel + 0.6 * tap + 0.5 * ground + 0.04 * sole) * np.minimum(1, t / 0.0008)
    return np.asarray(sound * np.minimum(1, t[::-1] / 0.005), np.float32)


def _honk(circle: Circle, loop: Sound) -> None:
    """Two notes a major third apart, once or twice, streets away."""
    rng = circle.rng
    hertz = rng.uniform(320, 440)
    loudness, pan = rng.uniform(0.04, 0.1), sides(rng.uniform(-0.8, 0.8))
    start = int(rng.integers(0, circle.frames))
    for _ in range(int(rng.integers(1, 3))):
        frames = int(rng.uniform(0.2, 0.8) * RATE)
        t = np.arange(frames) / RATE
        notes = [
            np.sin(2 * np.pi * hertz * third * k * t) / k**1.1 for k in range(1, 8) for third in (1, 1.26)
        ]
        ends = np.minimum(1, t / 0.025) * np.minimum(1, t[::-1] / 0.06)
        honk = np.sum(notes, axis=0) * ends * loudness
        circle.add(loop, (pan[:, None] * honk).astype(np.float32), start)
        start = (start + frames + int(rng.uniform(0.08, 0.3) * RATE)) % circle.frames


CITY = Kind(name="city", make=_make, distance=0.3, space=Space(1.4, 0.12))
