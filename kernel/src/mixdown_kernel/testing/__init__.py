"""The testing kit: what a backend of each role owes, as suites that a plugin's tests inherit.

One fixture is enough::

    from mixdown_kernel.testing import SynthesisContract

    class TestMyVoice(SynthesisContract):
        @pytest.fixture
        def backend(self):
            return my_plugin.voice

It needs pytest and pytest-asyncio with ``asyncio_mode = "auto"`` in your own project; ``mixdown_kernel`` itself
imports neither. `mixdown_kernel.testing.plugin` holds fixtures for tests beyond the contract.
"""

import pytest

_SUITES = (
    "ambient base clip decoding encoding execution fresh mastering mixer music phonemes rendering separation source storage "
    "synthesis text timing"
)
pytest.register_assert_rewrite(*(f"{__name__}.{name}" for name in _SUITES.split()))

from mixdown_kernel.testing.ambient import AmbientContract  # noqa: E402 - the rewriting has to come first
from mixdown_kernel.testing.base import BackendContract  # noqa: E402
from mixdown_kernel.testing.clip import ClipContract  # noqa: E402
from mixdown_kernel.testing.decoding import DecodingContract  # noqa: E402
from mixdown_kernel.testing.encoding import EncodingContract  # noqa: E402
from mixdown_kernel.testing.execution import ExecutionContract  # noqa: E402
from mixdown_kernel.testing.mixing import MixingContract  # noqa: E402
from mixdown_kernel.testing.music import MusicContract  # noqa: E402
from mixdown_kernel.testing.phonemes import PhonemesContract  # noqa: E402
from mixdown_kernel.testing.separation import SeparationContract  # noqa: E402
from mixdown_kernel.testing.source import SourceContract  # noqa: E402
from mixdown_kernel.testing.storage import StorageContract  # noqa: E402
from mixdown_kernel.testing.synthesis import SynthesisContract  # noqa: E402
from mixdown_kernel.testing.text import TextContract  # noqa: E402

__all__ = [
    "AmbientContract", "BackendContract", "ClipContract", "DecodingContract", "EncodingContract",
    "ExecutionContract", "MixingContract", "MusicContract", "PhonemesContract", "SeparationContract",
    "SourceContract",
    "StorageContract", "SynthesisContract", "TextContract",
]  # fmt: skip
