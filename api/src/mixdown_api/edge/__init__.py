"""What every request passes: ids, logs, metrics, keys, limits, admission, problems, safe fetching."""

from mixdown_api.edge.admission import Admission
from mixdown_api.edge.fetching import Fetched, Fetcher
from mixdown_api.edge.identity import MissingKeyError, caller_of, check_mode
from mixdown_api.edge.logs import configure_logging
from mixdown_api.edge.metrics import Metrics
from mixdown_api.edge.problems import Surface, problem_body, problem_response, status_of, surface_of
from mixdown_api.edge.settings import ApiSettings, Mode
from mixdown_api.edge.stack import Edge, install
from mixdown_api.edge.streaming import Stream, stream

__all__ = [
    "Admission", "ApiSettings", "Edge", "Fetched", "Fetcher", "Metrics", "MissingKeyError", "Mode", "Stream",
    "Surface", "caller_of", "check_mode", "configure_logging", "install", "problem_body", "problem_response", "status_of",
    "stream", "surface_of",
]  # fmt: skip
