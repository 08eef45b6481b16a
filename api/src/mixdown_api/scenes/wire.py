"""What models on the wire have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Percent = Annotated[float, Field(ge=0, le=100)]


class WireModel(BaseModel):
    """Base of what comes over the wire: unknown members are refused, NaN and `true` are no numbers."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)
