"""Every hook of Mixdown. A plugin is a module (or any object) with ``@hookimpl`` functions of these names.

Hooks *offer*; they do no work. pluggy calls them synchronously when a kernel is built, so a hook returns
descriptors in microseconds and leaves imports of engines to `Backend.open`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

from mixdown_kernel.backends import Backend, SynthesisBackend
from mixdown_kernel.contracts import (
    AmbientSource,
    ClipSource,
    Composer,
    DecodingBackend,
    EncodingBackend,
    ExecutionBackend,
    MixingBackend,
    Phonemizer,
    Separator,
    StorageBackend,
    TextFrontEnd,
)
from mixdown_kernel.roles import Role

if TYPE_CHECKING:
    from mixdown_kernel.receipts import Receipt

NAMESPACE = "mixdown"
GROUP = "mixdown.plugins"
API_VERSION = 1
"""The contract in this file. A plugin module may state ``MIXDOWN_API_VERSION``; another number is refused."""

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)


class HookSpecs:
    """Each ``…_backends`` hook is called once, when the kernel is built, and may return any iterable."""

    @hookspec
    def roles(self) -> Iterable[Role]:
        """Add roles of your own; called before any ``…_backends`` hook. Your role's hook is ``<name>_backends``."""
        raise NotImplementedError

    @hookspec
    def text_backends(self) -> Iterable[Backend[TextFrontEnd]]:
        """Offer front ends that turn text and SSML into utterances with offsets."""
        raise NotImplementedError

    @hookspec
    def phonemes_backends(self) -> Iterable[Backend[Phonemizer]]:
        """Offer pronunciation: text to IPA."""
        raise NotImplementedError

    @hookspec
    def synthesis_backends(self) -> Iterable[SynthesisBackend]:
        """Offer voices: one utterance to sound."""
        raise NotImplementedError

    @hookspec
    def music_backends(self) -> Iterable[Backend[Composer]]:
        """Offer music."""
        raise NotImplementedError

    @hookspec
    def ambient_backends(self) -> Iterable[Backend[AmbientSource]]:
        """Offer seamless beds."""
        raise NotImplementedError

    @hookspec
    def clip_backends(self) -> Iterable[Backend[ClipSource]]:
        """Offer players of decoded outside audio; the kernel has one of its own."""
        raise NotImplementedError

    @hookspec
    def separation_backends(self) -> Iterable[Backend[Separator]]:
        """Offer ways to take a mixture apart into stems."""
        raise NotImplementedError

    @hookspec
    def mixing_backends(self) -> Iterable[Backend[MixingBackend]]:
        """Offer signal processing: mix, loudness, limiter, resampling, stretch."""
        raise NotImplementedError

    @hookspec
    def encoding_backends(self) -> Iterable[Backend[EncodingBackend]]:
        """Offer encoders of file formats."""
        raise NotImplementedError

    @hookspec
    def decoding_backends(self) -> Iterable[Backend[DecodingBackend]]:
        """Offer safe decoding of untrusted files."""
        raise NotImplementedError

    @hookspec
    def storage_backends(self) -> Iterable[Backend[StorageBackend]]:
        """Offer places to keep files."""
        raise NotImplementedError

    @hookspec
    def execution_backends(self) -> Iterable[Backend[ExecutionBackend]]:
        """Offer places to render sources; the kernel has one of its own, this process."""
        raise NotImplementedError

    @hookspec(firstresult=True)
    def choose_backends(self, role: str, request: Any, candidates: tuple[str, ...]) -> Iterable[str] | None:
        """Reorder or narrow the candidates for one request; None leaves it to the next plugin, then to the
        configuration. Names outside ``candidates`` are ignored. Called for every request: be quick."""
        raise NotImplementedError

    @hookspec
    def backend_failed(self, role: str, name: str, error: BaseException) -> None:
        """Observe a backend that failed; the road goes on by its own rules. Callers read ``error``, a `Problem`; what
        the backend itself said is its ``__cause__``."""
        raise NotImplementedError

    @hookspec
    def render_finished(self, receipt: Receipt) -> None:
        """Observe a finished render."""
        raise NotImplementedError
