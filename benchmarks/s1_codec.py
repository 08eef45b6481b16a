"""The S1-mini codec's decoder at the true shape on random weights: what each step away from float32 gives, and costs.

Run: ``python -m benchmarks.s1_codec``. CPU milliseconds of one thread per frame (46.4 ms of audio), the best of several
runs of eight frames; beside them the wall clock of two threads. The signal-to-noise ratio is that of random weights as
large as PyTorch initialises them: it orders the profiles, and says nothing of how the public weights sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.s1_codec_weights import TRUE_SHAPE, RandomWeights
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.s1_mini.codec import Decoder
from mixdown_tts_onnx.s1_mini.convert.codec import PROFILES, FoldedWeights, Profile, build_decoder
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData

STEPS: Mapping[str, Profile] = {
    "fp32": PROFILES["fp32"],
    "+ sin² by polynomial": Profile(sine="polynomial"),
    "+ Winograd F(4,7)": Profile(convolution="winograd", sine="polynomial", tile=4),
    "winograd: F(8,7)": PROFILES["winograd"],
    "+ blockwise linear": Profile("blockwise", "winograd", sine="polynomial"),
    "winograd-int8: + half on disk": PROFILES["winograd-int8"],
    "+ int8 projections": Profile("blockwise", "winograd", "int8", "polynomial", half=True),
    "int8 in all": Profile("blockwise", "int8", "int8", "polynomial"),
    "int8: + sin² of two terms": PROFILES["int8"],
}
PIECE = 8
RUNS = 8


def main() -> None:
    folded = FoldedWeights(RandomWeights(TRUE_SHAPE))
    weights = FoldedWeights({name: folded[name] for name, _ in TRUE_SHAPE.decoder_tensors()})
    codes = np.random.default_rng(0).integers(0, 1024, (3 * PIECE, 10))
    reference: NDArray[np.float32] | None = None
    fastest = 0.0
    print(f"{'decoder':30}{'MB':>6}{'ms a frame':>12}{'ratio':>7}{'2 threads':>11}{'SNR dB':>8}")
    for name, profile in STEPS.items():
        with TemporaryDirectory() as directory:
            path = written(Path(directory), weights, profile)
            size = sum(file.stat().st_size for file in path.parent.iterdir())
            decoder = Decoder(path, Options(threads=1))
            audio = decoder.decode(codes)
            milliseconds = per_frame(decoder, codes, process_time)
            wall = per_frame(Decoder(path, Options(threads=2)), codes, perf_counter)
        reference = audio if reference is None else reference
        fastest = fastest or milliseconds
        print(
            f"{name:30}{size / 1e6:6.0f}{milliseconds:12.1f}{fastest / milliseconds:6.2f}x{wall:11.1f}"
            f"{snr(audio, reference):8.0f}",
            flush=True,
        )


def written(directory: Path, weights: FoldedWeights, profile: Profile) -> Path:
    path = directory / "codec.onnx"
    with ExternalData(directory / "codec.data") as data:
        model = build_decoder(weights, TRUE_SHAPE, profile, data)
    path.write_bytes(model.SerializeToString())
    return path


def per_frame(decoder: Decoder, codes: NDArray[np.int64], clock: Callable[[], float]) -> float:
    """Milliseconds, the best of several pieces of one stream."""
    stream, times = decoder.stream(), []
    for _ in range(RUNS):
        begin = clock()
        stream.decode(codes[:PIECE])
        times.append(clock() - begin)
    return min(times) / PIECE * 1e3


def snr(audio: NDArray[np.float32], reference: NDArray[np.float32]) -> float:
    error = float(np.square(audio - reference).mean())
    return 10 * np.log10(float(np.square(reference).mean()) / error) if error else float("inf")


if __name__ == "__main__":
    main()
