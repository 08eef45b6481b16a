"""Equal signature, same artefact; never otherwise (law 4).

Three levels: a *source* (one utterance, one piece, one bed), a *mix* (its sources, timeline, master, mixing
version), a *file* (mix and encoding). Each is the SHA-256 of canonical JSON.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from mixdown_kernel.contracts import Encoding, Fingerprinted, SourceSpec
from mixdown_kernel.lifecycle import RunningBackend
from mixdown_kernel.scene import Layer, Scene

SOURCE_FORMAT = 1
MIX_FORMAT = 1
"""Raised whenever the road itself begins to sound different."""
_PLACEMENT = (set(Layer.model_fields) | {"loop"}) - {"backend"}


def digest(value: Any) -> str:
    """SHA-256 of ``value`` as JSON with sorted keys; ValueError for NaN."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def backend_identity(running: RunningBackend) -> list[str]:
    """Who renders: plugin with version or source hash, backend, whatever the backend adds of its own, and whom it asks."""
    own = running.instance.fingerprint() if isinstance(running.instance, Fingerprinted) else ""
    asked = (part for other in running.used for part in backend_identity(other))
    return [running.offer.plugin.identity, running.name, own, *asked]


def source_signature(spec: SourceSpec, running: RunningBackend) -> str:
    return digest([SOURCE_FORMAT, spec.role, backend_identity(running), spec.request.model_dump(mode="json")])


def mix_signature(contents: list[Any], scene: Scene, mixing: list[str]) -> str:
    """``contents`` are, per layer, the signatures and pauses it consists of; ``mixing`` is who mixes (nobody
    in a kernel without a mixing backend)."""
    timeline = [layer.model_dump(mode="json", include=_PLACEMENT) for layer in scene.layers]
    frame = scene.model_dump(mode="json", exclude={"layers", "seed", "reuse"})
    return digest([MIX_FORMAT, contents, timeline, frame, mixing])


def file_signature(mix: str, encoding: Encoding, encoder: list[str]) -> str:
    return digest([mix, encoding.model_dump(mode="json"), encoder])
