"""Known models by name: what to pull from where, under which licence."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from mixdown_tts_onnx.family import Family
from mixdown_tts_onnx.models.store import unknown_model

PIPER_REPOSITORY = "rhasspy/piper-voices"
PIPER_VOICE = re.compile(r"(?:piper-)?(([a-z]{2,3})_[A-Z]{2,3})-([A-Za-z0-9_]+)-(x_low|low|medium|high)")
PIPER_LICENCE = "per voice: see its MODEL_CARD"
PIPER_SIZES = {"x_low": 20_000_000, "low": 63_000_000, "medium": 63_000_000, "high": 114_000_000}


class Entry(BaseModel):
    """A model that can be pulled.

    ``files`` are patterns of the repository's paths, ``extras`` those of files that it may lack; ``folder`` is cut from
    what they match. ``size`` is about what
    comes, in bytes. ``gated`` repositories want their licence accepted, and a token. One that does not ``speak`` as it is
    says what to do ``next``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    aliases: tuple[str, ...] = ()
    family: str
    title: str
    repository: str
    revision: str = "main"
    files: tuple[str, ...]
    extras: tuple[str, ...] = ("README.md",)
    folder: str = ""
    size: int
    licence: str
    languages: tuple[str, ...]
    gated: bool = False
    speaks: bool = True
    next: str = ""

    @property
    def source(self) -> str:
        return f"https://huggingface.co/{self.repository}"


@cache
def catalogue() -> tuple[Entry, ...]:
    """In the order in which people should meet them."""
    rows = tomllib.loads((files(__package__) / "catalogue.toml").read_text(encoding="utf-8"))["model"]
    return tuple(_entry(row) for row in rows)


def find_entry(name: str) -> Entry:
    """By name, alias, or as a Piper voice (``en_GB-alan-medium``). `Problem` for a name that means nothing."""
    for entry in catalogue():
        if name in (entry.name, *entry.aliases):
            return entry
    if voice := PIPER_VOICE.fullmatch(name):
        return _piper(voice[0].removeprefix("piper-"))
    names = [known for entry in catalogue() for known in (entry.name, *entry.aliases)]
    raise unknown_model(name, get_close_matches(name, names, 5) or names[:5])


def command_for(family: Family, wanted: Sequence[str] | None) -> str:
    """What to run so that a family speaks, as sentences."""
    entries = [entry for entry in catalogue() if entry.family == family.name]
    if wanted:
        return " ".join(dict.fromkeys(_command_for_one(name) for name in wanted))
    if not entries:
        return f"Name a directory with one: [plugins.{family.name}] directories."
    return _pulled_by(entries[0])


def _command_for_one(name: str) -> str:
    """A model of the settings."""
    known = next((entry for entry in catalogue() if name in (entry.name, *entry.aliases)), None)
    if known is None and PIPER_VOICE.fullmatch(name):
        known = find_entry(name)
    return _pulled_by(known) if known else f"Put the model {name[:60]!r} into the folder of models."


def _pulled_by(entry: Entry) -> str:
    name = entry.aliases[0] if entry.aliases else entry.name
    if not entry.next:
        return f"Run `mixdown models pull {name}`."
    then = entry.next.format(directory=f"MODELS/{entry.name}", models="MODELS")
    return f"Run `mixdown models pull {name}`, then `{then}` (MODELS is the folder of models)."


def _entry(row: dict[str, Any]) -> Entry:
    if voice := row.pop("voice", None):
        return _piper(voice).model_copy(update={**row, "aliases": (*row.get("aliases", ()), voice)})
    return Entry(**row)


def _piper(voice: str) -> Entry:
    """Piper's voices lie in folders by language, region, name and quality."""
    match = PIPER_VOICE.fullmatch(voice)
    if match is None:
        raise ValueError(f"{voice!r} is no name of a Piper voice")
    locale, language, speaker, quality = match.groups()
    folder = f"{language}/{locale}/{speaker}/{quality}/"
    return Entry(
        name=f"piper-{voice}",
        aliases=(voice,),
        family="piper",
        title=f"Piper, {speaker} ({quality})",
        repository=PIPER_REPOSITORY,
        files=tuple(folder + name for name in (f"{voice}.onnx", f"{voice}.onnx.json")),
        extras=(f"{folder}MODEL_CARD",),
        folder=folder,
        size=PIPER_SIZES[quality],
        licence=PIPER_LICENCE,
        languages=(locale.replace("_", "-"),),
    )
