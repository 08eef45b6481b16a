"""The section of a family's backend, ``[plugins.kokoro]`` and so on. Families subclass it for what is their own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from mixdown_kernel import PluginSettings

Optimization = Literal["all", "extended", "basic", "off"]


class ModelSettings(PluginSettings):
    """Every member has a default that works once a model was pulled."""

    models: list[str] | None = None
    """Names of pulled models, in order: where two have a voice of one name, the first speaks. None is all there are."""
    directories: list[Path] = Field(default_factory=list)
    """Directories with models of one's own, before those. Nothing is downloaded for them."""
    models_dir: Path | None = None
    """Where pulled models lie; None is ``models`` in the data directory, or ``MIXDOWN_MODELS_DIR``."""
    detect_language: bool = True
    """Of texts for which nobody asked for one."""
    preload: bool = False
    """Load at the start and not on first use."""
    idle_seconds: float = Field(default=600.0, ge=0)
    """A model that nobody used for so long is unloaded; 0 never."""
    stall_seconds: float = Field(default=60.0, ge=1)
    """A model that gives no sound of an utterance for so long hangs: its process is ended."""
    threads: int | None = Field(default=None, ge=1, le=256)
    """Of one loaded model; None is the kernel's ``threads``."""
    inter_op_threads: int = Field(default=1, ge=1, le=64)
    """More than one runs branches of a graph side by side."""
    parallel: int = Field(default=1, ge=1, le=64)
    """Utterances that one loaded model speaks at the same time, where its family can."""
    providers: list[str] = Field(default_factory=lambda: ["CPUExecutionProvider"], min_length=1)
    """ONNX Runtime's execution providers, in order of preference."""
    optimization: Optimization = "all"
    """Of graphs, when they are loaded."""
    arena: bool = True
    """Keep memory between utterances: quicker, and what was once needed stays taken."""
