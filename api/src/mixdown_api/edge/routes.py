"""The template of the route that a request took: what logs, metrics and schemas name it by."""

from __future__ import annotations

from starlette.types import Scope

UNMATCHED = "(unmatched)"


def route_template(scope: Scope) -> str:
    """``/v1/voices/{voice_id}`` for ``/v1/voices/john``; known only after routing.

    A route in an included router knows its own part only, so the prefix is read off the path. A mounted application
    without routes is one: ``/files/*``.
    """
    form: str | None = getattr(scope.get("route"), "path_format", None)
    path: str = scope["path"]
    if form is None:
        mount: str = scope.get("root_path", "").removeprefix(scope.get("app_root_path", ""))
        return f"{mount}/*" if mount and "app_root_path" in scope else UNMATCHED
    own_part = form.format(**scope.get("path_params", {}))
    return path.removesuffix(own_part) + form if path.endswith(own_part) else form
