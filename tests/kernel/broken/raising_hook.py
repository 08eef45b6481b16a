from mixdown_kernel import hookimpl


@hookimpl
def synthesis_backends():
    raise LookupError("could not count the voices")
