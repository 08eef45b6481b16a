"""How a text is read and pronounced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from mixdown_kernel.script import Script


class TextRequest(BaseModel):
    """A text to be read. ``normalize`` turns single rules off (``{"numbers": false}``).

    ``lexicon`` says how words are pronounced, before the installation's own: IPA between slashes
    (``{"gif": "/dʒɪf/"}``), or other words to be read in their place (``{"Siobhan": "shi vawn"}``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    markup: Literal["auto", "plain", "ssml"] = "auto"
    language: str = "en"
    normalize: dict[str, bool] = Field(default_factory=dict)
    lexicon: dict[str, str] = Field(default_factory=dict)


class TextFrontEnd(Protocol):
    """Role ``text``."""

    def script(self, request: TextRequest) -> Script:
        """Utterances and pauses in order. Synchronous and pure; the road calls it off the event loop.

        Raises `Problem` ``invalid`` with ``details["offset"]`` of what cannot be read, ``unsupported`` for SSML
        where it reads none.
        """
        ...

    def switches(self) -> Sequence[str]:
        """The names that ``normalize`` may hold."""
        ...


@dataclass(frozen=True, slots=True)
class PhonemeClause:
    """IPA of one clause and the punctuation that ended it (empty at the end of unpunctuated text)."""

    phonemes: str
    terminator: str


class Phonemizer(Protocol):
    """Role ``phonemes``: how a text is pronounced."""

    async def phonemize(self, text: str, language: str) -> Sequence[PhonemeClause]: ...
