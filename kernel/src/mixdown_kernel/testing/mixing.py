"""The contract of the role ``mixing``: mixer, meter, limiter, resampler, stretch.

Everything is judged against a standard or a signal whose answer is known; nothing is compared with a recording
of what the code once did.
"""

from __future__ import annotations

from mixdown_kernel.testing.mastering import MasteringContract
from mixdown_kernel.testing.mixer import MixerContract
from mixdown_kernel.testing.timing import TimingContract


class MixingContract(MixerContract, MasteringContract, TimingContract):
    """Subclass with a fixture ``backend``."""
