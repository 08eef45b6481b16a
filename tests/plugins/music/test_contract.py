from __future__ import annotations

import pytest

import mixdown_music
from mixdown_kernel import Backend, Composer
from mixdown_kernel.testing import MusicContract


class TestMusic(MusicContract):
    @pytest.fixture
    def backend(self) -> Backend[Composer]:
        return next(iter(mixdown_music.music_backends()))
