from mixdown_kernel import SynthesisBackend, hookimpl


@hookimpl
def synthesis_backends():
    return [SynthesisBackend(name="twin", open=lambda settings, context: None) for _ in range(2)]
