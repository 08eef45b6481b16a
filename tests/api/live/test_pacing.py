"""Deadlines and allowances, apart from any clock on a wall."""

from __future__ import annotations

import pytest

from mixdown_api.live import pacing
from mixdown_api.live.pacing import Allowance, Clock

BLOCK = 0.02


class Time:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    fake = Time()
    monkeypatch.setattr(pacing, "time", fake)
    return fake


def test_blocks_are_due_on_one_line_however_late_each_was(time: Time) -> None:
    clock = Clock(BLOCK)
    for number in range(500):
        time.now = 1000 + number * BLOCK + (number % 7) * 0.001
        assert clock.left() <= 1e-9
        clock.sent(0.0)
    assert clock.left() == pytest.approx(1000 + 500 * BLOCK - time.now)
    assert clock.late == 0


def test_lost_time_is_caught_up_four_times_as_fast(time: Time) -> None:
    clock = Clock(BLOCK)
    clock.left()
    clock.sent(0.0)
    time.now += 1.0
    assert clock.left() < 0
    clock.sent(0.0)
    assert clock.late == 1
    assert clock.left() == pytest.approx(BLOCK / 4)


def test_time_that_a_reader_took_is_not_caught_up(time: Time) -> None:
    clock = Clock(BLOCK)
    clock.left()
    time.now += 3.0
    assert clock.sent(3.0) == 3.0
    assert clock.left() == pytest.approx(BLOCK)
    assert clock.late == 0


def test_a_busy_machine_is_no_slow_reader(time: Time) -> None:
    clock = Clock(BLOCK)
    clock.left()
    time.now += 0.1
    assert clock.sent(0.1) == 0.0
    assert clock.late == 1


def test_after_a_rest_time_begins_anew(time: Time) -> None:
    clock = Clock(BLOCK)
    clock.left()
    clock.sent(0.0)
    clock.stop()
    time.now += 100
    assert clock.left() == 0
    clock.sent(0.0)
    assert clock.late == 0


def test_an_allowance_fills_again(time: Time) -> None:
    allowance = Allowance(per_second=10, at_once=3)
    assert [allowance.take() for _ in range(5)] == [True, True, True, False, False]
    assert allowance.refused == 2
    time.now += 0.2
    assert [allowance.take() for _ in range(3)] == [True, True, False]
