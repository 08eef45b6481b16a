"""The generic HTTP facade over a Mixdown kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixdown_api.app import create_app
    from mixdown_api.edge.settings import ApiSettings

__all__ = ["ApiSettings", "create_app"]


def __getattr__(name: str) -> Any:
    """Both are imported when they are first asked for: a worker that needs `mixdown_api.jobs` loads no FastAPI."""
    if name == "create_app":
        from mixdown_api.app import create_app

        return create_app
    if name == "ApiSettings":
        from mixdown_api.edge.settings import ApiSettings

        return ApiSettings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
