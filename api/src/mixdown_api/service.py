"""What every route works with: the kernel, and what the facade adds to it. It lives in ``app.state.service``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from mixdown_api.edge import ApiSettings, Edge
from mixdown_api.renders.store import Renders
from mixdown_api.state import State
from mixdown_kernel import Kernel


@dataclass(frozen=True, slots=True)
class Service:
    kernel: Kernel
    settings: ApiSettings
    edge: Edge
    state: State
    renders: Renders


def service_of(request: Request) -> Service:
    """The application's service, for ``Depends``."""
    return cast(Service, request.app.state.service)
