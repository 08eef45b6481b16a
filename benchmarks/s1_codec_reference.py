"""The codec's graphs against the public reference in PyTorch, at the true shape, on the same random weights.

Not part of any suite: it needs PyTorch, and the reference, which is fetched beside the project and never committed:

    git clone https://github.com/fishaudio/fish-speech FISH && git -C FISH checkout d3df505
    git clone https://github.com/descriptinc/descript-audio-codec DAC
    python -m venv TORCH && TORCH/bin/pip install torch einops onnx onnxruntime ./kernel ./plugins/tts_onnx
    TORCH/bin/python -m benchmarks.s1_codec_reference FISH DAC [--frames 160] [--threads 1]

Fails unless audio agrees to 1e-5 and every code is the same.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from types import ModuleType
from typing import Any

import numpy as np
import torch

from benchmarks.s1_codec_weights import TRUE_SHAPE, RandomWeights
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini.codec import Decoder, Encoder
from mixdown_tts_onnx.s1_mini.convert.codec import PROFILES, FoldedWeights, build_decoder, build_encoder
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData

TOLERANCE = 1e-5
A_SECOND = 22
"""Frames of the shortest recording that is encoded."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("fish", type=Path, help="fish-speech at d3df505")
    arguments.add_argument("dac", type=Path, help="descript-audio-codec")
    arguments.add_argument("--frames", type=int, default=160, help="more than the window of 128")
    arguments.add_argument("--threads", type=int, default=1)
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    reference = load_reference(given.fish, given.dac)
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 1024, (given.frames, 10))
    recording = generator.normal(0, 0.1, max(given.frames, A_SECOND) * 2048).astype(np.float32)
    agree = [
        compare_decoder(reference, codes, given.threads),
        compare_encoder(reference, recording, given.threads),
    ]
    sys.exit(0 if all(agree) else "the graphs and the reference disagree")


def compare_decoder(reference: Any, codes: Any, threads: int) -> bool:
    with torch.no_grad():
        begin = process_time()
        given = torch.from_numpy(codes.T[None].copy())
        expected = reference.decode(given, torch.tensor([len(codes)]))[0][0, 0].numpy()
        theirs = process_time() - begin
    with TemporaryDirectory() as directory:
        decoder = Decoder(written(Path(directory), build_decoder), Options(threads=threads))
        begin = process_time()
        audio = decoder.decode(codes)
        ours = process_time() - begin
    error = float(np.abs(audio - expected).max())
    print(f"decoder: largest difference {error:.1e} of audio with RMS {expected.std():.3f}")
    print(
        f"         {theirs / len(codes) * 1e3:.1f} ms a frame in PyTorch, {ours / len(codes) * 1e3:.1f} here"
    )
    return error < TOLERANCE


def compare_encoder(reference: Any, samples: Any, threads: int) -> bool:
    with torch.no_grad():
        begin = process_time()
        expected = reference.encode(torch.from_numpy(samples)[None, None])[0][0].T.numpy()
        theirs = process_time() - begin
    with TemporaryDirectory() as directory:
        encoder = Encoder(written(Path(directory), build_encoder), Options(threads=threads))
        begin = process_time()
        codes = encoder.encode(samples)
        ours = process_time() - begin
    same = float((codes == expected).mean())
    print(f"encoder: {same:.2%} of {codes.size} codes are the same")
    print(
        f"         {theirs / len(codes) * 1e3:.1f} ms a frame in PyTorch, {ours / len(codes) * 1e3:.1f} here"
    )
    return same == 1.0


def written(directory: Path, build: Any) -> Path:
    path = directory / "codec.onnx"
    with ExternalData(directory / "codec.data") as data:
        model = build(FoldedWeights(RandomWeights(TRUE_SHAPE)), TRUE_SHAPE, PROFILES["fp32"], data)
    path.write_bytes(model.SerializeToString())
    return path


def load_reference(fish: Path, dac: Path) -> Any:
    """The reference's model with the random weights, its tensors' names and shapes checked."""
    _stand_in_for_what_only_training_needs(dac)
    modded_dac = _load("modded_dac", fish / "fish_speech/models/dac/modded_dac.py")
    rvq = _load("rvq", fish / "fish_speech/models/dac/rvq.py")
    inner = partial(modded_dac.ModelArgs, head_dim=64, rope_base=10000, norm_eps=1e-5, n_local_heads=-1)
    around = [
        modded_dac.WindowLimitedTransformer(
            inner(block_size=4096, n_layer=8, n_head=16, dim=1024, intermediate_size=3072),
            input_dim=1024,
            window_size=128,
        )
        for _ in range(2)
    ]
    quantizer = rvq.DownsampleResidualVectorQuantize(
        input_dim=1024, semantic_codebook_size=4096, pre_module=around[0], post_module=around[1]
    )
    model = modded_dac.DAC(
        quantizer=quantizer,
        encoder_transformer_layers=[0, 0, 0, 4],
        decoder_transformer_layers=[4, 0, 0, 0],
        transformer_general_config=partial(inner, block_size=16384),
    )
    weights = RandomWeights(TRUE_SHAPE)
    state = {name: torch.from_numpy(weights[name]) for name in weights}
    missing, unexpected = model.load_state_dict(state, strict=False, assign=True)
    computed = ("causal_mask", "freqs_cis")
    lacking = [name for name in missing if not name.endswith(computed)]
    if lacking or unexpected:
        raise SystemExit(f"the reference has other tensors: {lacking[:5]} missing, {unexpected[:5]} unknown")
    return model.eval()


def _stand_in_for_what_only_training_needs(dac: Path) -> None:
    names = {
        "hydra": (),
        "librosa": (),
        "soundfile": (),
        "omegaconf": ("OmegaConf",),
        "audiotools": ("AudioSignal",),
        "audiotools.ml": ("BaseModel",),
        "dac.model.base": ("CodecMixin",),
    }
    for package in ("dac", "dac.model", "dac.nn"):
        sys.modules[package] = ModuleType(package)
    for name, members in names.items():
        module = sys.modules[name] = ModuleType(name)
        for member in members:
            setattr(module, member, type(member, (), {}))
    sys.modules["audiotools.ml"].BaseModel = torch.nn.Module  # type: ignore[attr-defined]
    sys.modules["dac.model.base"].CodecMixin.get_delay = lambda _self: 0
    for part in ("layers", "quantize"):
        _load(f"dac.nn.{part}", dac / f"dac/nn/{part}.py")


def _load(name: str, path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, path)
    if specification is None or specification.loader is None:
        raise SystemExit(f"there is no {path}")
    module = sys.modules[name] = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
