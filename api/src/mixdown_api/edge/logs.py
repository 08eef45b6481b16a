"""Logs of the whole process: structlog's rendering over the standard library's loggers, without secrets or texts."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger

SECRETS = re.compile(
    r"(?P<kept>bearer\s+|\b(?:x-internal-api-key|x-api-key|api[_-]?key|authorization|access_token|token|secret|password|"
    r"signature)[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)(?P<secret>[^\s\"'&,;}]+)|://[^/\s:@]+:(?P<password>[^/\s@]+)@",
    re.IGNORECASE,
)
INPUT = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)
"""Where pydantic's errors quote what they were given: texts, names, keys."""
HIDDEN = "[hidden]"


def configure_logging(
    level: str = "info", form: str = "json", secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send every logger of the process through one handler; called once, by whoever owns the process.

    Args:
        level: the least level shown.
        form: ``json``, one object a line, or ``console``.
        secrets: values that must never show, beside what looks like a secret by its name.
        stream: where to; standard error by default.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            processors=[ProcessorFormatter.remove_processors_meta, *rendering, _Scrubber(secrets)],
            foreign_pre_chain=shared,
        )
    )
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = name != "uvicorn.access"  # the edge writes that line itself
    for name in ("httpx", "httpcore"):  # they write whole URLs
        logging.getLogger(name).setLevel(logging.WARNING)


class _Scrubber:
    """Last processor: works on the finished line, so that nothing before it can slip a secret past."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted((re.escape(secret) for secret in secrets if len(secret) >= 4), key=len, reverse=True)
        self.known = re.compile("|".join(known)) if known else None

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict | str) -> str:
        line = INPUT.sub(f"input_value={HIDDEN}", str(event))
        if self.known is not None:
            line = self.known.sub(HIDDEN, line)
        return SECRETS.sub(_hide, line)


def _hide(match: re.Match[str]) -> str:
    secret = match["secret"] or match["password"]
    return match[0].replace(secret, HIDDEN)
