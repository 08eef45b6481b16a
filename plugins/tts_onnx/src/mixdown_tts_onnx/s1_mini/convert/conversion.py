"""The whole conversion, step by step, into a directory that appears only when everything is there and has spoken."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import onnx

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.s1_mini.checkpoint import (
    CountedWeights,
    TransformerWeights,
    expected_tensors,
    open_weights,
)
from mixdown_tts_onnx.s1_mini.convert import codec
from mixdown_tts_onnx.s1_mini.convert.calibration import cache_scales
from mixdown_tts_onnx.s1_mini.convert.frame import build_frame
from mixdown_tts_onnx.s1_mini.convert.graph import ExternalData
from mixdown_tts_onnx.s1_mini.convert.profiles import PROFILES, Profile
from mixdown_tts_onnx.s1_mini.convert.selftest import self_test
from mixdown_tts_onnx.s1_mini.convert.slow import build_slow, with_int8_cache
from mixdown_tts_onnx.s1_mini.model_files import ModelFacts, weights_file
from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint, read_shape
from mixdown_tts_onnx.s1_mini.tokenizer import RANKS_FILE, SPECIAL_FILE, Tokenizer

Progress = Callable[[str, float], None]
"""Is told what is being done, and which share of the whole, 0 to 1, is done."""


def convert_s1_mini(
    checkpoint_dir: Path,
    out: Path,
    profile: str | Profile = "int4",
    progress: Progress = lambda _what, _share: None,
    *,
    threads: int = 1,
    encoder: bool = True,
) -> None:
    """Write the model of a checkpoint to ``out``, a directory that is not there yet or empty.

    Args:
        profile: of `PROFILES`, by name, or one of one's own.
        threads: of calibration and self-test.
        encoder: also the codec's encoder, which cloning takes.

    Raises:
        EngineError: ``bad_checkpoint`` for a wrong, partial or foreign one; ``unknown_profile``, ``out_exists``,
            ``self_test_failed``. Nothing is left at ``out``.
    """
    chosen = _profile(profile)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise EngineError(
            "out_exists",
            f"{out.name} is there already.",
            kind="conflict",
            hint="Name another directory, or remove it.",
        )
    work = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    work.mkdir(parents=True)
    try:
        _Conversion(checkpoint_dir, work, chosen, progress, Options(threads=threads)).run(encoder=encoder)
        if out.exists():
            out.rmdir()
        work.rename(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    progress("done", 1.0)


def _profile(profile: str | Profile) -> Profile:
    if isinstance(profile, Profile):
        return profile
    if profile not in PROFILES:
        raise EngineError(
            "unknown_profile",
            f"There is no profile {profile!r}.",
            kind="invalid",
            field="profile",
            allowed=[*PROFILES],
        )
    return PROFILES[profile]


class _Conversion:
    """One checkpoint on its way."""

    def __init__(
        self, checkpoint: Path, work: Path, profile: Profile, progress: Progress, options: Options
    ) -> None:
        self._checkpoint, self._work = checkpoint, work
        self._profile, self._progress, self._options = profile, progress, options
        progress("reading the checkpoint", 0.0)
        # Everything that may be wrong with it is looked at before the long work begins.
        self._shape = read_shape(checkpoint)
        self._weights = TransformerWeights(open_weights(checkpoint, "model"), self._shape)
        self._tokenizer = Tokenizer.read(checkpoint, self._shape.codebook_size)
        self._check_blocks()
        vocabulary = self._tokenizer.vocabulary
        if max(vocabulary.semantic_end, vocabulary.end) >= self._shape.vocabulary:
            raise bad_checkpoint(f"{SPECIAL_FILE} has more tokens than the model")
        self._codec_weights = codec.FoldedWeights(open_weights(checkpoint, "codec"))
        self._codec_shape = codec.CodecShape.of(self._codec_weights)
        rest = (self._shape.residual_codes,) * (self._shape.codebooks - 1)
        if self._codec_shape.codebooks != (self._shape.codebook_size, *rest):
            raise bad_checkpoint(
                f"its codec has codebooks of {list(self._codec_shape.codebooks)} entries, and its transformers "
                f"speak {[self._shape.codebook_size, *rest]}"
            )

    def _check_blocks(self) -> None:
        shape, block = self._shape, self._profile.block
        for stack in (shape.slow, shape.fast):
            for width in (stack.width, stack.heads * stack.head_width, stack.ffn_width):
                if width % block:
                    raise EngineError(
                        "bad_profile",
                        f"Blocks of {block} do not go into rows of {width}.",
                        kind="invalid",
                        field="block",
                        hint="Choose smaller blocks.",
                    )

    def run(self, *, encoder: bool) -> None:
        for name in (RANKS_FILE, SPECIAL_FILE):
            shutil.copyfile(self._checkpoint / name, self._work / name)
        vocabulary = self._tokenizer.vocabulary
        slow_weights = self._counted("slow transformer", 0.02, 0.55)
        slow = self._write(
            files.SLOW, lambda data: build_slow(slow_weights, self._shape, vocabulary, self._profile, data)
        )
        fast_weights = self._counted("fast transformer", 0.55, 0.6)
        self._write(files.FRAME, lambda data: build_frame(fast_weights, self._shape, self._profile, data))
        if self._profile.cache == 8:
            self._progress("calibration of the cache", 0.6)
            self._quantize_cache(slow)
        self._progress("codec", 0.7)
        arithmetic = codec.PROFILES[self._profile.codec]
        shape = self._codec_shape
        self._write(
            files.DECODER, lambda data: codec.build_decoder(self._codec_weights, shape, arithmetic, data)
        )
        if encoder:
            self._progress("codec encoder", 0.8)
            self._write(
                files.ENCODER, lambda data: codec.build_encoder(self._codec_weights, shape, arithmetic, data)
            )
        self._progress("manifest", 0.9)
        self._describe()
        self._progress("self-test", 0.95)
        with TemporaryDirectory() as cache:
            self_test(self._work, replace(self._options, cache_dir=Path(cache)))

    def _counted(self, what: str, begin: float, end: float) -> CountedWeights:
        prefix = "fast_" if what.startswith("fast") else ""
        names = [name for name in expected_tensors(self._shape) if name.startswith("fast_") == bool(prefix)]
        return CountedWeights(
            self._weights, len(names), lambda done: self._progress(what, begin + (end - begin) * done)
        )

    def _write(self, name: str, build: Callable[[ExternalData], onnx.ModelProto]) -> onnx.ModelProto:
        with ExternalData(self._work / weights_file(name)) as data:
            model = build(data)
        onnx.save(model, self._work / name)
        return model

    def _quantize_cache(self, slow: onnx.ModelProto) -> None:
        path = self._work / files.SLOW
        scales = cache_scales(path, self._work / files.FRAME, self._tokenizer, self._shape, self._options)
        onnx.save(with_int8_cache(slow, scales), path)

    def _describe(self) -> None:
        """The manifest, in the form that ``models verify`` reads."""
        cache: Literal["int8", "float32"] = "int8" if self._profile.cache == 8 else "float32"
        facts = ModelFacts(
            self._shape,
            self._profile.name,
            cache,
            self._codec_shape.sample_rate,
            self._codec_shape.frame_length,
        )
        manifest: Mapping[str, Any] = {
            "format": files.FORMAT,
            "name": files.NAME,
            "family": files.NAME,
            "title": f"OpenAudio S1-mini, converted ({self._profile.name})",
            "licence": files.LICENCE,
            "languages": files.LANGUAGES,
            "repository": "fishaudio/openaudio-s1-mini",
            "profile": asdict(self._profile),
            "files": {path.name: _record(path) for path in sorted(self._work.iterdir())},
            "s1_mini": facts.as_json(),
        }
        (self._work / files.MANIFEST).write_text(json.dumps(manifest, indent=1))


def _record(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}
