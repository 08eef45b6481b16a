"""The composer is what the kernel's contract of the role asks."""

from collections.abc import Sequence

import pytest

import mixdown_music
from mixdown_kernel import Backend, Composer, MusicRequest, Problem
from mixdown_kernel.testing import MusicContract


class TestComposer(MusicContract):
    duration_ms = 3_000

    @pytest.fixture
    def backend(self) -> Backend[Composer]:
        return next(backend for backend in mixdown_music.music_backends() if backend.name == "composer")

    @pytest.fixture
    async def specifications(self, opened: Composer) -> Sequence[MusicRequest]:
        """Two genres that share no instrument; length, bits and stems of every genre have their own tests."""
        return [self.request(genre) for genre in ("lofi", "orchestral")]

    async def test_it_renders_every_genre_it_names(self, opened: Composer) -> None:
        assert set(opened.genres()) == {"lofi", "ambient", "jazz", "electronic", "orchestral"}

    @pytest.mark.parametrize(
        ("members", "code", "field"),
        [
            ({"genre": "polka"}, "unknown_genre", "genre"),
            ({"key": "H_moll"}, "invalid_key", "key"),
            ({"parameters": {"swing": 1}}, "unknown_parameter", "parameters.swing"),
        ],
    )
    async def test_what_it_cannot_do_is_named(
        self, opened: Composer, members: dict[str, object], code: str, field: str
    ) -> None:
        request = MusicRequest.model_validate({"duration_ms": 1000, **members})
        with pytest.raises(Problem) as caught:
            await anext(opened.render(request))
        assert (caught.value.kind, caught.value.code, caught.value.field) == ("invalid", code, field)
        assert caught.value.allowed is not None
