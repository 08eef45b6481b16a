"""16-bit samples, and the format ``pcm``: those samples and nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Ending, Samples

FULL_SCALE = 32768


def to_int16(samples: Samples) -> NDArray[np.int16]:
    """Little-endian 16-bit integers: scaled by 32768, rounded half to even, clipped (+1.0 gives 32767).

    The scale is the one that decoders divide by, so 16-bit audio passes through unchanged. There is no dither:
    silence stays digital silence, and equal input gives equal bytes whatever the block size.
    """
    scaled = np.rint(samples * np.float32(FULL_SCALE))
    clipped: Samples = np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1)
    return clipped.astype("<i2")


class PcmEncoder:
    """Interleaved 16-bit signed little-endian samples without a header."""

    def encode(self, samples: Samples) -> bytes:
        return to_int16(samples).tobytes()

    def finish(self) -> Ending:
        return Ending(b"")
