"""Local neural voices on ONNX Runtime: a backend per family of models, each model in a process of its own.

The kernel is imported inside the hooks: a model's process imports this package too, and the kernel would double its start.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from mixdown_kernel import Backend, Phonemizer, SynthesisBackend
    from mixdown_tts_onnx.family import Family

MIXDOWN_API_VERSION = 1

hookimpl = pluggy.HookimplMarker("mixdown")


def backend(family: Family) -> SynthesisBackend:
    """A family as the kernel knows backends."""
    from mixdown_kernel import SynthesisBackend
    from mixdown_tts_onnx.speech import OnnxSynthesizer

    return SynthesisBackend(
        name=family.name,
        aliases=family.aliases,
        open=partial(OnnxSynthesizer.open, family),
        settings=family.settings,
        preference=family.preference,
        uses=family.uses,
        deterministic=family.deterministic,
        seeded=family.seeded,
        description=family.title,
        streaming=family.streaming,
        speed_range=family.speed_range,
        pitch_range=family.pitch_range,
        honours=family.honours,
    )


@hookimpl
def synthesis_backends() -> Iterable[SynthesisBackend]:
    from mixdown_tts_onnx.families import families

    return [backend(family) for family in families()]


@hookimpl
def phonemes_backends() -> Iterable[Backend[Phonemizer]]:
    """English is asked here first; whoever knows another language is asked for that."""
    from mixdown_kernel import Backend
    from mixdown_tts_onnx.english.phonemizer import EnglishPhonemizer

    return [
        Backend(
            name="english",
            open=EnglishPhonemizer.open,
            preference=10,
            description="American English as IPA: a table, stems, a small network, homographs by context",
        )
    ]


@hookimpl(optionalhook=True)
def commands() -> Iterable[click.Command]:
    """``mixdown models …``"""
    # Not a module called commands: importing it would put itself in the place of this function.
    from mixdown_tts_onnx.command_line import models

    return [models]
