"""Whether an encoding can be had, asked before any sound is made."""

from __future__ import annotations

import asyncio

from mixdown_kernel import Encoding, EncodingBackend, Format, Kernel


async def check_encoding(kernel: Kernel, encoding: Encoding, rate: int, channels: int) -> Format:
    """The format behind an encoding. `Problem` for a format, bit rate, rate or number of channels that is not to be
    had: an encoder is made, and dropped."""
    await kernel.ready()
    format_ = kernel.format(encoding)
    backend: EncodingBackend = kernel.backend("encoding")
    await asyncio.to_thread(backend.encoder, encoding, rate, channels, seekable=True)
    return format_
