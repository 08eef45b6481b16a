"""The generic HTTP facade over a Mixdown kernel."""

from mixdown_api.app import create_app
from mixdown_api.edge import ApiSettings

__all__ = ["ApiSettings", "create_app"]
