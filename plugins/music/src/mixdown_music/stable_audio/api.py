"""One request of the hosted API. A request is paid for, so it is sent once: whatever becomes of it, it is never
repeated by itself. Only asking whether a piece is ready is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from mixdown_kernel import Kind, Problem
from mixdown_music.stable_audio.models import Model
from mixdown_music.stable_audio.parameters import Verb

MAX_BYTES = 400 << 20
"""More than 380 s of float stereo at 48 kHz can be."""
_UNCLEAR = 3
"""So many failed questions in a row, and the piece is given up."""


class StableAudioApi:
    """Meets the wire. Never logs; its `Problem` say nothing of the key."""

    def __init__(self, client: httpx.AsyncClient, model: Model, timeout: float, poll: float) -> None:
        self._client = client
        self._model = model
        self._timeout = timeout
        self._poll = poll

    async def make(
        self, verb: Verb, fields: Mapping[str, str], audio: Path | None, destination: Path
    ) -> None:
        """Send one request and write the sound that comes of it to ``destination``. Raises `Problem`."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._make(verb, fields, audio, destination)
        except TimeoutError:
            raise Problem(
                Kind.TIMEOUT, "stable_audio_timeout", f"Stable Audio took more than {self._timeout:g} s."
            ) from None
        except httpx.HTTPError as error:
            # Its text may hold the URL; its type says enough.
            message = f"The connection to Stable Audio failed ({type(error).__name__})."
            raise Problem(
                Kind.UPSTREAM, "stable_audio_unreachable", message, hint="The request may have been charged."
            ) from None

    async def _make(
        self, verb: Verb, fields: Mapping[str, str], audio: Path | None, destination: Path
    ) -> None:
        # Multipart even without a file: the API takes no other form. A member of no filename is a plain field.
        form: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
        if audio is not None:
            form.append(("audio", ("audio.wav", await asyncio.to_thread(audio.read_bytes), "audio/wav")))
        url = f"/v2beta/audio/{self._model.folder}/{verb}"
        accept = "application/json" if self._model.asynchronous else "audio/*"
        async with self._client.stream("POST", url, files=form, headers={"accept": accept}) as answer:
            if answer.status_code == 200:
                await _save(answer, destination)
                return
            body = await _body(answer)
            if answer.status_code != 202:
                raise problem(answer, body)
        await self._collect(str(body.get("id", "")), destination)

    async def _collect(self, id_: str, destination: Path) -> None:
        """Ask for a piece until it is there."""
        if not id_ or not all(character.isalnum() or character in "-_" for character in id_):
            raise Problem(
                Kind.UPSTREAM, "stable_audio_failed", "Stable Audio took the request and named no piece."
            )
        failures = 0
        while True:
            await asyncio.sleep(self._poll)
            try:
                async with self._client.stream(
                    "GET", f"/v2beta/audio/results/{id_}", headers={"accept": "audio/*"}
                ) as answer:
                    if answer.status_code == 200:
                        await _save(answer, destination)
                        return
                    body = await _body(answer)
            except httpx.TransportError:
                failures += 1
                if failures == _UNCLEAR:
                    raise
                continue
            if answer.status_code == 404:
                message = "Stable Audio has forgotten the piece before it was fetched."
                raise Problem(Kind.UPSTREAM, "stable_audio_expired", message, hint="Ask again.")
            unclear = answer.status_code == 429 or answer.status_code >= 500
            failures = failures + 1 if unclear else 0
            if answer.status_code != 202 and (not unclear or failures == _UNCLEAR):
                raise problem(answer, body)


async def _save(answer: httpx.Response, destination: Path) -> None:
    reason = answer.headers.get("finish-reason", "SUCCESS")
    if reason == "CONTENT_FILTERED":
        raise _moderated()
    size = 0
    with await asyncio.to_thread(destination.open, "wb") as file:
        async for chunk in answer.aiter_bytes(1 << 18):
            size += len(chunk)
            if size > MAX_BYTES:
                raise Problem(
                    Kind.UPSTREAM, "stable_audio_failed", "Stable Audio sent more than a piece can be."
                )
            await asyncio.to_thread(file.write, chunk)


async def _body(answer: httpx.Response) -> dict[str, Any]:
    """A short JSON answer; anything else is empty."""
    data = b""
    async for chunk in answer.aiter_bytes():
        data += chunk
        if len(data) > 1 << 16:
            return {}
    try:
        body = httpx.Response(200, content=data).json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _moderated() -> Problem:
    message = "Stable Audio's moderation refused the prompt or the sound."
    return Problem(Kind.FORBIDDEN, "content_moderation", message, field="prompt", hint="Word it differently.")


def problem(answer: httpx.Response, body: Mapping[str, Any]) -> Problem:
    """What a status means to the caller."""
    told = [str(one)[:200] for one in body.get("errors", []) if isinstance(one, str)][:3]
    said = f" It says: {' '.join(told)}" if told else ""
    status = answer.status_code
    if status in (400, 422):
        return Problem(Kind.INVALID, "stable_audio_refused", f"Stable Audio refused the request.{said}")
    if status == 401:
        message = "Stable Audio does not accept the key of this installation."
        return Problem(Kind.UNAVAILABLE, "stable_audio_key", message, hint="Ask the operator.")
    if status == 402:
        message = "The Stable Audio account of this installation has no credits left."
        return Problem(Kind.UNAVAILABLE, "stable_audio_credits", message, hint="Ask the operator.")
    if status == 403:
        return _moderated()
    if status == 413:
        return Problem(Kind.TOO_LARGE, "stable_audio_too_large", "The audio is too large for Stable Audio.")
    if status == 429:
        wait = answer.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdigit() else 60.0
        message = "Stable Audio gets more requests than it takes from this installation."
        return Problem(Kind.RATE_LIMITED, "stable_audio_busy", message, retry_after=seconds)
    return Problem(Kind.UPSTREAM, "stable_audio_failed", f"Stable Audio failed with status {status}.")
