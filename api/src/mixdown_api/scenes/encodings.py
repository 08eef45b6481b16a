"""Whether an encoding can be had, and what it asks of the master; before any sound is made."""

from __future__ import annotations

import asyncio

from mixdown_kernel import Encoding, EncodingBackend, Format, Kernel, Scene
from mixdown_kernel.contracts.encoding import LeavesHeadroom


async def check_encoding(kernel: Kernel, encoding: Encoding, rate: int, channels: int) -> Format:
    """The format behind an encoding. `Problem` for a format, bit rate, rate or number of channels that is not to be
    had: an encoder is made, and dropped."""
    await kernel.ready()
    format_ = kernel.format(encoding)
    backend: EncodingBackend = kernel.backend("encoding")
    await asyncio.to_thread(backend.encoder, encoding, rate, channels, seekable=True)
    return format_


def below_ceiling(kernel: Kernel, scene: Scene, encoding: Encoding) -> Scene:
    """The scene with its ceiling lowered by what the decoded file may rise above the master: the ceiling is promised
    for what listeners hear. Ask after `check_encoding`."""
    backend: EncodingBackend = kernel.backend("encoding")
    if scene.master.mode == "none" or not isinstance(backend, LeavesHeadroom):
        return scene
    headroom = backend.headroom_db(encoding, scene.rate, scene.channels)
    master = scene.master.model_copy(update={"ceiling_dbtp": scene.master.ceiling_dbtp - headroom})
    return scene.model_copy(update={"master": master})
