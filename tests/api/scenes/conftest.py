from .served import served

__all__ = ["served"]
