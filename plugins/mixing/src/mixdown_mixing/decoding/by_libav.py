"""aac, m4a and webm by FFmpeg (through PyAV, of the extra ``ffmpeg``). Imported in the child alone (`child`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

import av
import av.subtitles.codeccontext
import av.subtitles.stream  # PyAV's own late imports: no file can be opened any more when they are due

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

    from mixdown_mixing.decoding.reading import Refused
else:
    from reading import Refused

DAMAGED = av.FFmpegError


def read(demuxer: str, codecs: str) -> Iterator[tuple[int, int, memoryview]]:
    """Rate, channels and interleaved float32 of the first audio stream of standard input, by this demuxer and one of these
    decoders (FFmpeg's names, by commas). Raises Refused or av.FFmpegError."""
    decoders = codecs.split(",")
    with open(0, "rb") as file, open_container(file, demuxer, codecs) as container:
        if not container.streams.audio:
            raise Refused("no_audio")
        stream = container.streams.audio[0]
        if stream.codec_context is None or stream.codec_context.name not in decoders:
            raise Refused("codec")
        stream.codec_context.thread_count = 1
        yield from interleaved(frames(container, stream))


def open_container(file: BinaryIO, demuxer: str, codecs: str) -> InputContainer:
    options = {"format_whitelist": demuxer_names(demuxer), "codec_whitelist": codecs}
    # PyAV 19 dropped the argument, and with it the failure over a title that is no UTF-8.
    lenient: Any = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}
    container: InputContainer = av.open(file, "r", format=demuxer, options=options, **lenient)
    return container


def demuxer_names(demuxer: str) -> str:
    """FFmpeg compares the whole of a demuxer's name, and some have several."""
    return av.ContainerFormat(demuxer, "r").name


def frames(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """The stream's decoded frames. Where the format has no structure (ADTS) a few packets may be damaged, as at the edges
    of a cut; anywhere else one is too many. Raises Refused or av.FFmpegError."""
    lenient = container.format.name == "aac"
    read = damaged = 0
    for packet in packets(container, stream, lenient):
        read += bool(packet.size)
        try:
            if packet.is_corrupt:
                raise Refused("truncated")
            yield from packet.decode()
        except (av.InvalidDataError, Refused):
            damaged += 1
            if not lenient or damaged > 2 + read // 20:
                raise
    if stream.frames > read:
        raise Refused("truncated")


def packets(container: InputContainer, stream: AudioStream, lenient: bool) -> Iterator[Packet[AudioStream]]:
    try:
        yield from container.demux(stream)
    except av.InvalidDataError:
        if not lenient:
            raise


def interleaved(frames: Iterator[AudioFrame]) -> Iterator[tuple[int, int, memoryview]]:
    resampler: Any = None
    for frame in frames:
        if frame.layout.nb_channels > 2:
            raise Refused("channels")
        if resampler is None:
            resampler = av.AudioResampler("flt", frame.layout, frame.sample_rate)
        try:
            converted = resampler.resample(frame)
        except ValueError:  # another rate, layout or sample format than the first frame's
            raise Refused("changes") from None
        for block in converted:
            channels = block.layout.nb_channels
            yield block.sample_rate, channels, memoryview(block.planes[0])[: block.samples * channels * 4]
