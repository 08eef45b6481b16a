"""Bodies are bounded while they are read, whatever their Content-Length says, and JSON is what RFC 8259 calls JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mixdown_api.edge.problems import problem_response
from mixdown_kernel import Kind, Problem, invalid

SUSPECT = re.compile(r"\\[ub]|\x7f")
"""Only an escape can carry half a character or a control character through the decoders: most bodies have none, and
are spared the walk over every value."""
FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters other than white space, and halves of characters."""


class Bodies:
    """Middleware. A JSON body is read whole and checked before a route sees it; any other is counted as it passes."""

    def __init__(self, app: ASGIApp, max_json_bytes: int, max_upload_bytes: int) -> None:
        self.app = app
        self.max_json_bytes = max_json_bytes
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_upload = (
            headers.get("content-type", "")
            .lower()
            .startswith(("multipart/", "audio/", "application/octet-stream"))
        )
        limit = self.max_upload_bytes if is_upload else self.max_json_bytes
        bounded = _bounded(receive, limit)
        try:
            if (declared := headers.get("content-length", "")).isdecimal() and int(declared) > limit:
                raise _too_large(limit)
            if "json" in headers.get("content-type", "").lower():
                bounded = _replay(await _checked_json(bounded), bounded)
        except ClientDisconnect:
            return
        except Problem as problem:
            await problem_response(problem, scope)(scope, receive, send)
            return
        await self.app(scope, bounded, send)


def check_json(body: bytes) -> None:
    """Refuse what Python takes for JSON and is none, or what no text may hold.

    Raises:
        Problem: ``invalid_json``, ``not_finite``, ``lone_surrogate`` or ``control_character``, with the member.
    """
    infinite = False

    def number(text: str) -> float:
        nonlocal infinite
        value = float(text)
        infinite = infinite or not math.isfinite(value)
        return value

    try:
        text = body.decode("utf-8-sig")  # strictly: json.loads(bytes) lets encoded surrogates pass
        document = json.loads(text, parse_float=number, parse_constant=number) if text else None
        if infinite or SUSPECT.search(text):
            for field, value in _values(document):
                check_value(field, value)
    except RecursionError:
        raise invalid("invalid_json", "The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise invalid("invalid_json", "The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise invalid("invalid_json", f"The body is not JSON: {error.msg} ({where}).") from None
    except ValueError:  # an integer of thousands of digits
        raise invalid("invalid_json", "The body holds a number that is too long.") from None


def check_value(field: str, value: object) -> None:
    """Refuse a number that is not finite, and a string with half characters or control characters. Bodies pass here
    by themselves; forms and queries are the routes' affair.

    Raises:
        Problem: as in `check_json`.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise invalid(
            "not_finite", f"`{field}` must be a finite number; JSON has no NaN or Infinity.", field=field
        )
    found = FORBIDDEN.search(value) if isinstance(value, str) else None
    if found is None:
        return
    field = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", field)
    code_point = f"U+{ord(found[0]):04X}"
    at = f"at character {found.start()}"
    if "\ud800" <= found[0] <= "\udfff":
        message = f"`{field}` holds half of a surrogate pair ({code_point}) {at}; send whole characters."
        raise invalid("lone_surrogate", message, field=field)
    message = (
        f"`{field}` holds the control character {code_point} {at}; of these only white space is allowed."
    )
    raise invalid("control_character", message, field=field)


def _values(document: Any) -> Iterator[tuple[str, object]]:
    """Every value and every member's name, with its dotted path."""
    rest: list[tuple[str, Any]] = [("", document)]
    while rest:
        path, value = rest.pop()
        if isinstance(value, dict):
            prefix = f"{path}." if path else ""
            for name, member in value.items():
                rest.append((f"{prefix}{name}", name))
                rest.append((f"{prefix}{name}", member))
        elif isinstance(value, list):
            prefix = f"{path}." if path else ""
            rest.extend((f"{prefix}{index}", member) for index, member in enumerate(value))
        else:
            yield path, value


async def _checked_json(receive: Receive) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
    check_json(bytes(body))
    return bytes(body)


def _bounded(receive: Receive, limit: int) -> Receive:
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise _too_large(limit)
        return message

    return bounded


def _replay(body: bytes, receive: Receive) -> Receive:
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay


def _too_large(limit: int) -> Problem:
    problem = Problem(Kind.TOO_LARGE, "body_too_large", f"The body may have at most {limit:,} bytes.")
    problem.allowed = [0, limit]
    return problem
