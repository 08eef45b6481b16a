"""The process in which an untrusted file is decoded. Run by path, with nothing but the standard library and PyAV.

It is started as ``python -I -S -B child.py FOLDER_OF_AV DEMUXER DECODERS MAX_SECONDS MEMORY CPU_SECONDS`` with the
file as its standard input, and answers on standard output in messages ``<kind, one byte> <length, uint32> <body>``:

    F  uint32 rate, uint32 channels   once, before the first samples
    S  interleaved float32 samples
    R  a word: why the file is refused
    E  the end; a process that ends without it or ``R`` has crashed
"""

from __future__ import annotations

import contextlib
import os
import resource
import struct
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

BLOCK_BYTES = 1 << 18
"""Samples are collected to messages of at least this size (the last excepted)."""


class Refused(Exception):
    """The file is at fault; the message is one of the parent's words."""


def limit(kind: int, value: int) -> None:
    """Lower a resource limit for good, as far as this system knows it."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def send(kind: bytes, body: bytes | bytearray = b"") -> None:
    """Write a message; the parent's reading pace holds us back."""
    message = memoryview(kind + struct.pack("<I", len(body)) + body)
    while message:
        message = message[os.write(1, message) :]


def main() -> None:
    folder, demuxer, decoders, max_seconds, memory, cpu_seconds = sys.argv[1:]
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CPU, int(cpu_seconds))
    sys.path.append(folder)
    import av
    import av.subtitles.codeccontext
    import av.subtitles.stream  # PyAV's own late imports: no file can be opened any more when they are due

    limit(resource.RLIMIT_AS, int(memory))
    limit(resource.RLIMIT_NPROC, 0)
    limit(resource.RLIMIT_NOFILE, 3)  # the three that are open: no file and no socket from here on
    try:
        with open(0, "rb") as file:
            decode(file, demuxer, decoders.split(","), float(max_seconds))
    except Refused as refusal:
        send(b"R", str(refusal).encode())
    except av.FFmpegError:
        send(b"R", b"damaged")
    else:
        send(b"E")


def decode(file: BinaryIO, demuxer: str, decoders: list[str], max_seconds: float) -> None:
    """Send the file's first audio stream. Raises Refused or av.FFmpegError."""
    with open_container(file, demuxer, decoders) as container:
        if not container.streams.audio:
            raise Refused("no_audio")
        stream = container.streams.audio[0]
        if stream.codec_context is None or stream.codec_context.name not in decoders:
            raise Refused("codec")
        stream.codec_context.thread_count = 1
        sender = Sender(max_seconds)
        for frame in frames(container, stream):
            sender.push(frame)
        sender.flush()


def open_container(file: BinaryIO, demuxer: str, decoders: list[str]) -> InputContainer:
    import av

    options = {"format_whitelist": demuxer_names(demuxer), "codec_whitelist": ",".join(decoders)}
    # PyAV 19 dropped the argument, and with it the failure over a title that is no UTF-8.
    lenient: Any = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}
    container: InputContainer = av.open(file, "r", format=demuxer, options=options, **lenient)
    return container


def demuxer_names(demuxer: str) -> str:
    """FFmpeg compares the whole of a demuxer's name, and some have several."""
    import av

    return av.ContainerFormat(demuxer, "r").name


def frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """The stream's decoded frames. Where the format has no structure (mp3, ADTS) a few packets may be damaged,
    as at the edges of a cut; anywhere else one is too many. Raises Refused or av.FFmpegError."""
    import av

    lenient = container.format.name in ("mp3", "aac")
    read = damaged = 0
    for packet in packets(container, stream, lenient):
        read += bool(packet.size)
        try:
            if packet.is_corrupt and container.format.name != "wav":  # a wav's length has been checked
                raise Refused("truncated")
            yield from packet.decode()
        except (av.InvalidDataError, Refused):
            damaged += 1
            if not lenient or damaged > 2 + read // 20:
                raise
    if stream.frames > read:
        raise Refused("truncated")


def packets(container: InputContainer, stream: AudioStream, lenient: bool) -> Iterator[Packet[AudioStream]]:
    import av

    try:
        yield from container.demux(stream)
    except av.InvalidDataError:
        if not lenient:
            raise


class Sender:
    """Converts frames to interleaved float32 and sends them in large blocks."""

    def __init__(self, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._frames_left = 0
        self._resampler: Any = None
        self._held = bytearray()

    def push(self, frame: AudioFrame) -> None:
        if self._resampler is None:
            self._start(frame)
        self._frames_left -= frame.samples
        if self._frames_left < 0:
            raise Refused("too_long")
        try:
            converted = self._resampler.resample(frame)
        except ValueError:  # another rate, layout or sample format than the first frame's
            raise Refused("changes") from None
        for block in converted:
            wanted = block.samples * block.layout.nb_channels * 4
            self._held += memoryview(block.planes[0])[:wanted]
        if len(self._held) >= BLOCK_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._held:
            send(b"S", self._held)
            self._held.clear()

    def _start(self, frame: AudioFrame) -> None:
        import av

        channels = frame.layout.nb_channels
        if channels > 2:
            raise Refused("channels")
        self._frames_left = int(self._max_seconds * frame.sample_rate)
        self._resampler = av.AudioResampler("flt", frame.layout, frame.sample_rate)
        send(b"F", struct.pack("<II", frame.sample_rate, channels))


if __name__ == "__main__":
    main()
