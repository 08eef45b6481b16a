"""One error for whatever goes wrong, read from any of the server's four shapes (docs/http.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx


class MixdownError(Exception):
    """A request that did not succeed.

    Attributes:
        message: one sentence for people, with what to do next where the server knows it.
        code: a stable word for programs, lower_snake_case: the server's (``unknown_voice``), or ours where it gave
            none: ``connection_failed``, ``timeout``, ``connection_lost``, ``http_<status>``, ``bad_answer``.
        status: of HTTP; None where there was no answer.
        field: the request's member at fault.
        allowed: what would have been right: ``[low, high]``, or the choices.
        request_id: under which the server's log has it.
        retry_after: seconds after which the server expects to do better.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int | None = None,
        field: str | None = None,
        allowed: Sequence[Any] | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.field = field
        self.allowed = list(allowed) if allowed is not None else None
        self.request_id = request_id
        self.retry_after = retry_after

    def __repr__(self) -> str:
        return f"MixdownError({self.status}, {self.code!r}, {self.message!r}, field={self.field!r})"


def of_response(response: httpx.Response) -> MixdownError:
    """The error in an answer whose body has been read."""
    members = _members(response)
    return MixdownError(
        members.get("message") or f"The server answered {response.status_code} {response.reason_phrase}.",
        code=str(members.get("code") or f"http_{response.status_code}").lower(),
        status=response.status_code,
        field=members.get("field"),
        allowed=members.get("allowed"),
        request_id=response.headers.get("x-request-id"),
        retry_after=retry_after(response),
    )


def _members(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body: Any = response.json()
    except ValueError:  # not ours: a proxy's page
        return {}
    match body:
        case {"error": {"message": message, "param": field, "code": code} as inner}:
            return {"message": message, "code": code, "field": field, "allowed": _allowed(inner)}
        case {"error": _, "detail": message, "error_code": code}:
            pass
        case {"error": str(code), "message": message} | {"detail": message, "code": code}:
            pass
        case _:
            return {}
    return {"message": message, "code": code, "field": body.get("field"), "allowed": _allowed(body)}


def _allowed(members: Any) -> list[Any] | None:
    names = ("allowed", "valid_range", "valid_values")
    return next((members[name] for name in names if isinstance(members.get(name), list)), None)


def retry_after(response: httpx.Response) -> float | None:
    """Seconds; from ``Retry-After-Ms`` where it is there, which is the finer one."""
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            return max(0.0, float(response.headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return None


def of_transport(error: httpx.TransportError, base_url: str) -> MixdownError:
    """No answer, or half of one."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return MixdownError(f"Nothing answers at {base_url} ({error}).", code="connection_failed")
    if isinstance(error, httpx.TimeoutException):
        return MixdownError(f"{base_url} did not answer in time.", code="timeout")
    return MixdownError(f"The connection to {base_url} was lost ({error}).", code="connection_lost")
