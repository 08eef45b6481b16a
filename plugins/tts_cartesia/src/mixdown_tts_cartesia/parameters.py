"""What ``SpeechRequest.parameters`` may hold, and what becomes of it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from mixdown_kernel import Kind, Problem, SpeechRequest, invalid
from mixdown_tts_cartesia.emotions import emotion_in
from mixdown_tts_cartesia.limits import SPEED, VOLUME
from mixdown_tts_cartesia.settings import SonicSettings


class Parameters(BaseModel):
    """The members of ``generation_config``, and a pronunciation dictionary. None leaves it to the settings."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    speed: float | None = Field(default=None, ge=SPEED[0], le=SPEED[1])
    """In place of the setting; the request's own speed multiplies it."""
    volume: float | None = Field(default=None, ge=VOLUME[0], le=VOLUME[1])
    """How loudly Sonic speaks, which is no gain: `SpeechRequest.volume` is."""
    emotion: str | None = Field(default=None, min_length=1, max_length=64)
    """One of `EMOTIONS`, or free."""
    pronunciation_dict_id: str | None = Field(default=None, max_length=128)
    """One of the setting's; an empty one is none."""


def parameters_of(request: SpeechRequest) -> Parameters:
    """Raises `Problem` ``bad_parameter``."""
    try:
        return Parameters.model_validate(request.parameters)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise invalid(
            "bad_parameter",
            f"Sonic-3 cannot use these parameters: {first['msg']}.",
            field=f"parameters.{name}" if name else "parameters",
            allowed=list(Parameters.model_fields),
        ) from None


def generation_config(request: SpeechRequest, settings: SonicSettings) -> dict[str, JsonValue]:
    """What a request, its instructions and the settings ask for together. Raises `Problem`."""
    asked = parameters_of(request)
    config: dict[str, JsonValue] = {}
    speed = _speed(request, settings.speed if asked.speed is None else asked.speed)
    if speed != 1:
        config["speed"] = speed
    volume = settings.volume if asked.volume is None else asked.volume
    if volume is not None:
        config["volume"] = volume
    emotion = asked.emotion or emotion_in(request.instructions) or settings.emotion
    if emotion is not None:
        config["emotion"] = emotion
    return config


def _speed(request: SpeechRequest, pace: float) -> float:
    speed = round(request.speed * pace, 4)
    if not SPEED[0] <= speed <= SPEED[1]:
        raise Problem(
            Kind.UNSUPPORTED,
            "speed_out_of_reach",
            f"Sonic-3 speaks at {SPEED[0]:g} to {SPEED[1]:g} times its own pace, not at {speed:g}.",
            field="speed",
            allowed=[round(SPEED[0] / pace, 4), round(SPEED[1] / pace, 4)],
            hint=f"The pace of the settings or the parameters is {pace:g}; speed multiplies it.",
        )
    return speed


def dictionary_of(request: SpeechRequest, dictionaries: tuple[str, ...]) -> str | None:
    """The pronunciation dictionary of a request. Raises `Problem` for one whose content is not known: the signature
    of the sound could not cover it."""
    asked = parameters_of(request).pronunciation_dict_id
    if asked is None:
        return dictionaries[0] if dictionaries else None
    if asked and asked not in dictionaries:
        raise invalid(
            "unknown_pronunciation_dict",
            f"There is no pronunciation dictionary {asked[:60]!r} here.",
            field="parameters.pronunciation_dict_id",
            allowed=list(dictionaries),
            hint="Name it in pronunciation_dicts of [plugins.sonic-3].",
        )
    return asked or None
