"""The template of the route that a request took: what logs, metrics and schemas name it by."""

from __future__ import annotations

from starlette.types import Scope

UNMATCHED = "(unmatched)"


def route_template(scope: Scope) -> str:
    """``/v1/voices/{voice_id}`` for ``/v1/voices/john``; known only after routing.

    A route in an included router knows its own part only, so the prefix is read off the path.
    """
    form = getattr(scope.get("route"), "path_format", None)
    path: str = scope["path"]
    if form is None:
        return UNMATCHED
    try:
        own_part = form.format(**scope.get("path_params", {}))
    except (KeyError, IndexError):  # a mounted application: its own routes are its own affair
        return f"{scope.get('root_path', '')}/*"
    return path.removesuffix(own_part) + form if path.endswith(own_part) else str(form)
