"""What the headers of streamed speech say about it."""

from __future__ import annotations

import httpx


class SpeechHeaders:
    """Known once the first byte is there. What the URLs name exists once the last byte is."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response

    def _header(self, name: str) -> str | None:
        value: str | None = self._response.headers.get(name)
        return value

    @property
    def media_type(self) -> str:
        return self._header("content-type") or "application/octet-stream"

    @property
    def request_id(self) -> str | None:
        return self._header("x-request-id")

    @property
    def backend(self) -> str | None:
        """The voice backend that spoke."""
        return self._header("x-mixdown-backend")

    @property
    def seed(self) -> int | None:
        """The seed that the server drew, where none was given."""
        drawn = self._header("x-mixdown-seed")
        return int(drawn) if drawn else None

    @property
    def timestamps_url(self) -> str | None:
        return self._header("x-timestamps-url")

    @property
    def captions_url(self) -> str | None:
        return self._header("x-captions-url")

    @property
    def render_url(self) -> str | None:
        """Where a project keeps the audio."""
        return self._header("x-render-url")
