"""Where every failure of a request ends: as a problem in the surface's shape, never as the framework's own."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mixdown_api.edge.problems import STATUS, problem_response
from mixdown_api.edge.validation import request_problem
from mixdown_kernel import Kind, Problem

log = logging.getLogger("mixdown.edge")
KINDS = {status: kind for kind, status in STATUS.items() if kind is not Kind.UNAVAILABLE}
CODES = {404: "not_found", 405: "method_not_allowed"}


class Failures:
    """Innermost middleware: renders what a route raises before its answer began.

    What fails later is raised on, so that the server breaks the connection off and no client takes a torn
    answer for a whole one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in ("http.response.start", "websocket.accept")
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if started or scope["type"] == "lifespan":
                raise
            await problem_response(as_problem(error), scope)(scope, receive, send)


def as_problem(error: Exception) -> Problem:
    """A problem as it is; anything else is our own failure, logged here and told without its insides."""
    if isinstance(error, Problem):
        if error.kind is Kind.INTERNAL:
            log.error("problem: %s", error.message, exc_info=error)
        return error
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    return Problem(
        Kind.INTERNAL,
        "internal_error",
        "Something went wrong on our side; the log has it under this request's id.",
    )


def add_exception_handlers(app: FastAPI) -> None:
    """Take over the framework's own shapes: validation, 404, 405, and failures of the middleware itself."""
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unhandled)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    return problem_response(request_problem(error, request), request.scope)


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    if isinstance(error.__cause__, Problem):  # the framework wraps what fails while it reads a body
        return problem_response(error.__cause__, request.scope)
    problem = Problem(
        KINDS.get(error.status_code, Kind.INVALID if error.status_code < 500 else Kind.INTERNAL),
        CODES.get(error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")),
        _words(request, error),
    )
    return problem_response(problem, request.scope, status=error.status_code, headers=error.headers)


def _words(request: Request, error: HTTPException) -> str:
    match error.status_code:
        case 404 if error.detail == HTTPStatus.NOT_FOUND.phrase:
            return f"There is nothing at {request.url.path!r}; /openapi.json lists what there is."
        case 405:
            allowed = (error.headers or {}).get("Allow", "another method")
            return f"{request.url.path!r} does not take {request.method}, but {allowed}."
        case _:
            return str(error.detail)


async def _unhandled(request: Request, error: Exception) -> Response:
    return problem_response(as_problem(error), request.scope)
