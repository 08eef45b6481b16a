"""Where templates come from: those that ship, and the operator's own in ``<data_dir>/templates``, which win."""

from __future__ import annotations

import asyncio
import json
import re
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from mixdown_api.messages.template import Template, parse_template
from mixdown_kernel import Kind, Problem, invalid

DEFAULT = "double_anchor_hybrid"
ALIASES = {"double_anchor": DEFAULT}
MAX_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Templates:
    """Loads templates by name; each is read and validated when it is asked for, so that an edit is heard at once."""

    def __init__(self, folder: Path) -> None:
        self._own = folder
        self._shipped = resources("mixdown_api.messages").joinpath("data/templates")

    async def load(self, name: str) -> Template:
        """A template by its name, with or without ``.json``.

        Raises `Problem` ``not_found``/``unknown_template``; ``invalid`` for a document that breaks a rule.
        """
        return await asyncio.to_thread(self._load, name)

    async def names(self) -> list[str]:
        return await asyncio.to_thread(self._names)

    async def checked(self) -> dict[str, Template | Problem]:
        """Every template, or what is wrong with it."""
        return {name: await self._checked(name) for name in await self.names()}

    async def _checked(self, name: str) -> Template | Problem:
        try:
            return await self.load(name)
        except Problem as problem:
            return problem

    def _names(self) -> list[str]:
        shipped = {Path(entry.name).stem for entry in self._shipped.iterdir() if entry.name.endswith(".json")}
        own = {path.stem for path in self._own.glob("*.json") if _NAME.fullmatch(path.stem)}
        return sorted(shipped | own)

    def _load(self, name: str) -> Template:
        stem = name.removesuffix(".json")
        if not _NAME.fullmatch(stem):
            raise self._unknown(name)
        text = self._read(stem)
        if text is None:
            text = self._read(ALIASES.get(stem, ""))
        if text is None:
            raise self._unknown(name)
        return parse_template(_parsed(text))

    def _read(self, stem: str) -> bytes | None:
        if not stem:
            return None
        try:
            with (self._own / f"{stem}.json").open("rb") as file:
                text = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            shipped = self._shipped.joinpath(f"{stem}.json")
            return shipped.read_bytes() if shipped.is_file() else None
        except OSError as error:
            message = f"The template cannot be read: {error.strerror}."
            raise invalid("unreadable_template", message, field="template") from None
        if len(text) > MAX_BYTES:
            message = f"A template may have at most {MAX_BYTES:,} bytes."
            raise Problem(Kind.TOO_LARGE, "template_too_large", message, field="template")
        return text

    def _unknown(self, name: str) -> Problem:
        return Problem(
            Kind.NOT_FOUND,
            "unknown_template",
            f"There is no template {name[:80]!r}.",
            field="template",
            allowed=list(self._names()),
        )


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        message = f"The template is not JSON: {type(error).__name__}."
        raise invalid("bad_template_json", message, field="template") from None
