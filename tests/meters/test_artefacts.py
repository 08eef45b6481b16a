"""The alarm rings for what was damaged (needs the group ``listen``)."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from meters.artefacts import artefacts

from mixdown_kernel import Kernel, Master, Scene, VoiceLayer

TEXT = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background, and rest."
pytestmark = pytest.mark.skipif(find_spec("speechmos") is None, reason="the group `listen` is not installed")


async def test_dropouts_and_noise_ring(tmp_path):
    layer = VoiceLayer(id="voice", text=TEXT, voice="coral", backend="espeak")
    scene = Scene(layers=[layer], rate=24_000, channels=1, seed=1, master=Master(mode="none"))
    async with Kernel({"data_dir": tmp_path}) as kernel:
        audio, _ = await kernel.render(scene)
    whole = artefacts(audio.samples, audio.rate)
    rng = np.random.default_rng(0)
    torn = audio.samples.copy()
    for start in rng.integers(0, audio.frames - 960, 40):
        torn[start : start + 960] = 0
    noisy = audio.samples + 0.03 * rng.standard_normal(audio.samples.shape)
    assert artefacts(torn, audio.rate).concealment < whole.concealment - 0.5
    assert artefacts(noisy, audio.rate).background < whole.background - 0.7
    assert 2.0 < whole.overall < 3.5


def test_silence_is_refused():
    with pytest.raises(ValueError, match="silence"):
        artefacts(np.zeros(24_000), 24_000)
