"""The parent's side: start the child, believe nothing it says, and leave nothing of it behind."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import math
import os
import signal
import struct
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mixdown_kernel import Audio, DecodeLimits, Kind, Problem
from mixdown_mixing.decoding.containers import Container, identify, truncated, undecodable

CHILD = Path(__file__).with_name("child.py")

LIBRARIES = {"by_sndfile": "soundfile", "by_libav": "av"}
"""What each reader imports."""
_LEAST_MEMORY = 256 << 20
"""Python and FFmpeg's libraries alone map half of this."""

_MAX_MESSAGE = 1 << 22
_RATES = range(4_000, 384_001)
_LOUDEST = 1000.0
"""+60 dB over full scale: no recording, and squares of it still fit float32."""

_FAILED = "The audio file could not be decoded."
_REFUSALS = {
    b"no_audio": "The file holds no audio.",
    b"codec": "The file's audio is in a codec that we do not decode.",
    b"damaged": "The audio file is damaged.",
    b"changes": "The audio changes its rate or channels midway.",
    b"channels": "The audio has more than two channels.",
}


async def decode(path: Path, limits: DecodeLimits) -> AsyncGenerator[Audio, None]:
    """Blocks of the file's first audio stream at its own rate, one or two channels, float32.

    A block is about 256 KiB. The file is judged as it is read: a caller that must not act on half a file
    collects the blocks first. ``timeout_seconds`` counts the time spent waiting for the child, not the
    caller's own; memory is the child's address space, at least 256 MiB.

    Raises `Problem`: ``invalid``/``undecodable_audio``, ``too_large``/``audio_too_long``,
    ``timeout``/``decoding_timeout``; OSError where the path cannot be opened.
    """
    file = await asyncio.to_thread(
        path.open, "rb", buffering=0
    )  # unbuffered: the child inherits its position
    try:
        container = await asyncio.to_thread(identify, file)
        if container.frames is not None and container.frames > limits.max_seconds * container.rate:
            raise _too_long(limits)
        process = await _start(file, container, limits)
    finally:
        file.close()
    try:
        async with aclosing(_blocks(_Messages(process, limits), container, limits)) as blocks:
            async for block in blocks:
                yield block
    finally:
        await _end(process)


async def _start(file: BinaryIO, container: Container, limits: DecodeLimits) -> Process:
    file.seek(0)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", "-B", str(CHILD)),
        _packages(LIBRARIES[container.reader]),
        container.reader,
        str(limits.max_seconds),
        str(max(limits.max_memory_bytes, _LEAST_MEMORY)),
        str(math.ceil(limits.timeout_seconds) + 1),
        *container.options,
        stdin=file,
        stdout=PIPE,
        stderr=DEVNULL,
        cwd="/",
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
        start_new_session=True,
    )


def _packages(library: str) -> str:
    """The folder that the child imports a library from."""
    spec = importlib.util.find_spec(library)
    if spec is None or spec.origin is None:
        raise Problem(
            Kind.UNSUPPORTED,
            "missing_codec",
            "Files in aac, m4a and webm cannot be decoded here: FFmpeg is not installed.",
            hint='`pip install "mixdown[ffmpeg]"` adds it. Or send wav, mp3, flac or ogg.',
        )
    origin = Path(spec.origin)
    return str(origin.parents[1] if origin.name == "__init__.py" else origin.parent)


async def _end(process: Process) -> None:
    """Kill the child and its session, then read the pipe dry: only then does asyncio let go of it."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None  # noqa: S101
    while await process.stdout.read(1 << 16):
        pass
    await process.wait()


async def _blocks(
    messages: _Messages, container: Container, limits: DecodeLimits
) -> AsyncGenerator[Audio, None]:
    rate = channels = frames = 0
    while (message := await messages.next())[0] != b"E":
        kind, body = message
        if kind == b"F" and not rate:
            rate, channels = _format(body)
        elif kind == b"S" and rate and len(body) % (4 * channels) == 0:
            block = Audio(np.frombuffer(body, "<f4").reshape(-1, channels), rate)
            frames += block.frames
            if frames > limits.max_seconds * rate:
                raise _too_long(limits)
            yield _checked(block)
        elif kind == b"R":
            raise _refusal(body, limits)
        else:
            raise undecodable(_FAILED)
    if not frames:
        raise undecodable("The audio file holds no sound.")
    if container.frames is not None and frames < container.frames:
        raise truncated()


class _Messages:
    """What a child says, and the time that it has left to say it."""

    def __init__(self, process: Process, limits: DecodeLimits) -> None:
        assert process.stdout is not None  # noqa: S101 - we asked for the pipe
        self._stdout = process.stdout
        self._limits = limits
        self._seconds_left = limits.timeout_seconds

    async def next(self) -> tuple[bytes, bytes]:
        """Kind and body of the next message. Raises `Problem` where the child dies or takes too long."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds_left):
                kind, length = struct.unpack("<cI", await self._stdout.readexactly(5))
                body = await self._stdout.readexactly(min(length, _MAX_MESSAGE))
        except TimeoutError:
            raise _timed_out(self._limits) from None
        except asyncio.IncompleteReadError:
            raise undecodable(_FAILED) from None
        self._seconds_left -= time.monotonic() - began
        return kind, body


def _format(body: bytes) -> tuple[int, int]:
    rate, channels = struct.unpack("<II", body) if len(body) == 8 else (0, 0)
    if rate not in _RATES:
        raise undecodable(f"The audio's rate is outside {_RATES[0]}-{_RATES[-1]} Hz.")
    if channels not in (1, 2):
        raise undecodable(_REFUSALS[b"channels"])
    return rate, channels


def _checked(block: Audio) -> Audio:
    if not np.abs(block.samples).max(initial=0.0) <= _LOUDEST:  # the comparison is False for NaN, too
        raise undecodable("The audio holds samples that are no numbers, infinite, or far beyond full scale.")
    return block


def _refusal(word: bytes, limits: DecodeLimits) -> Problem:
    if word == b"too_long":
        return _too_long(limits)
    if word == b"truncated":
        return truncated()
    return undecodable(_REFUSALS.get(word, _FAILED))


def _too_long(limits: DecodeLimits) -> Problem:
    return Problem(
        Kind.TOO_LARGE,
        "audio_too_long",
        f"The audio is longer than {limits.max_seconds:g} seconds.",
        allowed=[0, limits.max_seconds],
        hint="Cut it to this length.",
    )


def _timed_out(limits: DecodeLimits) -> Problem:
    return Problem(
        Kind.TIMEOUT,
        "decoding_timeout",
        f"The audio could not be decoded within {limits.timeout_seconds:g} seconds.",
        hint="Send a shorter or simpler file.",
    )
