import pytest

import mixdown_separation
from mixdown_kernel.testing import SeparationContract


class TestTwoStage(SeparationContract):
    @pytest.fixture
    def backend(self):
        return mixdown_separation.separation_backends()[0]
