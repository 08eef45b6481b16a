"""What the kernel brings itself, as a plugin like any other."""

from __future__ import annotations

from mixdown_kernel.assets import clips
from mixdown_kernel.backends import Backend
from mixdown_kernel.contracts import ClipSource, ExecutionBackend, TextFrontEnd
from mixdown_kernel.execution import in_process
from mixdown_kernel.hooks import hookimpl
from mixdown_kernel.plaintext import plain_text
from mixdown_kernel.roles import Role
from mixdown_kernel.sequences import SEQUENCE, SequenceSource, sequences


@hookimpl
def roles() -> list[Role]:
    return [SEQUENCE]


@hookimpl
def text_backends() -> list[Backend[TextFrontEnd]]:
    return [plain_text]


@hookimpl
def clip_backends() -> list[Backend[ClipSource]]:
    return [clips]


@hookimpl
def sequence_backends() -> list[Backend[SequenceSource]]:
    return [sequences]


@hookimpl
def execution_backends() -> list[Backend[ExecutionBackend]]:
    return [in_process]
