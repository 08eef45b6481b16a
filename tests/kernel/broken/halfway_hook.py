"""Offers one voice, then fails: the half is not kept."""

from mixdown_kernel import SynthesisBackend, hookimpl


@hookimpl
def synthesis_backends():
    yield SynthesisBackend(name="half", open=lambda settings, context: None)
    raise OSError("the second one is missing")
