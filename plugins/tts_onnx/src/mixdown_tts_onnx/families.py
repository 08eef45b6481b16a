"""Which families there are: ours, and those of the entry-point group ``mixdown.tts_onnx.families``."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

from mixdown_tts_onnx.family import GROUP, Family

log = logging.getLogger("mixdown.plugins")

BUILT_IN = (
    "mixdown_tts_onnx.mixdown:FAMILY",
    "mixdown_tts_onnx.kokoro:FAMILY",
    "mixdown_tts_onnx.piper:FAMILY",
    "mixdown_tts_onnx.s1_mini:FAMILY",
)


def families() -> tuple[Family, ...]:
    """One that cannot be imported, or has the name of another, is logged and passed over."""
    found: dict[str, Family] = {}
    for source, load in _sources():
        try:
            family = load()
            if not isinstance(family, Family):
                raise TypeError(f"is no Family but {type(family).__name__}")
            if found.setdefault(family.name, family) is not family:
                raise ValueError(f"another family is called {family.name!r}")
        except Exception as error:
            log.warning("voice family %s: %s: %s", source, type(error).__name__, error)
    return tuple(found.values())


def _sources() -> Iterator[tuple[str, Callable[[], object]]]:
    for source in BUILT_IN:
        yield source, lambda source=source: _named(source)  # type: ignore[misc]
    for entry in entry_points(group=GROUP):
        yield entry.value, entry.load


def _named(source: str) -> object:
    module, _, name = source.partition(":")
    return getattr(importlib.import_module(module), name)
