"""Opus in Ogg and AAC in ADTS, by the codecs and muxers of FFmpeg (through PyAV)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import av
import numpy as np
from av.audio import AudioStream

from mixdown_kernel import Ending, Samples


@dataclass(frozen=True, slots=True)
class Codec:
    """How FFmpeg is asked for a format."""

    container: str
    name: str
    sample_format: str
    options: Mapping[str, str] = field(default_factory=dict)
    muxing: Mapping[str, str] = field(default_factory=dict)


OPUS = Codec("ogg", "libopus", "flt", muxing={"page_duration": "20000", "serial_offset": "1"})
"""One page a packet (20 ms). RFC 7845; decoders cut the encoder's delay, so the length is exact."""

AAC = Codec("adts", "aac", "fltp", options={"aac_coder": "fast"})
"""AAC-LC. ADTS has no place for the encoder's delay: decoders give 1024 frames of silence before the sound and
fill the last frame."""


class LibavEncoder:
    """Feeds the codec whole frames of its own size, so that block sizes leave no trace in the bytes."""

    def __init__(self, codec: Codec, rate: int, channels: int, kbps: int) -> None:
        self._codec = codec
        self._rate = rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._sink = _Sink()
        # bitexact: no version strings, and a fixed instead of a random Ogg serial number.
        muxing = {"fflags": "+bitexact", "flush_packets": "1", **codec.muxing}
        self._container = av.open(self._sink, "w", format=codec.container, container_options=muxing)
        self._stream = self._open_stream(kbps)
        self._held = np.zeros((0, channels), np.float32)
        self._position = 0

    def _open_stream(self, kbps: int) -> AudioStream:
        options = {"flags": "+bitexact", "threads": "1", **self._codec.options}
        stream = cast(AudioStream, self._container.add_stream(self._codec.name, self._rate, options=options))
        context = stream.codec_context
        context.layout = self._layout
        context.format = self._codec.sample_format
        context.bit_rate = kbps * 1000
        context.open()
        return stream

    def encode(self, samples: Samples) -> bytes:
        size = self._stream.codec_context.frame_size
        pending = np.concatenate([self._held, samples])
        whole = len(pending) - len(pending) % size
        for start in range(0, whole, size):
            self._push(pending[start : start + size])
        self._held = pending[whole:].copy()
        return self._sink.take()

    def finish(self) -> Ending:
        if len(self._held):
            self._push(self._held)
        self._container.start_encoding()
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return Ending(self._sink.take())

    def _push(self, samples: Samples) -> None:
        clipped = np.clip(samples, -1, 1)
        planar = self._codec.sample_format.endswith("p")
        array = np.ascontiguousarray(clipped.T) if planar else clipped.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(array, self._codec.sample_format, self._layout)
        frame.sample_rate = self._rate
        frame.pts = self._position
        self._position += len(samples)
        self._container.mux(self._stream.encode(frame))


class _Sink:
    """What the muxer writes into; without ``seek`` it writes strictly forward."""

    def __init__(self) -> None:
        self._fresh = bytearray()

    def write(self, data: bytes) -> int:
        self._fresh += data
        return len(data)

    def take(self) -> bytes:
        fresh = bytes(self._fresh)
        self._fresh.clear()
        return fresh
