"""The receipt of a render: what was made from what, by whom, and how it measures."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mixdown_kernel.requests import Seed


class SourceReceipt(BaseModel):
    """One source that went into a mix."""

    model_config = ConfigDict(frozen=True)

    layer: str
    role: str
    backend: str
    plugin: str
    version: str
    signature: str
    seed: Seed | None = None
    """None where the backend does not use one."""
    cached: bool = False
    frames: int | None = None
    """At ``rate``, as rendered; None where a scene may hear only a part."""
    rate: int | None = None
    attempts: int = 1


class LoudnessReceipt(BaseModel):
    """Measured on the master, before encoding. None means silence (minus infinity)."""

    model_config = ConfigDict(frozen=True)

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    gain_db: float
    limited: bool = False


class Notice(BaseModel):
    """Something that was asked for and not done, or done differently."""

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    layer: str | None = None


class Receipt(BaseModel):
    """See law 4 of docs/architecture.md for the three signatures."""

    model_config = ConfigDict(frozen=True)

    kernel: str
    mix_signature: str
    file_signature: str | None = None
    content_sha256: str | None = None
    seed: Seed
    rate: int
    channels: int
    frames: int
    master: Literal["none", "live", "finished"]
    loudness: LoudnessReceipt | None = None
    sources: tuple[SourceReceipt, ...] = ()
    notices: tuple[Notice, ...] = ()
    stages_ms: dict[str, float] = Field(default_factory=dict)
    """Time spent per stage; stages overlap."""
