"""Whatever JSON a member holds: an answer or a refusal in the surface's shape, never a failure of ours."""

from __future__ import annotations

import copy
from typing import Any

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


def paths(body: dict[str, Any]) -> list[tuple[str, ...]]:
    inner = [(name, one) for name, value in body.items() if isinstance(value, dict) for one in value]
    return [*((name,) for name in body), *inner, ("unknown",)]


def changed(body: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    made = copy.deepcopy(body)
    target = made
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
def test_scenes(served: Served, path: tuple[str, ...], value: object) -> None:
    answer = served.generate({**changed(SCENE, path, value), "dry_run": True})
    assert answer.status_code in (200, 400, 404, 422), answer.text
    if answer.status_code != 200:
        assert {"error", "message"} <= set(answer.json())


@quick
@given(path=st.sampled_from(paths(SPEECH)), value=VALUES)
def test_speech(served: Served, path: tuple[str, ...], value: object) -> None:
    answer = served.speak(changed(SPEECH, path, value))
    assert answer.status_code in (200, 400, 404, 422), answer.text
    if answer.status_code != 200:
        assert {"message", "type", "param", "code"} <= set(answer.json()["error"])
