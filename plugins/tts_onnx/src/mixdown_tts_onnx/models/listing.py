"""All models that are known or here, with what people must know of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mixdown_tts_onnx.families import families
from mixdown_tts_onnx.family import Family
from mixdown_tts_onnx.models.catalogue import Entry, catalogue
from mixdown_tts_onnx.models.store import Installed, Store


def rows(store: Store) -> list[dict[str, Any]]:
    """Those of the catalogue, here or not, then what else is here; as plain JSON."""
    installed = {one.name: one for one in store.installed()}
    known = families()
    listed = [_row(entry, installed.pop(entry.name, None), store, known) for entry in catalogue()]
    return listed + [_row(None, one, store, known) for one in installed.values()]


def _row(
    entry: Entry | None, here: Installed | None, store: Store, known: Sequence[Family]
) -> dict[str, Any]:
    manifest = here.manifest if here else None
    told = manifest or entry
    name = here.name if here else entry.name if entry else ""
    return {
        "name": name,
        "aliases": list(entry.aliases) if entry else [],
        "family": told.family if told else _family_of(here, known),
        "here": here is not None,
        "state": _state(entry, here, store),
        "bytes": here.size if here else entry.size if entry else 0,
        "licence": licence_of(here, known) or (told.licence if told else "unknown"),
        "languages": list(told.languages) if told else [],
        "source": f"https://huggingface.co/{told.repository}" if told and told.repository else "",
        "gated": entry.gated if entry else False,
        "title": told.title if told else "",
        "directory": str(here.directory) if here else "",
    }


def _state(entry: Entry | None, here: Installed | None, store: Store) -> str:
    if here is not None:
        return "here" if entry is None or entry.speaks else "to convert"
    if entry is not None and store.has_partial(entry.name):
        return "begun"
    return "gated" if entry and entry.gated else "-"


def _family_of(here: Installed | None, known: Sequence[Family]) -> str:
    return next((one.name for one in known if here and one.recognises(here.directory)), "unknown")


def licence_of(here: Installed | None, known: Sequence[Family]) -> str:
    """As the model's own card says, where it is here."""
    for family in known:
        if here is not None and family.recognises(here.directory):
            try:
                return family.inspect(here.directory).licence
            except Exception:  # a damaged model is still listed; `verify` says what is wrong
                return ""
    return ""
