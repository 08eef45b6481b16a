"""The transformers' graphs against the public reference in PyTorch, at the true shape, on the same random weights.

Not part of any suite: it needs PyTorch, and the reference, which is fetched beside the project and never committed:

    git clone https://github.com/fishaudio/fish-speech FISH && git -C FISH checkout d3df505
    python -m venv TORCH && TORCH/bin/pip install torch einops loguru onnx onnxruntime tiktoken ./kernel ./plugins/tts_onnx
    TORCH/bin/python -m benchmarks.s1_mini_reference FISH WORK [--frames 20] [--threads 1]

WORK takes a checkpoint (3.3 GB) and graphs in float32 (2.7 GB). Fails unless logits agree to 1e-4 and every code is the
same, under the same noise. Prints what a frame costs the reference: CPU milliseconds, medians.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from benchmarks.s1_mini_checkpoint import CONFIG, write_checkpoint
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.s1_mini.checkpoint import TransformerWeights, expected_tensors, open_weights
from mixdown_tts_onnx.s1_mini.convert.frame import build_frame
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData
from mixdown_tts_onnx.s1_mini.convert.profiles import PROFILES
from mixdown_tts_onnx.s1_mini.convert.slow import build_slow
from mixdown_tts_onnx.s1_mini.generation import Batch, Sentence
from mixdown_tts_onnx.s1_mini.prompt import Reference, text_tokens, voice_tokens
from mixdown_tts_onnx.s1_mini.sampling import History, Noise, Sampling
from mixdown_tts_onnx.s1_mini.shape import read_shape
from mixdown_tts_onnx.s1_mini.tokenizer import Tokenizer
from mixdown_tts_onnx.s1_mini.transformers import Draw, FrameTransformer, SlowTransformer

TOLERANCE = 1e-4
SAMPLING = Sampling()
POSITIONS = 512
"""Of the reference's cache. It attends over all of them for every frame, and the 8192 that its configuration says would
make it ten times slower than it need be."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("fish", type=Path, help="fish-speech at d3df505")
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--frames", type=int, default=20, help="more than the window of 16")
    arguments.add_argument("--threads", type=int, default=1)
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    checkpoint = given.work / "checkpoint"
    write_checkpoint(checkpoint)
    prompt, tokenizer = _prompt(checkpoint)
    theirs = _reference(given.fish, checkpoint, prompt, tokenizer, given.frames)
    ours = _graphs(given.work / "float32", checkpoint, prompt, tokenizer, given.frames, given.threads)
    error = float(np.abs(theirs["logits"] - ours["logits"]).max())
    same = bool(np.array_equal(theirs["codes"], ours["codes"]))
    print(f"first logits: largest difference {error:.1e} of {np.abs(theirs['logits']).max():.1f}")
    print(f"codes: {'the same' if same else 'not the same'}, {theirs['codes'].size} of them")
    print(json.dumps({"torch_cpu_ms": theirs["cpu_ms"], "graphs_fp32_cpu_ms": ours["cpu_ms"]}))
    sys.exit(0 if same and error < TOLERANCE else "the graphs and the reference disagree")


def _prompt(checkpoint: Path) -> tuple[NDArray[np.int64], Tokenizer]:
    """A voice of a second and a text of forty tokens."""
    tokenizer = Tokenizer.read(checkpoint, CONFIG["codebook_size"])
    codes = np.random.default_rng(1).integers(0, 1024, (21, CONFIG["num_codebooks"]))
    voice = voice_tokens(tokenizer, [Reference("One second.", codes)], CONFIG["num_codebooks"])
    text = text_tokens(tokenizer, "The quiet lake was full of bright stars.", CONFIG["num_codebooks"])
    return np.concatenate([voice, text], axis=1), tokenizer


def _noise() -> Noise:
    return Noise(3, 0, CONFIG["codebook_size"] + 1, CONFIG["num_codebooks"] - 1, 1024)


# ---------------------------------------------------------------- theirs


def _reference(
    fish: Path, checkpoint: Path, prompt: NDArray[np.int64], tokenizer: Tokenizer, frames: int
) -> dict[str, Any]:
    inference = _load_inference(fish)
    model = _load_model(checkpoint, tokenizer)
    follow = [*range(tokenizer.vocabulary.semantic_begin, tokenizer.vocabulary.semantic_end + 1)]
    follow.append(tokenizer.vocabulary.end)
    seen: list[NDArray[np.float32]] = []
    times: dict[str, list[float]] = {"slow": [], "fast": []}
    _only_what_can_follow(model, follow, seen)
    _watch(model, "forward_generate", times["slow"])
    _watch(model, "forward_generate_fast", times["fast"])
    inference.multinomial_sample_one_no_sync = _shared_noise(follow)
    with torch.inference_mode():
        drawn = inference.generate(
            model=model,
            prompt=torch.from_numpy(prompt).int(),
            max_new_tokens=frames,
            audio_masks=None,
            audio_parts=None,
            temperature=SAMPLING.temperature,
            top_p=SAMPLING.top_p,
            repetition_penalty=SAMPLING.penalty,
        )
    codes = drawn[1:, prompt.shape[1] :].T.numpy().astype(np.int64)
    books = CONFIG["num_codebooks"]
    cpu = {"slow": median(times["slow"][1:]), "fast": books * median(times["fast"])}
    return {"logits": seen[0], "codes": codes, "cpu_ms": {part: round(ms, 1) for part, ms in cpu.items()}}


