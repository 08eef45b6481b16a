"""wav, flac, ogg and mp3 by libsndfile. Imported in the child alone (`child`)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import soundfile

if TYPE_CHECKING:
    from mixdown_mixing.decoding.reading import Refused
else:
    from reading import Refused

DAMAGED = soundfile.LibsndfileError
FRAMES = 1 << 14
UNTIL_THE_END = b"\x00\xf0\xff\x7f"
"""A size that libsndfile takes for unknown, as sox writes it. Of 0, as others write, it makes a file without sound."""


def read(formats: str, subtypes: str, unsized: str) -> Iterator[tuple[int, int, memoryview]]:
    """Rate, channels and interleaved float32 of standard input, which must be of these formats (libsndfile's names, by
    commas). ``unsized`` is where the sound of a wav begins that does not say how long it is; else 0.

    Raises Refused or LibsndfileError.
    """
    file = Unsized(int(unsized)) if int(unsized) else 0
    sound = Sequential(file, closefd=False)
    if sound.format not in formats.split(","):
        raise Refused("damaged")
    if sound.channels > 2:
        raise Refused("channels")
    if sound.subtype not in subtypes.split(","):
        raise Refused("codec")
    size = 4 * sound.channels
    block = bytearray(FRAMES * size)
    while frames := sound.buffer_read_into(block, "float32"):
        yield sound.samplerate, sound.channels, memoryview(block)[: frames * size]


class Sequential(soundfile.SoundFile):  # type: ignore[misc] # it has no types
    """python-soundfile seeks after each read to where it is already, which a FLAC of unknown length cannot."""

    def seekable(self) -> bool:
        return False


class Unsized(io.FileIO):
    """Standard input, a wav whose sound begins at ``start``, with another size before it."""

    def __init__(self, start: int) -> None:
        super().__init__(0, closefd=False)
        self._start = start

    def readinto(self, buffer: Any) -> int:
        at = self.tell()
        count = super().readinto(buffer) or 0
        for place in range(max(at, self._start - 4), min(at + count, self._start)):
            memoryview(buffer).cast("B")[place - at] = UNTIL_THE_END[place - self._start + 4]
        return count
