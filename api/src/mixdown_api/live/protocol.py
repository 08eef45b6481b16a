"""The stream on the wire. Source: sources/audio-layer-api.md 2.2, contracts/audio-layers.md."""

from __future__ import annotations

import base64
import json
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from mixdown_api.edge import Surface, problem_body
from mixdown_api.edge.bodies import check_json
from mixdown_api.edge.failures import as_problem
from mixdown_api.edge.validation import validation_problem
from mixdown_api.scenes.layers_schemas import LayerBody, LayerId
from mixdown_api.scenes.members import name_model
from mixdown_api.scenes.wire import Percent, WireModel
from mixdown_kernel import LiveEvent, Problem, invalid, to_ms
from mixdown_kernel.requests import Seed

MAX_FADE_MS = 10_000
MAX_MESSAGE_BYTES = 64 << 10
ACTIONS = ("configure", "add_layer", "update_layer", "remove_layer", "interrupt", "close")
Glide = Annotated[int, Field(ge=0, le=MAX_FADE_MS)]


class Close(IntEnum):
    """Why we close, by RFC 6455 and, from 4000 on, by ourselves."""

    NORMAL = 1000
    UNSUPPORTED = 1003
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    IDLE = 4001
    SLOW = 4002


class Configure(WireModel):
    """How the stream shall be sent. At any time before the first layer."""

    action: Literal["configure"] = "configure"
    rate: Literal[24_000, 48_000] = 24_000
    channels: Literal[1, 2] = 1
    block_ms: Annotated[int, Field(ge=10, le=1000, multiple_of=10)] = 20
    binary: bool = Field(default=False, description="Sound as binary messages: samples and nothing else")
    seed: Seed | None = None


class UpdateLayer(WireModel):
    action: Literal["update_layer"]
    id: LayerId
    volume: Percent | None = None
    pan: Annotated[float, Field(ge=-100, le=100)] | None = None
    glide_ms: Glide = 0


class RemoveLayer(WireModel):
    action: Literal["remove_layer"]
    id: LayerId
    fade_ms: Glide = 0


class Interrupt(WireModel):
    action: Literal["interrupt"]


class CloseStream(WireModel):
    action: Literal["close"]


Order = Annotated[
    Configure | UpdateLayer | RemoveLayer | Interrupt | CloseStream, Field(discriminator="action")
]


class _Form:
    """A kind of message: how it is validated, and where its bounds are read."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        self._schema = adapter.json_schema()

    def validated(self, message: dict[str, Any]) -> Any:
        try:
            return self._adapter.validate_python(message)
        except ValidationError as error:
            errors = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
            body = {"content": {"application/json": {"schema": self._schema}}}
            raise validation_problem(errors, message, self._schema, {"requestBody": body}) from None


_ORDER: _Form = _Form(TypeAdapter(Order))
_LAYER: _Form = _Form(TypeAdapter(LayerBody))


class Unreadable(Exception):
    """No message of this protocol at all; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read(text: str) -> Order | LayerBody:
    """A client's message.

    Raises:
        Unreadable: it is not JSON, no object, or has no action that we know.
        Problem: a member of it is wrong.
    """
    try:
        check_json(text.encode("utf-8", "surrogatepass"))
    except Problem as problem:
        said = problem.message.replace("The body", "The message", 1)
        raise Unreadable(invalid(problem.code, said, field=problem.field)) from None
    message = json.loads(text.removeprefix("\ufeff")) if text else None
    if not isinstance(message, dict):
        raise Unreadable(invalid("invalid_message", "A message is a JSON object with an action."))
    if message.get("action") not in ACTIONS:
        said = "`action` must be one of " + ", ".join(ACTIONS) + "."
        raise Unreadable(invalid("unknown_action", said, field="action", allowed=list(ACTIONS)))
    found: Order | LayerBody
    if message["action"] != "add_layer":
        found = _ORDER.validated(message)
    else:
        found = _LAYER.validated({name: value for name, value in message.items() if name != "action"})
    return found


def configured(format_: Configure, seed: int) -> dict[str, Any]:
    """The first event: what the sound will be like."""
    members = format_.model_dump(include={"rate", "channels", "block_ms", "binary"})
    return {"event": "configured", **members, "sample_format": "s16le", "seed": seed}


def chunk(pcm: bytes, timestamp_ms: int) -> str:
    """A block of sound, as the source has it."""
    return f'{{"audio_chunk": "{base64.b64encode(pcm).decode()}", "timestamp_ms": {timestamp_ms}}}'


def told(event: LiveEvent, rate: int, request_id: str | None) -> dict[str, Any]:
    """What became of a layer."""
    members: dict[str, Any] = {"event": event.kind, "layer": event.layer}
    if event.frame is not None:
        members |= {"frame": event.frame, "timestamp_ms": to_ms(event.frame, rate)}
    if event.reason is not None:
        members["reason"] = event.reason
    if event.error is not None:
        members |= error(as_problem(event.error), request_id)
    return members


def error(problem: Problem, request_id: str | None) -> dict[str, Any]:
    """A problem in the words of this surface."""
    name_model(problem)
    problem.details.pop("layer", None)  # the kernel's; events and requests have the client's own
    return problem_body(problem, Surface.SCENES, request_id)