def _load_inference(fish: Path) -> Any:
    """The reference's own functions; what they import and generation never calls is stood in for."""
    for name, members in {
        "transformers": ("AutoTokenizer",),
        "fish_speech.models.text2semantic.lora": ("LoraConfig", "setup_lora"),
    }.items():
        module = sys.modules[name] = ModuleType(name)
        for member in members:
            setattr(module, member, type(member, (), {}))
    sys.path.insert(0, str(fish))
    from fish_speech.models.text2semantic import inference  # type: ignore[import-not-found]

    return inference


def _load_model(checkpoint: Path, tokenizer: Tokenizer) -> Any:
    from fish_speech.models.text2semantic.llama import (  # type: ignore[import-not-found]
        DualARModelArgs,
        DualARTransformer,
    )

    vocabulary = tokenizer.vocabulary
    known = SimpleNamespace(
        semantic_begin_id=vocabulary.semantic_begin,
        semantic_end_id=vocabulary.semantic_end,
        semantic_id_to_token_id={c: vocabulary.semantic_begin + c for c in range(CONFIG["codebook_size"])},
        get_token_id=lambda _token: vocabulary.end,
    )
    with torch.device("meta"):
        model = DualARTransformer(DualARModelArgs(**CONFIG | {"max_seq_len": POSITIONS}), known)
    shape = read_shape(checkpoint)
    weights = TransformerWeights(open_weights(checkpoint, "model"), shape)
    state = {name: torch.from_numpy(weights[name]) for name in expected_tensors(shape)}
    model.load_state_dict(state, assign=True)
    _fill_tables(model)
    return model.eval()


def _fill_tables(model: Any) -> None:
    """Buffers that no checkpoint holds, which the meta device left empty."""
    from fish_speech.models.text2semantic import llama

    config = model.config
    model.freqs_cis = llama.precompute_freqs_cis(config.max_seq_len, config.head_dim, config.rope_base)
    model.fast_freqs_cis = llama.precompute_freqs_cis(
        config.num_codebooks, config.fast_head_dim, config.rope_base
    )
    model.causal_mask = torch.tril(torch.ones(config.max_seq_len, config.max_seq_len, dtype=torch.bool))


def _only_what_can_follow(model: Any, follow: list[int], seen: list[NDArray[np.float32]]) -> None:
    """The graphs' head has no other tokens; here they get no chance."""
    barred = torch.ones(CONFIG["vocab_size"], dtype=torch.bool)
    barred[follow] = False

    def bar(_module: Any, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        seen.append(logits[0, -1, follow].numpy().copy())
        return logits.masked_fill(barred, -torch.inf)

    model.output.register_forward_hook(bar)


def _watch(model: Any, method: str, times: list[float]) -> None:
    plain = getattr(model, method)

    def timed(*arguments: Any, **named: Any) -> Any:
        began = process_time()
        made = plain(*arguments, **named)
        times.append(1000 * (process_time() - began))
        return made

    setattr(model, method, timed)


def _shared_noise(follow: list[int]) -> Any:
    def deviates() -> Iterator[torch.Tensor]:
        noise = _noise()
        while True:
            first, rest = noise.next()
            whole = torch.ones(CONFIG["vocab_size"])
            whole[follow] = torch.from_numpy(first)
            yield whole
            yield from map(torch.from_numpy, rest)

    coming = deviates()

    def draw(probabilities: torch.Tensor) -> torch.Tensor:
        return torch.argmax(probabilities / next(coming), dim=-1, keepdim=True).to(dtype=torch.int)

    return draw


# ---------------------------------------------------------------- ours


def _graphs(
    work: Path, checkpoint: Path, prompt: NDArray[np.int64], tokenizer: Tokenizer, frames: int, threads: int
) -> dict[str, Any]:
    shape, options = read_shape(checkpoint), Options(threads=threads)
    _write_graphs(work, checkpoint, tokenizer)
    slow = SlowTransformer(work / files.SLOW, options, 1, prompt.shape[1] + frames)
    frame = FrameTransformer(work / files.FRAME, options)
    logits = slow.prefill(0, prompt, 0).logits[0]
    times: dict[str, list[float]] = {"slow": [], "fast": []}
    _watch(slow, "step", times["slow"])
    _watch(frame, "draw", times["fast"])
    batch = Batch(slow, frame, tokenizer.vocabulary, 1)
    draw = Draw(SAMPLING, _noise(), History(shape.codebooks))
    batch.add(Sentence(0, batch.nothing(), prompt, draw, frames))
    codes = []
    while not batch.is_empty:
        codes += [drawn.codes for drawn in batch.step() if drawn.codes is not None]
    cpu = {part: round(median(each), 1) for part, each in times.items()}
    return {"logits": logits, "codes": np.stack(codes), "cpu_ms": cpu}


def _write_graphs(work: Path, checkpoint: Path, tokenizer: Tokenizer) -> None:
    if (work / files.FRAME).is_file():
        return
    work.mkdir(parents=True, exist_ok=True)
    shape, profile = read_shape(checkpoint), PROFILES["fp32"]
    weights = TransformerWeights(open_weights(checkpoint, "model"), shape)
    with ExternalData(work / files.weights_file(files.SLOW)) as data:
        onnx.save(build_slow(weights, shape, tokenizer.vocabulary, profile, data), work / files.SLOW)
    with ExternalData(work / files.weights_file(files.FRAME)) as data:
        onnx.save(build_frame(weights, shape, profile, data), work / files.FRAME)


if __name__ == "__main__":
    main()
