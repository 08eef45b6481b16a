"""What an account has: voices, clones of voices, pronunciation dictionaries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar

from mixdown_kernel import Kind, Problem, Voice, invalid
from mixdown_tts_cartesia.failures import MayBeCharged, NotRendered, unreadable
from mixdown_tts_cartesia.http import Http
from mixdown_tts_cartesia.limits import LANGUAGES, MAX_CLIP_BYTES, MAX_PAGES, PAGE, language_of
from mixdown_tts_cartesia.patience import Patience

T = TypeVar("T")
Gender = Literal["female", "male", "neutral"]
GENDERS: dict[str, Gender] = {"feminine": "female", "masculine": "male", "gender_neutral": "neutral"}


class Library:
    """Asks the account. Lists are free, so asking for one again is no harm; a clone is made once."""

    def __init__(self, http: Http, patience: Patience) -> None:
        self._http = http
        self._patience = patience

    async def voices(self) -> list[Voice]:
        """Every voice that the account may use, page by page, in the service's order."""
        found: dict[str, Voice] = {}
        query = {"limit": str(PAGE)}
        for _ in range(MAX_PAGES):
            page = await self._get("/voices", query)
            # The oldest version answers with the list itself, all of it.
            told = page if isinstance(page, list) else _member(page, "data")
            voices = [voice for entry in told if (voice := voice_of(entry))]
            news = [voice for voice in voices if voice.id not in found]
            found |= {voice.id: voice for voice in news}
            if not news or not isinstance(page, Mapping) or not page.get("has_more"):
                break
            query["starting_after"] = voices[-1].id
        return list(found.values())

    async def dictionary_revision(self, id_: str) -> str:
        """A hash of what a pronunciation dictionary holds. Raises `Problem` for one that is not there."""
        told = await self._get(f"/pronunciation-dicts/{id_}", {})
        items = [
            [item.get(name) for name in ("text", "alias", "case_sensitive")]
            for item in _member(told, "items")
            if isinstance(item, Mapping)
        ]
        return hashlib.sha256(json.dumps(items).encode()).hexdigest()

    async def clone(self, clip: bytes, *, name: str, language: str, description: str | None = None) -> Voice:
        """A voice of the account's own, made from a recording of some five seconds.

        Raises `Problem`; whatever becomes of the request, it is not sent twice once it was taken.
        """
        fields = _clone_fields(clip, name, language, description)
        attempt = 0
        while True:
            try:
                told = await self._http.json(
                    "POST",
                    "/voices/clone",
                    data=fields,
                    files={"clip": ("clip", clip, "application/octet-stream")},
                )
            except NotRendered as refusal:
                await self._patience.after(refusal, attempt)
                attempt += 1
                continue
            voice = voice_of(told)
            if voice is None:
                raise unreadable("a clone without an id")
            return voice

    async def delete(self, id_: str) -> None:
        """A voice of the account's own; one that has gone already is no error."""

        async def ask() -> None:
            async with self._http.send("DELETE", f"/voices/{id_}"):
                pass

        try:
            await self._patiently(ask)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        return await self._patiently(lambda: self._http.json("GET", path, params=query))

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What costs nothing may be asked for again whatever went wrong."""
        attempt = 0
        while True:
            try:
                return await ask()
            except NotRendered as error:
                refusal = error
            except MayBeCharged as problem:
                refusal = NotRendered(
                    Problem(problem.kind, problem.code, problem.message, details=problem.details)
                )
            await self._patience.after(refusal, attempt)
            attempt += 1


def voice_of(told: object) -> Voice | None:
    """A voice as Mixdown describes it; None for an entry without an id."""
    if not isinstance(told, Mapping) or not isinstance(told.get("id"), str) or not told["id"]:
        return None
    access = told.get("access") or ("public" if told.get("is_public") else "")
    return Voice(
        id=told["id"],
        name=str(told.get("name") or told["id"]),
        language=_language(told),
        gender=GENDERS.get(str(told.get("gender"))),
        tags=("cloud", *((str(access),) if access else ())),
    )


def _language(told: Mapping[str, Any]) -> str:
    """Its own locale where the service tells locales, else its language."""
    for locale in told.get("locales") or ():
        if isinstance(locale, Mapping) and locale.get("is_native") and locale.get("locale"):
            return str(locale["locale"])
    return str(told.get("language") or "en")


def _member(told: object, name: str) -> list[Any]:
    found = told.get(name) if isinstance(told, Mapping) else None
    if not isinstance(found, list):
        raise unreadable(f"a list without {name}")
    return found


def _clone_fields(clip: bytes, name: str, language: str, description: str | None) -> dict[str, str]:
    if not clip or len(clip) > MAX_CLIP_BYTES:
        message = f"A recording to clone a voice from has 1 to {MAX_CLIP_BYTES} bytes, not {len(clip)}."
        raise Problem(Kind.TOO_LARGE if clip else Kind.INVALID, "bad_clip", message, field="clip")
    if not name.strip() or len(name) > 200:
        raise invalid("bad_voice_name", "A voice has a name of 1 to 200 characters.", field="name")
    known = language_of(language)
    if known is None:
        raise invalid(
            "unsupported_language",
            f"Sonic-3 does not speak {language[:40]!r}.",
            field="language",
            allowed=list(LANGUAGES),
        )
    fields = {"name": name.strip(), "language": known}
    return fields | ({"description": description} if description else {})
