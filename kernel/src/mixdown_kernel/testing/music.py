"""The contract of the role ``music``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from mixdown_kernel.audio import to_frames
from mixdown_kernel.contracts import Composer
from mixdown_kernel.problems import Kind, Problem
from mixdown_kernel.requests import MusicRequest
from mixdown_kernel.testing.rendering import Rendered, collect
from mixdown_kernel.testing.signals import rms_db
from mixdown_kernel.testing.source import SourceContract, refusal, refused_by_choice


class MusicContract(SourceContract):
    """Subclass with a fixture ``backend``.

    Attributes:
        duration_ms: length of the pieces that the suite renders.
    """

    role: ClassVar[str] = "music"
    duration_ms: ClassVar[int] = 6_000

    def request(self, genre: str, **members: Any) -> MusicRequest:
        defaults = {"duration_ms": self.duration_ms, "seed": 7, "parameters": self.parameters}
        return MusicRequest(genre=genre, **{**defaults, **members})

    @pytest.fixture
    async def specifications(self, opened: Composer) -> Sequence[MusicRequest]:
        """One of each genre."""
        return tuple(self.request(genre) for genre in opened.genres())

    @pytest.fixture
    async def genre(self, opened: Composer) -> str:
        return opened.genres()[0]

    async def test_genres_are_named_apart(self, opened: Composer) -> None:
        genres = list(opened.genres())
        assert genres
        assert len(set(genres)) == len(genres)

    async def test_an_unknown_genre_is_refused(self, opened: Composer) -> None:
        refused_by_choice(await refusal(opened, self.request("no such genre")), "genre")

    @pytest.mark.parametrize("duration_ms", [1, 250, 3_000, 7_333])
    async def test_a_piece_is_exactly_as_long_as_asked(
        self, opened: Composer, genre: str, duration_ms: int
    ) -> None:
        audio = (await collect(opened, self.request(genre, duration_ms=duration_ms))).audio
        assert audio.frames == to_frames(duration_ms, audio.rate)

    async def test_blocks_are_at_most_a_few_seconds_long(self, opened: Composer, genre: str) -> None:
        render = await collect(opened, self.request(genre, duration_ms=30_000))
        assert max(chunk.audio.frames for chunk in render.chunks) <= 10 * render.audio.rate

    async def test_the_ending_lies_inside_the_piece(self, opened: Composer, genre: str) -> None:
        """The last 20 ms have died away: nothing is cut off."""
        audio = (await collect(opened, self.request(genre))).audio
        last = audio.samples[-audio.rate // 50 :]
        assert rms_db(last) < rms_db(audio.samples) - 12

    @pytest.mark.parametrize(
        "members",
        [{"bpm": 90, "key": "C_minor"}, {"bpm": 120, "key": "F#_major"}, {"intensity": 0}, {"intensity": 1}],
        ids=str,
    )
    async def test_tempo_key_and_intensity_may_be_asked_for(
        self, opened: Composer, genre: str, members: dict[str, Any]
    ) -> None:
        render = await collect(opened, self.request(genre, **members))
        assert rms_db(render.audio.samples) > -60

    async def test_stems_are_the_piece_apart(self, opened: Composer, genre: str) -> None:
        render = await self._stems(opened, genre)
        assert render.stems, "stems were asked for"
        for name, stem in render.stems.items():
            assert stem.samples.shape == render.audio.samples.shape, name
            assert stem.rate == render.audio.rate, name
        total = np.sum([stem.samples for stem in render.stems.values()], axis=0, dtype=np.float64)
        assert np.abs(total - render.audio.samples).max() < 1e-4

    async def test_every_chunk_has_the_same_stems(self, opened: Composer, genre: str) -> None:
        render = await self._stems(opened, genre)
        for chunk in render.chunks:
            assert chunk.stems.keys() == render.stems.keys()
            assert {stem.frames for stem in chunk.stems.values()} == {chunk.audio.frames}

    async def test_asking_for_stems_does_not_change_the_piece(self, opened: Composer, genre: str) -> None:
        render = await self._stems(opened, genre)
        assert render.digest() == (await collect(opened, self.request(genre))).digest()

    async def _stems(self, opened: Composer, genre: str) -> Rendered:
        try:
            return await collect(opened, self.request(genre, stems=True))
        except Problem as problem:
            if problem.kind is not Kind.UNSUPPORTED:
                raise
            pytest.skip("cannot render stems, and says so")
