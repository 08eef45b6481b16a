from mixdown_kernel.testing import SeparationContract
import pytest, mixdown_separation
class TestTwoStage(SeparationContract):
    @pytest.fixture
    def backend(self):
        return mixdown_separation.separation_backends()[0]
