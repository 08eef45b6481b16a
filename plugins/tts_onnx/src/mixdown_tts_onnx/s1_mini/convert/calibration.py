"""How large the slow transformer's keys and values become, so that they fit eight bits.

The model itself is asked: it speaks a few sentences with a cache in float32, and the largest of each channel counts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini.generation import Batch, Sentence
from mixdown_tts_onnx.s1_mini.prompt import Codes, Tokens, frame_tokens, text_tokens, voice_tokens
from mixdown_tts_onnx.s1_mini.sampling import History, Noise, Sampling
from mixdown_tts_onnx.s1_mini.shape import Shape
from mixdown_tts_onnx.s1_mini.tokenizer import Tokenizer
from mixdown_tts_onnx.s1_mini.transformers import Draw, FrameTransformer, SlowTransformer

TEXTS = (
    "The quick brown fox jumps over the lazy dog, and nobody minds.",
    "(whispering) Wait here. What was that?",
    "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich!",
    "今天天气很好，我们一起去公园散步吧。",
)
FRAMES = 48
MARGIN = 1.25
"""What is louder than anything that was seen still fits, up to this."""
LEVELS = 127
_LEAST = 1e-6


def cache_scales(
    slow: Path, frame: Path, tokenizer: Tokenizer, shape: Shape, options: Options
) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Per layer, what one of 8-bit keys' and values' levels means in each channel, (kv_heads × head_width,)."""
    prompts = [_prompt(tokenizer, text, shape) for text in TEXTS]
    longest = max(prompt.shape[1] for prompt in prompts)
    frames = min(FRAMES, shape.positions - longest)
    transformer = SlowTransformer(slow, options, len(TEXTS), longest + frames)
    spoken = _speak(
        Batch(transformer, FrameTransformer(frame, options), tokenizer.vocabulary, len(TEXTS)),
        prompts,
        shape,
        frames,
    )
    cache = transformer.cache
    largest = np.zeros(cache.prefix_shape(1), np.float32)
    for prompt, codes in zip(prompts, spoken, strict=True):
        whole = np.concatenate([prompt, frame_tokens(codes, tokenizer.vocabulary.semantic_begin)], axis=1)
        transformer.prefill(0, whole, 0)
        seen = np.abs(cache.save(0, whole.shape[1])).max(axis=3, keepdims=True)
        largest = np.maximum(largest, seen)
    scales = np.maximum(largest, _LEAST) * np.float32(MARGIN / LEVELS)
    return [(layer[0].reshape(-1), layer[1].reshape(-1)) for layer in scales]


def _prompt(tokenizer: Tokenizer, text: str, shape: Shape) -> Tokens:
    voice = voice_tokens(tokenizer, [], shape.codebooks)
    return np.concatenate([voice, text_tokens(tokenizer, text, shape.codebooks)], axis=1)


def _speak(batch: Batch, prompts: list[Tokens], shape: Shape, frames: int) -> list[Codes]:
    """The codes of each prompt, (frames, codebooks)."""
    spoken: dict[int, list[Codes]] = {}
    for stream, prompt in enumerate(prompts):
        noise = Noise(0, stream, shape.codebook_size + 1, shape.codebooks - 1, shape.residual_codes)
        draw = Draw(Sampling(), noise, History(shape.codebooks))
        batch.add(Sentence(stream, batch.nothing(), prompt, draw, frames))
        spoken[stream] = []
    while not batch.is_empty:
        for drawn in batch.step():
            if drawn.codes is not None:
                spoken[drawn.sentence.key].append(drawn.codes)
    return [np.stack(codes) for codes in spoken.values()]
