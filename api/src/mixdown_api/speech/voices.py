"""Voices and models as the clients of OpenAI's audio API list them. Source: contracts/openai-audio.md."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from mixdown_api.service import Service, service_of
from mixdown_kernel import Kind, Problem
from mixdown_kernel.voices import OfferedVoice

OPENAI_VOICES = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer", "verse", "marin", "cedar",
)  # fmt: skip
SOURCE_VOICES = ("en_us_001", "en_epic_001", "custom")
"""The examples of the documents that Mixdown unites."""
STANDARD_VOICES = dict.fromkeys((*OPENAI_VOICES, *SOURCE_VOICES), "")
"""Every installation resolves these, with its default voice where no backend claims the name."""
OPENAI_MODELS = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts")
CREATED = 1_767_225_600
"""2026-01-01: models have a birthday in OpenAI's shape; ours share one."""

router = APIRouter(tags=["voices and models"])
ServiceDep = Annotated[Service, Depends(service_of)]


class Model(BaseModel):
    id: str
    object: str = "model"
    created: int = CREATED
    owned_by: str = "mixdown"
    backend: str = Field(default="", exclude=True)
    """Whose it is; empty for OpenAI's names, which mean the default."""


class ModelList(BaseModel):
    object: str = "list"
    data: list[Model]


def models(service: Service) -> list[Model]:
    """A model for every open voice backend and its aliases, and OpenAI's names for the default."""
    found = [Model(id=name) for name in OPENAI_MODELS]
    for running in service.kernel.running():
        if running.role == "synthesis" and running.state == "open":
            names = (running.name, *running.offer.backend.aliases)
            owner = running.offer.plugin.name
            found += [Model(id=name, owned_by=owner, backend=running.name) for name in names]
    return found


async def speaking(service: Service) -> list[Model]:
    """The models that can be spoken with now: those of backends that say they are well."""
    await service.kernel.ready()
    voices = [running for running in service.kernel.running() if running.role == "synthesis"]
    states = await asyncio.gather(*(running.health() for running in voices))
    ill = {running.name for running, health in zip(voices, states, strict=True) if not health.ok}
    return [model for model in models(service) if model.backend not in ill]


@router.get("/v1/models", summary="List models that can be spoken with now")
async def list_models(service: ServiceDep) -> ModelList:
    return ModelList(data=await speaking(service))


@router.get("/v1/models/{id}", summary="One model")
async def get_model(service: ServiceDep, id: str) -> Model:  # noqa: A002 - the path's name
    for model in await speaking(service):
        if model.id == id:
            return model
    for running in service.kernel.running():
        if running.role == "synthesis" and id in (running.name, *running.offer.backend.aliases):
            raise Problem(
                Kind.UNAVAILABLE,
                "model_unavailable",
                f"The model {id!r} cannot be spoken with now.",
                field="id",
                hint=(await running.health()).detail or None,
            )
    raise unknown_model(service, id, "id")


@router.get("/v1/audio/models", summary="List models as Open WebUI reads them")
async def list_audio_models(service: ServiceDep) -> dict[str, list[dict[str, str]]]:
    return {"models": [{"id": model.id} for model in await speaking(service)]}


@router.get("/v1/audio/voices", summary="List voices as Open WebUI reads them")
async def list_audio_voices(
    service: ServiceDep,
    legacy: Annotated[bool, Query(description="Plain strings, for older gateways")] = False,
) -> dict[str, list[Any]]:
    listed = await listing(service)
    if legacy:
        return {"voices": [voice["id"] for voice in listed]}
    return {"voices": [{"id": voice["id"], "name": voice["name"]} for voice in listed]}


@router.get("/v1/voices", summary="List voices with everything that is known of them")
async def list_voices(
    service: ServiceDep, language: str | None = None, backend: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    listed = await listing(service)
    wanted = [
        voice
        for voice in listed
        if (language is None or _speaks(voice["language"], language))
        and (backend is None or voice["backend"] == backend)
    ]
    return {"voices": wanted}


async def listing(service: Service) -> list[dict[str, Any]]:
    """Standard names first (what clients of OpenAI look for), then every backend's own voices."""
    await service.kernel.ready()
    offered = await service.kernel.voices.all()
    return [*_standard(offered), *(_own(one) for one in offered)]


def _standard(offered: list[OfferedVoice]) -> list[dict[str, Any]]:
    if not offered:
        return []
    found = []
    for name in OPENAI_VOICES:
        claimed = next((one for one in offered if name in one.voice.aliases), offered[0])
        found.append(
            {**_own(claimed), "id": name, "name": name.title(), "aliases": [], "stands_for": claimed.voice.id}
        )
    return found


def _own(offered: OfferedVoice) -> dict[str, Any]:
    voice = offered.voice
    return {
        "id": voice.id,
        "name": voice.name,
        "backend": offered.backend,
        "language": voice.language,
        "gender": voice.gender,
        "aliases": list(voice.aliases),
        "tags": list(voice.tags),
    }


def _speaks(tag: str, wanted: str) -> bool:
    """A tag matches itself and its regions (RFC 4647 basic filtering)."""
    return tag.lower() == wanted.lower() or tag.lower().startswith(wanted.lower() + "-")


def backend_of(service: Service, model: str) -> str | None:
    """The backend that a model names; None for OpenAI's names, which mean the default."""
    if model in OPENAI_MODELS or model.startswith("gpt-4o-mini-tts-"):
        return None
    for running in service.kernel.running():
        if running.role == "synthesis" and model in (running.name, *running.offer.backend.aliases):
            return running.name
    raise unknown_model(service, model, "model")


def unknown_model(service: Service, model: str, field: str) -> Problem:
    offers = service.kernel.registry.offers["synthesis"]
    if any(model in (name, *offer.backend.aliases) for name, offer in offers.items()):
        return Problem(
            Kind.NOT_FOUND,
            "model_not_configured",
            f"The model {model!r} is installed and not in use.",
            field=field,
            allowed=[model.id for model in models(service)],
            hint="Name it in the configuration: [backends] synthesis.",
        )
    return Problem(
        Kind.NOT_FOUND,
        "model_not_found",
        f"There is no model {model[:80]!r}.",
        field=field,
        allowed=[model.id for model in models(service)],
        hint="GET /v1/models lists them.",
    )
