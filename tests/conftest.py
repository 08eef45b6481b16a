"""For all tests: property tests draw the same examples every time. What a search at random finds belongs into a test
of its own, not into somebody else's run. And what one test says about logging holds for no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The command line and the API configure the logging of their process, which here is that of all tests."""
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
