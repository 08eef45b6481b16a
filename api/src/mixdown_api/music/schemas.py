"""``POST /v1/music/generate`` on the wire. Source: sources/audio-layer-api.md 3.1, contracts/audio-layers.md."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from mixdown_api.scenes.layers import Genre
from mixdown_api.scenes.output import Output, RenderAnswer, RenderBody
from mixdown_api.scenes.wire import Percent, WireModel
from mixdown_kernel.requests import Seed

MAX_PROMPT = 10_000
MAX_SECONDS = 3600
EXAMPLE: dict[str, Any] = {
    "prompt": "epic battle music",
    "duration_sec": 30,
    "params": {"bpm": 120, "key": "C_minor"},
}
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z][A-Za-z &'-]*$")]


class MusicParams(WireModel):
    """What is wanted to the letter; it beats whatever the prompt says."""

    bpm: int | None = Field(default=None, ge=60, le=200, description="Beats per minute")
    key: str | None = Field(default=None, max_length=16, description="`C_minor`, `F#m`, `Bb major`")
    genre: Genre | None = None
    intensity: Percent | None = None
    mood: str | None = Field(
        default=None, min_length=1, max_length=200, description="More words, read after the prompt's"
    )
    instruments: list[Name] = Field(default_factory=list, max_length=16, description="Who shall play, too")
    without: list[Name] = Field(default_factory=list, max_length=16, description="Who shall not")
    seed: Seed | None = Field(default=None, description="The same as `seed`")


class StartFrom(WireModel):
    """Sound to start from, for music backends that can (Stable Audio): varied as a whole, or made anew between two times
    of it."""

    audio_url: str = Field(
        min_length=1, max_length=4096, description="On the public internet, or a render of ours"
    )
    strength: float | None = Field(
        default=None, ge=0.01, le=1, description="How far a variation may leave it; 1 is as far as can be"
    )
    mask_start: float | None = Field(
        default=None, ge=0, le=MAX_SECONDS, description="Seconds: from here to `mask_end` it is made anew"
    )
    mask_end: float | None = Field(default=None, ge=0, le=MAX_SECONDS)


class MusicOutput(Output):
    """``separate_tracks`` means `stems` here; there are no words to caption."""

    captions: None = None


class MusicGenerateBody(RenderBody):
    """A piece of music by a prompt."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    prompt: str = Field(min_length=1, max_length=MAX_PROMPT, description="What is wanted, in words")
    duration_sec: float = Field(default=30, ge=1, le=MAX_SECONDS, description="Kept to the millisecond")
    params: MusicParams = MusicParams()
    start_from: StartFrom | None = None
    model: str | None = Field(
        default=None, min_length=1, max_length=64, description="A music backend by name; pins it"
    )
    stems: bool = Field(default=False, description="Also each instrument group apart; they sum to the piece")
    midi: bool = Field(default=False, description="Also the notes, as a Standard MIDI File")
    output: MusicOutput = MusicOutput()

    @model_validator(mode="after")
    def _one_seed(self) -> Self:
        if self.seed is None:
            self.seed = self.params.seed
        return self


class MusicGenerateAnswer(RenderAnswer):
    """The piece as it was composed."""

    genre: str | None = None
    bpm: int | None = None
    key: str | None = None
    seed: int | None = Field(default=None, description="Asked for again, it gives the same piece")
    reading: dict[str, Any] | None = Field(
        default=None,
        description="How the prompt was read: what is played, by which words, and what was ignored",
    )
    stems: dict[str, str] | None = None
    midi_url: str | None = None
