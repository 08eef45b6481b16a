"""Opus in Ogg by libopus (through libsndfile). Sources: RFC 7845 and RFC 3533."""

from __future__ import annotations

import numpy as np
import soundfile

from mixdown_kernel import Ending, Samples

LEAST_BPS, REACH_BPS = 6_000, 250_000
"""Of one channel: what libsndfile makes of the compression levels 1 and 0. Bit rates are constrained, as is libopus's
own default: unconstrained, it spends up to 1.7 times as much on a clean voice."""
PAGE_MS = 50.0
"""The shortest that libsndfile knows. Three packets of 20 ms, which adds 4 kbps of framing."""
SET_PAGE_LATENCY = 0x1302
PACKETS_A_SECOND, DELAY_SECONDS = 50, 0.0065
"""Of libsndfile's files, and of libopus."""
GRANULES_A_SECOND = 48_000
LAST_PAGE = 0x04
SERIAL = 1
POLYNOMIAL = 0x04C1_1DB7


class OpusEncoder:
    """Decoders cut the encoder's delay, so the length is exact."""

    def __init__(self, rate: int, channels: int, kbps: int) -> None:
        self._pages = _Pages()
        self._rate, self._channels, self._frames = rate, channels, 0
        level = 1 - (kbps * 1000 / channels - LEAST_BPS) / REACH_BPS
        self._file = soundfile.SoundFile(
            self._pages, "w", rate, channels, subtype="OPUS", format="OGG", compression_level=level
        )
        # No page would leave before a second; python-soundfile knows no other way to say so.
        latency = soundfile._ffi.new("double*", PAGE_MS)
        soundfile._snd.sf_command(self._file._file, SET_PAGE_LATENCY, latency, 8)

    def encode(self, samples: Samples) -> bytes:
        self._file.write(samples.clip(-1, 1))
        self._frames += len(samples)
        return self._pages.take()

    def finish(self) -> Ending:
        """libsndfile loses of the last packet what the encoder holds back, unless it ends with the packet: so it is given
        silence up to there, which makes no further packet, and which the last page's position leaves out."""
        packet = self._rate // PACKETS_A_SECOND
        silence = -(self._frames + round(self._rate * DELAY_SECONDS)) % packet
        self._pages.surplus = silence * GRANULES_A_SECOND // self._rate
        self._file.write(np.zeros((silence, self._channels), np.float32))
        self._file.close()
        return Ending(self._pages.take())


class _Pages:
    """What libsndfile writes into, page by page: the serial number, which it draws by the clock, is always the same.

    ``surplus`` granules at the end are not to be heard.
    """

    surplus = 0

    def __init__(self) -> None:
        self._fresh = bytearray()
        self._whole = bytearray()
        self._position = 0

    def write(self, data: bytes) -> int:
        self._fresh += data
        self._position += len(data)
        while (length := _page_length(self._fresh)) is not None:
            self._whole += self._mended(self._fresh[:length])
            del self._fresh[:length]
        return len(data)

    def _mended(self, page: bytearray) -> bytearray:
        if page[5] & LAST_PAGE:
            end = int.from_bytes(page[6:14], "little") - self.surplus
            page[6:14] = end.to_bytes(8, "little")
        page[14:18] = SERIAL.to_bytes(4, "little")
        page[22:26] = bytes(4)
        page[22:26] = _checksum(page).to_bytes(4, "little")
        return page

    def take(self) -> bytes:
        whole = bytes(self._whole)
        self._whole.clear()
        return whole

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """libsndfile asks for the length of what is still empty, and never goes back."""
        return self._position


def _page_length(data: bytearray) -> int | None:
    """Of the page that ``data`` begins with; None where not all of it is there (RFC 3533, section 6)."""
    if len(data) < 27 or len(data) < (header := 27 + data[26]):
        return None
    length = header + sum(data[27:header])
    return length if len(data) >= length else None


def _checksum(page: bytearray) -> int:
    value = 0
    for byte in page:
        value = value << 8 & 0xFFFF_FFFF ^ _TABLE[value >> 24 ^ byte]
    return value


def _entry(index: int) -> int:
    value = index << 24
    for _ in range(8):
        value = value << 1 & 0xFFFF_FFFF ^ (POLYNOMIAL if value & 0x8000_0000 else 0)
    return value


_TABLE = tuple(map(_entry, range(256)))
