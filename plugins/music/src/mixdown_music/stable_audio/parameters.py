"""What ``MusicRequest.parameters`` may hold: another sound to start from."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mixdown_kernel import MusicRequest, invalid
from mixdown_music.stable_audio.models import INPUT_SECONDS, STRENGTH

Verb = Literal["text-to-audio", "audio-to-audio", "inpaint"]


class Parameters(BaseModel):
    """``audio`` alone is a variation of it (audio-to-audio); with a mask, in seconds, the masked part is made
    anew (inpaint)."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    audio: str | None = Field(default=None, pattern=r"^asset:[0-9a-f]{64}$")
    strength: float | None = Field(default=None, ge=STRENGTH[0], le=STRENGTH[1])
    """How far a variation may leave its model; 1 is as far as can be."""
    mask_start: float | None = Field(default=None, ge=0, le=INPUT_SECONDS[1])
    mask_end: float | None = Field(default=None, ge=0, le=INPUT_SECONDS[1])

    @model_validator(mode="after")
    def _belong_together(self) -> Self:
        masked = (self.mask_start, self.mask_end)
        if self.audio is None and (self.strength is not None or masked != (None, None)):
            raise ValueError("strength and masks need an audio")
        if masked != (None, None):
            if self.mask_start is None or self.mask_end is None or self.mask_start >= self.mask_end:
                raise ValueError("a mask has a mask_start and, after it, a mask_end")
            if self.strength is not None:
                raise ValueError("a masked part is made anew: it has no strength")
        return self

    @property
    def verb(self) -> Verb:
        if self.audio is None:
            return "text-to-audio"
        return "audio-to-audio" if self.mask_start is None else "inpaint"


def parameters_of(request: MusicRequest) -> Parameters:
    """Raises `Problem` ``bad_parameter``."""
    try:
        return Parameters.model_validate(request.parameters)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise invalid(
            "bad_parameter",
            f"Stable Audio cannot use these parameters: {first['msg']}.",
            field=f"parameters.{name}" if name else "parameters",
            allowed=list(Parameters.model_fields),
        ) from None
