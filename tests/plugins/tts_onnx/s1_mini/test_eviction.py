"""What can be made again stays below its limit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from mixdown_tts_onnx.s1_mini.eviction import evict
from mixdown_tts_onnx.s1_mini.voices import VoiceSpec, VoiceStore


def test_the_least_recently_used_go(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "middle", "old")):
        (tmp_path / name).write_bytes(bytes(400))
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    evict(tmp_path.iterdir(), 800)
    assert {path.name for path in tmp_path.iterdir()} == {"new", "middle"}
    evict(tmp_path.iterdir(), 1)
    assert {path.name for path in tmp_path.iterdir()} == {"new"}, "the last one used stays"


def test_voices_on_disk_stay_below_their_limit_and_one_that_is_used_stays(tmp_path: Path) -> None:
    prefix = np.zeros((2, 2, 4, 16, 8), np.float32)
    limit = 3 * (prefix.nbytes + 200)
    for seed in range(5):
        store = VoiceStore(tmp_path, "model", limit)  # nothing is in memory
        store.keep(VoiceSpec(drawn=seed), prefix)
        for path in tmp_path.glob("*.npy"):
            os.utime(path, (path.stat().st_mtime - 10, path.stat().st_mtime - 10))
        assert VoiceStore(tmp_path, "model", limit).prefix(VoiceSpec(drawn=0)) is not None
    assert len([*tmp_path.glob("*.npy")]) == 3
