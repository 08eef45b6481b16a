# Fixtures for tests beyond the contract: make_kernel, open_backend, context.
pytest_plugins = ["mixdown_kernel.testing.plugin"]
