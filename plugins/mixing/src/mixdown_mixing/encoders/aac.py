"""AAC-LC in ADTS, by the codec and muxer of FFmpeg (through PyAV, of the extra ``ffmpeg``)."""

from __future__ import annotations

import av
import numpy as np
from av.audio import AudioStream

from mixdown_kernel import Ending, Samples

STEERING_SECONDS = 2.0
"""Its fast coder spends up to 1.5 times the bit rate on a voice with pauses, unless it is steered. This excess, in seconds of
sound at the bit rate asked for, would bring it down to nothing."""
LEAST_SHARE = 0.5


class AacEncoder:
    """Feeds the codec whole frames of its own size, so that block sizes leave no trace in the bytes.

    ADTS has no place for the encoder's delay: decoders give 1024 frames of silence before the sound and fill the last
    frame.
    """

    def __init__(self, rate: int, channels: int, kbps: int) -> None:
        self._rate = rate
        self._layout = "mono" if channels == 1 else "stereo"
        self._sink = _Sink()
        muxing = {"fflags": "+bitexact", "flush_packets": "1"}
        self._container = av.open(self._sink, "w", format="adts", container_options=muxing)
        self._stream = self._open_stream(kbps)
        self._held = np.zeros((0, channels), np.float32)
        self._position = 0
        self._bit_rate = kbps * 1000
        self._bytes = 0

    def _open_stream(self, kbps: int) -> AudioStream:
        options = {"flags": "+bitexact", "threads": "1", "aac_coder": "fast"}
        stream = self._container.add_stream("aac", self._rate, options=options)
        context = stream.codec_context
        context.layout = self._layout
        context.format = "fltp"
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
        planar = np.ascontiguousarray(np.clip(samples, -1, 1).T)
        frame = av.AudioFrame.from_ndarray(planar, "fltp", self._layout)
        frame.sample_rate = self._rate
        frame.pts = self._position
        self._position += len(samples)
        packets = self._stream.encode(frame)
        self._bytes += sum(packet.size for packet in packets)
        self._container.mux(packets)
        self._steer()

    def _steer(self) -> None:
        """Ask for less while more than was asked for has been spent."""
        excess = self._bytes * 8 / self._bit_rate - self._position / self._rate
        share = min(max(1 - excess / STEERING_SECONDS, LEAST_SHARE), 1.0)
        self._stream.codec_context.bit_rate = round(self._bit_rate * share)


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
