"""Everything that the routes of the surface work with; it lives in ``app.state.messages``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Query, Request

from mixdown_api.messages.audit import Audit
from mixdown_api.messages.datasets import Datasets
from mixdown_api.messages.stems import Stems
from mixdown_api.messages.templates import Templates
from mixdown_api.messages.unused_keys import tell_unused_keys
from mixdown_api.service import Service


@dataclass(frozen=True, slots=True)
class Messages:
    service: Service
    audit: Audit
    stems: Stems
    datasets: Datasets
    templates: Templates

    @classmethod
    @asynccontextmanager
    async def opened(cls, service: Service) -> AsyncIterator[Messages]:
        """As long as the application runs."""
        folder = service.kernel.config.data_dir
        audit = Audit(folder / "audit")
        messages = cls(
            service, audit, Stems(service, audit), Datasets(service.state), Templates(folder / "templates")
        )
        await messages.datasets.seed()
        tell_unused_keys(service.kernel)
        try:
            yield messages
        finally:
            await messages.stems.aclose()
            audit.close()


def messages_of(request: Request) -> Messages:
    """The surface, for ``Depends``."""
    return cast(Messages, request.app.state.messages)


MessagesDep = Annotated[Messages, Depends(messages_of)]
Extended = Annotated[bool, Query(description="With cache entries and details")]
