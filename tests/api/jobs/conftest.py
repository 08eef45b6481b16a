from __future__ import annotations

import pytest

from mixdown_api.jobs import JobSettings


@pytest.fixture
def quick() -> JobSettings:
    """Looks often, so that tests wait little; a lease that never runs out by itself."""
    return JobSettings(heartbeat=0.05, poll=0.05, lease=600.0)
