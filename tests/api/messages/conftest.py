from .house import app

__all__ = ["app"]
