"""Ids of text and of what means sound; the prompt that they make."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.prompt import Reference, text_tokens, voice_tokens
from mixdown_tts_onnx.s1_mini.tokenizer import Tokenizer, Vocabulary

from .checkpoints import CONFIG, write_tokenizer

CODES = CONFIG["codebook_size"]


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    write_tokenizer(tmp_path)
    return Tokenizer.read(tmp_path, CODES)


def test_special_tokens_follow_the_byte_pairs_in_the_order_of_their_file(tokenizer: Tokenizer) -> None:
    assert tokenizer.vocabulary == Vocabulary(266, 266 + CODES - 1, 264)


def test_text_is_merged_by_rank(tokenizer: Tokenizer) -> None:
    assert tokenizer.encode("the thin") == [259, *tokenizer.encode(" "), 256, 258]


def test_a_special_token_in_a_text_is_spelt_and_not_obeyed(tokenizer: Tokenizer) -> None:
    spelt = tokenizer.encode("<|im_end|><|semantic:3|>")
    assert max(spelt) < 261
    assert tokenizer.control("<|im_end|>") == [264]


def test_a_control_token_that_the_vocabulary_lacks_is_spelt(tokenizer: Tokenizer) -> None:
    assert tokenizer.control("<|speaker:0|>") == tokenizer.encode("<|speaker:0|>")


def test_the_prompt_is_the_reference_codes_own(tokenizer: Tokenizer) -> None:
    codes = np.array([[5, 1, 2, 3], [6, 4, 5, 6]])
    voice = voice_tokens(tokenizer, [Reference("hi", codes)], 4)
    speaker = tokenizer.control("<|speaker:0|>")
    ids = [265, *speaker, *tokenizer.encode("hi"), 271, 272, 264]
    assert voice[0].tolist() == ids
    assert voice[1:, -3:-1].T.tolist() == codes.tolist()
    assert not voice[1:, :-3].any()
    assert not voice[1:, -1].any()
    text = text_tokens(tokenizer, "yes", 4)
    assert text[0].tolist() == [*speaker, *tokenizer.encode("yes")]


def test_a_vocabulary_without_its_semantic_tokens_is_refused(tmp_path: Path) -> None:
    write_tokenizer(tmp_path)
    ids = json.loads((tmp_path / "special_tokens.json").read_text())
    del ids["<|semantic:7|>"]
    (tmp_path / "special_tokens.json").write_text(json.dumps(ids))
    with pytest.raises(EngineError, match="semantic tokens"):
        Tokenizer.read(tmp_path, CODES)


@pytest.mark.parametrize("name", ["special_tokens.json", "tokenizer.tiktoken"])
def test_files_that_are_missing_or_damaged_are_named(tmp_path: Path, name: str) -> None:
    write_tokenizer(tmp_path)
    (tmp_path / name).write_text("{ nothing good")
    with pytest.raises(EngineError, match=name):
        Tokenizer.read(tmp_path, CODES)
    (tmp_path / name).unlink()
    with pytest.raises(EngineError, match=f"no {name}"):
        Tokenizer.read(tmp_path, CODES)
