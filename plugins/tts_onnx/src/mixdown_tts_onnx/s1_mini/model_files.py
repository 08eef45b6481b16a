"""A converted model on disk: what its files are called, and what its manifest says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.shape import Shape, TransformerShape
from mixdown_tts_onnx.s1_mini.tokenizer import RANKS_FILE, SPECIAL_FILE

NAME = "openaudio-s1-mini"
MANIFEST = "mixdown.json"
FORMAT = 1
SLOW, FRAME = "slow.onnx", "frame.onnx"
DECODER, ENCODER = "codec_decoder.onnx", "codec_encoder.onnx"
GRAPHS = (SLOW, FRAME, DECODER)
"""What speaking takes. The codec's encoder is for cloning only, and may be absent."""
LICENCE = "CC-BY-NC-SA-4.0"
LANGUAGES = ("en", "zh", "ja", "de", "fr", "es", "ko", "ar", "ru", "nl", "it", "pl", "pt")
"""As the model card has them."""


def weights_file(graph: str) -> str:
    """The file with a graph's weights, beside it."""
    return f"{graph}.data"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What the engine has to know before it loads a graph."""

    shape: Shape
    profile: str
    cache: Literal["int8", "float32"]
    rate: int
    frame_length: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def read_manifest(directory: Path) -> dict[str, Any]:
    """`EngineError` ``missing_model_file`` or ``corrupt_model``."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
    except FileNotFoundError:
        raise EngineError(
            "missing_model_file",
            f"The S1-mini model has no {MANIFEST}.",
            hint="Run `mixdown models convert s1-mini CHECKPOINT OUT` again; the manifest is written last.",
        ) from None
    except (OSError, ValueError):
        raise corrupt("cannot be read") from None
    if not isinstance(manifest, dict) or manifest.get("family") != NAME or manifest.get("format") != FORMAT:
        raise corrupt("is not of an S1-mini model, or of another version")
    return manifest


def read_facts(directory: Path) -> ModelFacts:
    """The manifest's own part. `EngineError` as `read_manifest`, and where a file that it lists is not there."""
    manifest = read_manifest(directory)
    for name in (*GRAPHS, *map(weights_file, GRAPHS), RANKS_FILE, SPECIAL_FILE):
        if not (directory / name).is_file():
            raise EngineError(
                "missing_model_file",
                f"The file {name} of the S1-mini model is missing.",
                hint="Convert it again.",
            )
    try:
        own: Mapping[str, Any] = manifest["s1_mini"]
        shape = {**own["shape"]}
        slow, fast = (TransformerShape(**shape.pop(stack)) for stack in ("slow", "fast"))
        facts = {name: content for name, content in own.items() if name != "shape"}
        return ModelFacts(shape=Shape(slow=slow, fast=fast, **shape), **facts)
    except (KeyError, TypeError):
        raise corrupt("lacks what the engine has to know") from None


def corrupt(what: str) -> EngineError:
    return EngineError(
        "corrupt_model",
        f"The manifest {MANIFEST} {what}.",
        hint="Run `mixdown models verify`, and convert the model again.",
    )
