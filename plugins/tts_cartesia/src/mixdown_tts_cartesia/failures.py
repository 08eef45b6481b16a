"""What went wrong, by what it cost.

There is no idempotency header: a request that is sent twice may be paid for twice. So every failure is one of three:
`NotRendered` (certainly nothing was made: it may be sent again), a plain `Problem` (the request was refused: sending
it again would not help), `MayBeCharged` (nobody knows: it is never sent again by itself).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from mixdown_kernel import Kind, Problem

MAX_WAIT = 30.0
"""Seconds that a server's ``Retry-After`` may hold a request up."""
CHARGED = "It may have been charged. Ask again."
_KEY_LIKE = re.compile(r"sk_[A-Za-z0-9_-]+|Bearer\s+\S+", re.IGNORECASE)


class NotRendered(Exception):
    """Certainly no sound was made. ``wait`` is what the server asks for, in seconds."""

    def __init__(self, problem: Problem, wait: float | None = None) -> None:
        super().__init__(problem.message)
        self.problem = problem
        self.wait = wait


class MayBeCharged(Problem):
    """A failure after which nobody knows whether the request was rendered, and charged."""

    def __init__(self, code: str, message: str, *, kind: Kind = Kind.UPSTREAM, **members: Any) -> None:
        super().__init__(kind, code, message, **{"hint": CHARGED, **members})


def unreachable(error: BaseException) -> NotRendered:
    """No connection. An error's text may hold addresses; its type says enough."""
    message = f"Cartesia could not be reached ({type(error).__name__})."
    return NotRendered(
        Problem(Kind.UPSTREAM, "cartesia_unreachable", message, hint="Nothing was charged. Try again.")
    )


def broken_off(error: BaseException | None = None) -> MayBeCharged:
    reason = f" ({type(error).__name__})" if error else ""
    return MayBeCharged("cartesia_broken_off", f"The connection to Cartesia broke off{reason}.")


def timed_out(seconds: float) -> MayBeCharged:
    message = f"Cartesia sent nothing for {seconds:g} s."
    return MayBeCharged("cartesia_timeout", message, kind=Kind.TIMEOUT)


def unreadable(what: str) -> MayBeCharged:
    return MayBeCharged("cartesia_unreadable", f"Cartesia sent {what}.")


def afresh(problem: Problem, *, retry_after: float | None = None) -> Problem:
    """The same `Problem` for somebody else: an exception that is kept and raised again holds on to all its frames."""
    return Problem(
        problem.kind,
        problem.code,
        problem.message,
        hint=problem.hint,
        retry_after=retry_after,
        details=problem.details,
    )


