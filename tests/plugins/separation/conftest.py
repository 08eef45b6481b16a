from mixdown_kernel.testing.plugin import context, make_kernel, open_backend

__all__ = ["context", "make_kernel", "open_backend"]
