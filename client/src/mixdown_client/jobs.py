"""Jobs as the server shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar

from mixdown_client.errors import MixdownError
from mixdown_client.models import Answer, Generated, Layered, Piece, Stems

M = TypeVar("M", bound=Answer)
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Progress(Answer):
    """``done`` of ``total`` (milliseconds of audio for ``generate``); ``total`` is None while it is unknown."""

    done: float
    total: float | None
    message: str


class Job(Answer):
    """A snapshot of a job."""

    id: str
    kind: str
    state: JobState
    progress: Progress
    result: Any = None
    error: dict[str, Any] | None = None
    attempts: int
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None

    @property
    def is_final(self) -> bool:
        return self.state not in ("queued", "running")

    def generated(self) -> Generated:
        """What a ``generate`` job made.

        Raises:
            MixdownError: with the job's own error where it failed; ``job_cancelled``; ``job_unfinished``.
        """
        return self._made(Generated)

    def layered(self) -> Layered:
        """What a ``layers`` job made. Raises as `generated` does."""
        return self._made(Layered)

    def composed(self) -> Piece:
        """What a ``music`` job made. Raises as `generated` does."""
        return self._made(Piece)

    def separated(self) -> Stems:
        """What a ``stems`` job made. Raises as `generated` does."""
        return self._made(Stems)

    def _made(self, model: type[M]) -> M:
        if self.state == "succeeded":
            return model.model_validate(self.result)
        if self.state == "failed":
            error = self.error or {}
            message = " ".join(part for part in (error.get("message"), error.get("hint")) if part)
            raise MixdownError(
                message or "The job failed.",
                code=error.get("code", "job_failed"),
                field=error.get("field"),
                allowed=error.get("allowed"),
            )
        if self.state == "cancelled":
            raise MixdownError("The job was cancelled.", code="job_cancelled")
        raise MixdownError("The job has not ended yet; wait for it first.", code="job_unfinished")


class JobPage(Answer):
    data: list[Job]
    next: str | None
