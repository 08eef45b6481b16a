"""What the rotation's routes take and give. Source of the contract's members: contracts/hybrid-audio.md, "Routes"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from mixdown_api.messages.claims import Claim, PairClaim
from mixdown_api.messages.labels import MAX_TEXT
from mixdown_api.messages.pairs import Pair, PairFigures
from mixdown_api.messages.rotation import MAX_SWITCHED, Switched
from mixdown_api.messages.schemas import ShowAll, StemView, VoiceId
from mixdown_api.messages.turns import Figures
from mixdown_api.scenes.wire import WireModel

PAIRS = "pairs"
"""What claims name instead of a dataset when they mean a name with a developer."""
DatasetName = Annotated[str, Field(min_length=1, max_length=80, description="`names`, `vip`, `vip.json`")]


class TurnBody(WireModel):
    voice_id: str | None = VoiceId
    extended: bool = ShowAll
    key: str | None = Field(
        default=None, description="The same key takes the same turn: to try again without losing one"
    )


class ClaimBody(WireModel):
    dataset: DatasetName = Field(default=PAIRS, description="`pairs` claims a name with a developer")
    key: str | None = Field(default=None, description="The same key gives the same claim for 30 days")


class ReleaseBody(WireModel):
    claim_id: str = Field(min_length=1, max_length=200)


class SwitchBody(WireModel):
    dataset: DatasetName
    items: list[Annotated[str, Field(max_length=MAX_TEXT)]] = Field(min_length=1, max_length=MAX_SWITCHED)


class NameAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    name: str


class DeveloperAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    developer: str


class ScriptAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    script: str


class ItemAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    dataset: str
    item: str


class PairNames(BaseModel):
    name: str
    developer: str

    @classmethod
    def of(cls, pair: Pair) -> PairNames:
        return cls(name=pair.name.text, developer=pair.developer.text)


class PairView(PairNames):
    ok: Literal[True] = True
    timestamp: datetime

    @classmethod
    def taken(cls, pair: Pair) -> PairView:
        return cls(name=pair.name.text, developer=pair.developer.text, timestamp=datetime.now(UTC))


class PairAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    pair: PairView


class ScriptPreview(BaseModel):
    script: str
    label: str


class PairStream(BaseModel):
    """What will come; nothing is taken."""

    status: Literal["ok"] = "ok"
    stream: list[PairNames]


class ScriptStream(BaseModel):
    status: Literal["ok"] = "ok"
    stream: list[ScriptPreview]


class ItemStream(BaseModel):
    status: Literal["ok"] = "ok"
    dataset: str
    stream: list[str]


class ClaimView(BaseModel):
    """``item``, or ``name`` and ``developer``."""

    id: str
    dataset: str
    item: str | None = None
    name: str | None = None
    developer: str | None = None
    claimed_at: datetime

    @classmethod
    def of(cls, claim: Claim) -> ClaimView:
        at = datetime.fromtimestamp(claim.claimed_at, UTC)
        if isinstance(claim, PairClaim):
            return cls(id=claim.id, dataset=PAIRS, claimed_at=at, **PairNames.of(claim.pair).model_dump())
        return cls(id=claim.id, dataset=claim.dataset, item=claim.item.text, claimed_at=at)


class ClaimAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    claim: ClaimView


class SwitchAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    dataset: str
    changed: int
    unknown: list[str] = Field(description="Texts that the dataset does not have")

    @classmethod
    def of(cls, switched: Switched) -> SwitchAnswer:
        name = switched.dataset.name
        return cls(dataset=name, changed=switched.changed, unknown=list(switched.unknown))


class PairStems(BaseModel):
    name: StemView
    developer: StemView


class GeneratedPair(BaseModel):
    status: Literal["ok"] = "ok"
    rotation: Literal[True] = True
    pair: PairNames
    stems: PairStems
    natural_text: dict[str, str] | None = None


class GeneratedScript(BaseModel):
    status: Literal["ok"] = "ok"
    rotation: Literal[True] = True
    script: str
    stem: StemView
    natural_text: dict[str, str] | None = None


class DatasetStats(BaseModel):
    """``used`` and ``unused`` count all items, disabled ones too; ``least`` and ``most`` are single turns of the
    enabled ones, and never differ by more than one."""

    role: str
    total: int
    enabled: int
    disabled: int
    used: int
    unused: int
    coverage: float = Field(description="The share of all items that had a turn, alone or in a pair")
    least: int
    most: int

    @classmethod
    def of(cls, role: str, found: Figures) -> DatasetStats:
        return cls(
            role=role,
            total=found.total,
            enabled=found.enabled,
            disabled=found.disabled,
            used=found.used,
            unused=found.unused,
            coverage=round(found.coverage, 4),
            least=found.least,
            most=found.most,
        )


class PairStats(BaseModel):
    """``total`` is enabled names × enabled developers, ``covered`` how many of them have been dealt."""

    total: int
    covered: int
    dealt: int = Field(description="Turns in all")
    coverage: float

    @classmethod
    def of(cls, found: PairFigures) -> PairStats:
        coverage = round(found.coverage, 4)
        return cls(total=found.total, covered=found.covered, dealt=found.dealt, coverage=coverage)


class StatsAnswer(BaseModel):
    status: Literal["ok"] = "ok"
    datasets: dict[str, DatasetStats]
    pairs: PairStats
    timestamp: datetime
