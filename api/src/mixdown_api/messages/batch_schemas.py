"""What the batch routes take. A batch names datasets, never paths; its values travel in the job, whole."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mixdown_api.messages.datasets import OF_ROLE
from mixdown_api.messages.schemas import VoiceId
from mixdown_api.messages.templates import DEFAULT
from mixdown_api.scenes.wire import WireModel

MAX_TURNS = 1_000_000


class RotationsBody(WireModel):
    """``count`` turns of the rotation, each with its stems."""

    count: int = Field(ge=1, le=MAX_TURNS)
    of: Literal["pairs", "names", "developers", "scripts"] = "pairs"
    voice_id: str | None = VoiceId


class MessagesBody(WireModel):
    """A template filled with every name for every developer, or with ``count`` pairs of the rotation."""

    template: str = Field(default=DEFAULT, max_length=100, description="With or without `.json`")
    names: str = Field(default=OF_ROLE["names"], max_length=200, description="A dataset")
    developers: str = Field(default=OF_ROLE["developers"], max_length=200, description="A dataset")
    limit: int | None = Field(default=None, ge=1, le=MAX_TURNS, description="At most so many messages")
    rotate: bool = Field(default=False, description="Take pairs from the rotation, `limit` of them")
    variant: str | None = Field(default=None, max_length=64, description="One of the template's")
    values: dict[str, str] = Field(default_factory=dict, max_length=64, description="For other placeholders")
    voice_id: str | None = VoiceId
    upload: bool = Field(default=False, description="Also into the bucket")

    @model_validator(mode="after")
    def _limited(self) -> MessagesBody:
        if self.rotate and self.limit is None:
            raise ValueError("`rotate` needs a `limit`: the rotation has no end")
        if self.rotate and {self.names, self.developers} != {OF_ROLE["names"], OF_ROLE["developers"]}:
            raise ValueError("the rotation of pairs is that of the core datasets")
        return self


class ValidateBody(MessagesBody):
    """The same messages, checked and counted: nothing is rendered, no turn is taken."""

    rotate: Literal[False] = False
