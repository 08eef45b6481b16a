from ..scenes.served import served

__all__ = ["served"]