class Failures:
    """Makes of an answer what it means to the caller. Knows the key, so that no message repeats it."""

    def __init__(self, key: SecretStr) -> None:
        self._key = key

    def of_answer(self, status: int, body: bytes, retry_after: str | None) -> NotRendered | Problem:
        """For an answer that is not sound: JSON from version 2026-03-01 on, before it text (``Title: Message``)."""
        try:
            told = json.loads(body)
        except ValueError:
            title, _, message = body.decode(errors="replace").partition(": ")
            told = {"title": title, "message": message}
        return self._of(status, told if isinstance(told, Mapping) else {}, retry_after)

    def of_event(self, event: Mapping[str, Any], *, began: bool) -> NotRendered | Problem:
        """For an event of the type ``error``, which in older versions holds one text. ``began`` is whether
        anything came before it: then something was rendered, whatever it says."""
        told = dict(event)
        if isinstance(event.get("error"), str):
            title, _, message = event["error"].partition(": ")
            told = {"title": title, "message": message, **event}
        status = event.get("status_code")
        found = self._of(status if isinstance(status, int) else 500, told, None)
        if not began or isinstance(found, MayBeCharged):
            return found
        message = "Cartesia broke an utterance off." + self._said(told)
        return MayBeCharged("cartesia_broken_off", message, details=_reference(told))

    def _of(self, status: int, told: Mapping[str, Any], retry_after: str | None) -> NotRendered | Problem:
        code = str(told.get("error_code") or "")
        if status in (401, 402, 403) or code in ("quota_exceeded", "plan_upgrade_required"):
            return _account(status, code, told)
        if status == 429:
            return _busy(told, retry_after)
        if status >= 500 or status == 408 or status < 400:
            message = f"Cartesia failed with status {status}."
            return MayBeCharged("cartesia_failed", message, details=_reference(told))
        return self._refused(status, code, told)

    def _refused(self, status: int, code: str, told: Mapping[str, Any]) -> Problem:
        details, said = _reference(told), self._said(told)
        subject = f"{code} {told.get('title', '')}".lower()
        if "context" in subject:  # it ended while parts of it were still on their way
            message = "Cartesia ended an utterance before all of it was sent."
            return MayBeCharged("cartesia_expired", message, details=details)
        missing = status == 404 or "not_found" in subject or "not found" in subject
        if missing and "voice" in subject:
            message = "Cartesia has no such voice, or not for this account."
            return Problem(Kind.NOT_FOUND, "unknown_voice", message, field="voice", details=details)
        if "model" in subject:
            message = "Cartesia does not know the model of this installation."
            hint = "Set model in [plugins.sonic-3] to another one."
            return Problem(Kind.UNAVAILABLE, "cartesia_model", message, hint=hint, details=details)
        if "language" in subject:
            message = f"Sonic-3 does not speak this language with this voice.{said}"
            return Problem(
                Kind.UNSUPPORTED, "unsupported_language", message, field="language", details=details
            )
        if missing:
            message = f"Cartesia does not have what this installation asks it for.{said}"
            hint = "Look at base_url and pronunciation_dicts in [plugins.sonic-3]."
            return Problem(Kind.UNAVAILABLE, "cartesia_missing", message, hint=hint, details=details)
        if status == 413:
            return Problem(Kind.TOO_LARGE, "cartesia_too_large", f"It is too large for Cartesia.{said}")
        return Problem(
            Kind.INVALID, "cartesia_refused", f"Cartesia refused the request.{said}", details=details
        )

    def _said(self, told: Mapping[str, Any]) -> str:
        words = ": ".join(str(told[name]) for name in ("title", "message") if told.get(name))
        if key := self._key.get_secret_value():
            words = words.replace(key, "…")
        words = " ".join(_KEY_LIKE.sub("…", words).split())[:300]
        return f" It says: {words}" if words else ""


def _busy(told: Mapping[str, Any], retry_after: str | None) -> NotRendered:
    wait = min(float(retry_after), MAX_WAIT) if retry_after and retry_after.isdecimal() else None
    message = "Cartesia gets more requests at the same time than this account's plan allows."
    hint = "Lower concurrency in [plugins.sonic-3]; nothing was charged."
    problem = Problem(
        Kind.RATE_LIMITED,
        "cartesia_busy",
        message,
        hint=hint,
        retry_after=wait or 5.0,
        details=_reference(told),
    )
    return NotRendered(problem, wait)


def _account(status: int, code: str, told: Mapping[str, Any]) -> Problem:
    """Whatever the operator has to see to. What the server says of a key stays unsaid."""
    details = _reference(told)
    if status == 401:
        message = "Cartesia does not accept the key of this installation."
        return Problem(Kind.UNAVAILABLE, "cartesia_key", message, hint="Ask the operator.", details=details)
    if status == 402 or code == "quota_exceeded":
        message = "The Cartesia account of this installation has no credits left."
        return Problem(
            Kind.UNAVAILABLE, "cartesia_credits", message, hint="Ask the operator.", details=details
        )
    message = "The Cartesia account of this installation may not do this."
    return Problem(Kind.UNAVAILABLE, "cartesia_plan", message, hint="Ask the operator.", details=details)


def _reference(told: Mapping[str, Any]) -> dict[str, Any]:
    """By what the service finds the request again, and its own word for the failure."""
    return {
        name: told[name][:200]
        for name in ("error_code", "request_id")
        if isinstance(told.get(name), str) and not _KEY_LIKE.search(told[name])
    }
