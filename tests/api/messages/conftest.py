from .house import app, untouched

__all__ = ["app", "untouched"]
