"""Whatever JSON a member holds: an answer or a refusal in the surface's shape, never a failure of ours."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .served import Served

SCENE: dict[str, Any] = {
    "text": "Hi.",
    "voice": "alloy",
    "background": {"type": "rain", "volume": 30, "loop": True, "custom_audio_url": "", "parameters": {}},
    "music": {"genre": "lofi", "bpm": 80, "intensity": 50, "key": "C_minor"},
    "output": {"format": "mp3", "separate_tracks": False, "captions": "srt"},
    "language": "en",
    "speed": 1,
    "normalize": {"numbers": True},
    "seed": 1,
}
SPEECH: dict[str, Any] = {
    "model": "tts-1",
    "input": "Hi.",
    "voice": "alloy",
    "speed": 1,
    "response_format": "pcm",
    "language": "en",
    "normalize": {"numbers": True},
}
LAYERS: dict[str, Any] = {
    "layers": [
        {
            "type": "voice",
            "id": "a",
            "text": "Hi.",
            "voice": "alloy",
            "start_ms": 0,
            "fade_in": 5,
            "lexicon": {"a": "b"},
        },
        {
            "type": "music",
            "genre": "jazz",
            "bpm": 90,
            "key": "C",
            "duration_ms": 500,
            "duck": {"depth_db": -9},
        },
        {
            "type": "background",
            "kind": "rain",
            "after": "a",
            "gap_ms": -5,
            "pan": 1,
            "audio_url": "",
            "parameters": {},
        },
        {"type": "silence", "duration_ms": 100, "after": "a", "crossfade_ms": 5, "volume": 3},
        {"type": "clip", "audio_url": "http://127.0.0.1/x.wav"},
    ],
    "preset": "podcast",
    "levels": "balanced",
    "output": {"format": "wav", "captions": "vtt", "tail_ms": 3, "loudness": -16},
    "seed": 1,
}
"""A clip from inside is refused, but last of all."""
MUSIC: dict[str, Any] = {
    "prompt": "slow jazz",
    "duration_sec": 2,
    "params": {
        "bpm": 90,
        "key": "C_minor",
        "genre": "jazz",
        "mood": "sad",
        "instruments": ["piano"],
        "seed": 1,
    },
    "stems": False,
    "midi": True,
    "output": {"format": "mp3", "separate_tracks": False},
    "seed": 1,
}
STEMS: dict[str, Any] = {
    "audio_url": "http://127.0.0.1/x.wav",
    "stems": ["drums", "bass"],
    "model": "two-stage",
}
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["", " ", "rain", "en-US", "x" * 300, "<speak/>", "\x00", "../../etc", "asset:0", 2**63, -1e308]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


Path = tuple[str | int, ...]


def paths(body: Any, above: Path = ()) -> list[Path]:
    """To every member, and to one that nobody knows."""
    found: list[Path] = []
    members = body.items() if isinstance(body, dict) else enumerate(body)
    for name, value in members:
        found.append((*above, name))
        if isinstance(value, dict | list):
            found += paths(value, (*above, name))
    return [*found, (*above, "unknown")] if isinstance(body, dict) else found


def changed(body: dict[str, Any], path: Path, value: object) -> dict[str, Any]:
    made = copy.deepcopy(body)
    target: Any = made
    for name in path[:-1]:
        target = target[name]
    target[path[-1]] = value
    return made


quick = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@quick
@given(path=st.sampled_from(paths(SCENE)), value=VALUES)
def test_scenes(served: Served, path: Path, value: object) -> None:
    check(served.generate({**changed(SCENE, path, value), "dry_run": True}))


@quick
@given(path=st.sampled_from(paths(LAYERS)), value=VALUES)
def test_layers(served: Served, path: Path, value: object) -> None:
    check(served.http.post("/v1/audio/layers", json={**changed(LAYERS, path, value), "dry_run": True}))


@quick
@given(path=st.sampled_from(paths(MUSIC)), value=VALUES)
def test_music(served: Served, path: Path, value: object) -> None:
    check(served.http.post("/v1/music/generate", json={**changed(MUSIC, path, value), "dry_run": True}))


@quick
@given(path=st.sampled_from(paths(STEMS)), value=VALUES)
def test_stems(served: Served, path: Path, value: object) -> None:
    """Whatever it says, a mixture from inside is not fetched."""
    answer = served.http.post("/v1/music/stems", json=changed(STEMS, path, value))
    check(answer)
    assert answer.status_code != 200


@quick
@given(
    route=st.sampled_from(["audio/generate", "audio/layers", "music/generate", "music/stems"]), body=VALUES
)
def test_whole_bodies(served: Served, route: str, body: object) -> None:
    headers = {"content-type": "application/json"}
    answer = served.http.post(f"/v1/{route}", content=json.dumps(body), headers=headers)
    check(answer)
    assert answer.status_code != 200


def check(answer: httpx.Response) -> None:
    assert answer.status_code in (200, 400, 404, 413, 422), answer.text
    if answer.status_code != 200:
        assert {"error", "message"} <= set(answer.json())
        assert answer.json()["error"].isupper()


@quick
@given(path=st.sampled_from(paths(SPEECH)), value=VALUES)
def test_speech(served: Served, path: Path, value: object) -> None:
    answer = served.speak(changed(SPEECH, path, value))
    assert answer.status_code in (200, 400, 404, 422), answer.text
    if answer.status_code != 200:
        assert {"message", "type", "param", "code"} <= set(answer.json()["error"])
