"""For all tests: property tests draw the same examples every time. What a search at random finds belongs into a test
of its own, not into somebody else's run."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
