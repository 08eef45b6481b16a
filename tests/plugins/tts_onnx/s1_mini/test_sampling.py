"""Chance and memory of a draw. That graphs draw by them as the reference does is `test_transformers`' matter."""

from __future__ import annotations

import numpy as np

from mixdown_tts_onnx.s1_mini.sampling import WINDOW, History, Noise


def frame(number: int) -> tuple[int, np.ndarray]:
    return number, np.array([number, 100 + number, 200 + number])


def test_the_first_frame_is_neither_penalised_nor_remembered() -> None:
    history = History(3)
    assert history.penalties(1.5).tolist() == [1, 1, 1]
    history.add(*frame(7))
    assert history.penalties(1.5).tolist() == [1, 1.5, 1.5]
    assert not history.penalised().any()
    history.add(*frame(8))
    assert history.penalties(1.5).tolist() == [1.5, 1.5, 1.5]
    assert history.first_penalised() == 8
    assert history.penalised().tolist() == [[108, *[0] * 15], [208, *[0] * 15]]


def test_the_window_moves_once_it_is_full() -> None:
    history = History(3)
    for number in range(WINDOW + 3):  # the first is not in it
        history.add(*frame(number))
    assert history.first_penalised() == 3
    assert history.penalised()[0].tolist() == [100 + number for number in range(3, WINDOW + 3)]


def test_chance_depends_on_seed_and_sentence_and_on_nothing_else() -> None:
    def first(seed: int, stream: int) -> list[float]:
        noise = Noise(seed, stream, 5, 2, 3)
        noise.next()
        return [*noise.next()[0], *noise.next()[1].ravel()]

    assert first(1, 0) == first(1, 0)
    assert len({tuple(first(seed, stream)) for seed in (0, 1, 2**32 - 1) for stream in (0, 1)}) == 6


def test_deviates_are_exponential() -> None:
    deviates = np.concatenate([Noise(seed, 0, 5000, 1, 5000).next()[0] for seed in range(20)])
    assert abs(deviates.mean() - 1) < 0.02
    assert abs(deviates.std() - 1) < 0.02
    assert deviates.min() > 0
