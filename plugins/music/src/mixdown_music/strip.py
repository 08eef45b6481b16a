"""What a bus passes on its way out: room, tape. All of it linear, so that stems treated alike sum to the mix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixdown_music.desk import Desk
from mixdown_music.reverb import Reverb
from mixdown_music.synth import Sound
from mixdown_music.tape import Tape


class Strip:
    """Room and tape of one bus."""

    def __init__(self, desk: Desk) -> None:
        self._reverb = Reverb(desk.room)
        self._tape = Tape() if desk.tape else None

    def process(self, dry: Sound, send: NDArray[np.float32], start: int) -> Sound:
        """``dry`` is (2, frames), ``send`` (frames,), ``start`` the absolute frame."""
        out = dry + self._reverb.process(send)
        return self._tape.process(out, start) if self._tape else out
