"""The graphs against an oracle that was written apart from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.generation import Batch, Sentence
from mixdown_tts_onnx.s1_mini.sampling import Sampling
from mixdown_tts_onnx.s1_mini.transformers import State

from .conftest import Loaded
from .oracle import Oracle, draw, generate

Load = Callable[[str], Loaded]
TEXTS = ("one two three", "a", "the quick brown fox jumps over", "in the end")
FRAMES = (22, 20, 12, 8)


def following(oracle: Oracle, logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return logits[[*range(oracle.begin, oracle.end_semantic + 1), oracle.im_end]]


def speak(
    model: Loaded, which: list[int], together: bool, sampling: Sampling | None = None
) -> dict[int, NDArray]:
    """Codes of some of the texts; drawn together, they come in one after the other."""
    voice = model.voice()
    got: dict[int, list[NDArray]] = {index: [] for index in which}
    for group in [which] if together else [[index] for index in which]:
        batch = Batch(model.slow, model.frame, model.tokenizer.vocabulary, 4)
        prefix = batch.read(voice)
        coming = [
            Sentence(index, prefix, model.text(TEXTS[index]), model.draw(index, sampling), FRAMES[index])
            for index in group
        ]
        step = 0
        while coming or not batch.is_empty:
            if coming and step % 3 == 0:
                batch.add(coming.pop(0))
            for drawn in batch.step():
                if drawn.codes is not None:
                    got[drawn.sentence.key].append(drawn.codes)
            step += 1
    return {index: np.array(codes) for index, codes in got.items()}


def test_logits_and_hidden_states_are_the_oracles(load: Load, oracle: Oracle) -> None:
    model = load("fp32")
    tokens = np.concatenate([model.voice(), model.text("to be or not to be")], axis=1)
    state = model.slow.prefill(2, tokens, 0)
    logits, hidden = oracle.slow(tokens)
    assert np.abs(state.logits[0] - following(oracle, logits)).max() < 1e-4
    assert np.abs(state.hidden[0, 0] - hidden).max() < 1e-4


def test_a_prompt_read_in_parts_is_the_prompt_read_at_once(load: Load) -> None:
    model = load("fp32")
    tokens = np.concatenate([model.voice(), model.text("to be or not to be")], axis=1)
    whole = model.slow.prefill(0, tokens, 0)
    for at in range(0, tokens.shape[1], 7):
        parts = model.slow.prefill(1, tokens[:, at : at + 7], at)
    assert np.abs(parts.logits - whole.logits).max() < 1e-5


@pytest.mark.parametrize("first", [0, 700, 1535])
def test_every_code_of_a_frame_is_the_oracles_under_shared_noise(
    load: Load, oracle: Oracle, first: int
) -> None:
    model = load("fp32")
    rng = np.random.default_rng(first)
    hidden = rng.standard_normal((1, 1, model.shape.fast.width)).astype(np.float32)
    logits = np.full((1, 1537), -30, np.float32)
    logits[0, first] = 5
    drawing = model.draw(1, Sampling(temperature=1.3, top_p=0.95))
    _, codes = model.frame.draw(State(logits, hidden), [drawing])
    noise = model.noise(1).next()[1]
    expected = [first]
    for book in range(3):
        expected.append(
            draw(oracle.fast(hidden[0, 0].astype(np.float64), expected), noise[book], 1.3, 0.95, 1, None)
        )
    assert codes[0].tolist() == expected


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.3, 0.5, 1.8), Sampling(1.5, 1.0, 0.95)])
def test_whole_speeches_are_the_oracles(load: Load, oracle: Oracle, sampling: Sampling) -> None:
    """Across the window of the repetition penalty, and with the end where it is drawn."""
    model = load("fp32")
    spoken = speak(model, [0, 1], together=False, sampling=sampling)
    for index, codes in spoken.items():
        prompt = np.concatenate([model.voice(), model.text(TEXTS[index])], axis=1)
        noise = model.noise(index)
        settings = (sampling.temperature, sampling.top_p, sampling.penalty)
        expected = generate(oracle, prompt, FRAMES[index], noise.next, *settings)
        assert codes.tolist() == expected.tolist()


@pytest.mark.parametrize("profile", ["fp32", "int8", "int4", "mixed"])
def test_a_batch_draws_each_sentence_as_if_it_were_alone(load: Load, profile: str) -> None:
    model = load(profile)
    alone, together = speak(model, [0, 1, 2, 3], together=False), speak(model, [0, 1, 2, 3], together=True)
    for index, codes in alone.items():
        assert len(codes) > 1
        assert codes.tolist() == together[index].tolist()


@pytest.mark.parametrize("profile", ["fp32", "int8", "int4", "mixed"])
def test_a_row_beside_others_is_to_the_bit_the_row_by_itself(load: Load, profile: str) -> None:
    """Whether the kernels see to it or the filling up of the batch."""
    model = load(profile)
    tokens = np.random.default_rng(3).integers(0, 200, (4, 1 + model.shape.codebooks))
    whole = model.slow.step(tokens, np.ones(4, np.int32))
    for rows in (1, 2, 3):
        part = model.slow.step(tokens[:rows], np.ones(rows, np.int32))
        assert np.array_equal(part.logits, whole.logits[:rows])
        assert np.array_equal(part.hidden, whole.hidden[:rows])


def test_a_speech_ends_where_the_end_is_drawn_but_not_at_its_first_frame(load: Load) -> None:
    model = load("fp32")
    only_the_end = np.full((1, 1537), -50, np.float32)
    only_the_end[0, -1] = 50
    batch = Batch(model.slow, model.frame, model.tokenizer.vocabulary, 4)
    sentence = Sentence(0, batch.nothing(), model.text("hm"), model.draw(0), 10)
    batch.add(sentence)
    for drawn_by_now, expected in ((0, [False]), (1, [True])):
        assert sentence.draw.history.drawn == drawn_by_now
        assert sentence.state is not None
        sentence.state = State(only_the_end, sentence.state.hidden)
        assert [drawn.codes is None for drawn in batch.step()] == expected
    assert batch.is_empty


def test_the_eight_bit_cache_says_nearly_what_the_exact_one_says(load: Load) -> None:
    """At int8 in everything the logits stay close to those of float32."""
    exact, small = load("fp32"), load("int8")
    tokens = np.concatenate([exact.voice(), exact.text("to be or not to be")], axis=1)
    one, other = (model.slow.prefill(0, tokens, 0).logits for model in (exact, small))
    assert np.corrcoef(one[0], other[0])[0, 1] > 0.99
    assert small.slow.cache.bytes_per_position * 4 == exact.slow.cache.bytes_per_position


def test_a_prompt_beyond_the_memory_is_refused(load: Load) -> None:
    model = load("fp32")
    batch = Batch(model.slow, model.frame, model.tokenizer.vocabulary, 4)
    with pytest.raises(EngineError) as caught:
        batch.add(Sentence(0, batch.nothing(), model.text("x" * 400), model.draw(0), 10))
    assert caught.value.code == "too_long"
    assert batch.is_empty
