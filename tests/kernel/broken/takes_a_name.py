"""Offers a voice under the name of another plugin's."""

from mixdown_kernel import SynthesisBackend, hookimpl


@hookimpl
def synthesis_backends():
    return [SynthesisBackend(name="good", open=lambda settings, context: None)]
