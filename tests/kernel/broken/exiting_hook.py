from mixdown_kernel import hookimpl


@hookimpl
def synthesis_backends():
    raise SystemExit("nothing to offer")
