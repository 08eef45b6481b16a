"""Stems: single pieces of speech, rendered once under their contract signature, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mixdown_api.messages.labels import Category


@dataclass(frozen=True, slots=True)
class Stem:
    """A stem that is there, whole. ``path`` is relative; ``status`` says whether this request rendered it."""

    label: str
    path: str
    text: str
    status: Literal["generated", "cached"]


class Stems:
    """Gets stems: out of the index, or rendered. Routes have it as ``request.app.state.messages.stems``
    (`mixdown_api.messages.surface.messages_of` for ``Depends``)."""

    async def get(self, category: Category, name: str, voice_id: str | None = None) -> Stem:
        """The stem of a name, a developer, a script or any text.

        Raises `Problem`: ``invalid`` for what cannot be spoken; ``not_found``/``unknown_voice``; whatever the road
        raises.
        """
        raise NotImplementedError
