"""The engine: what is heard depends on the request and on nothing else, and comes while it is being made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mixdown_tts_onnx.engine import BatchEngine, Piece, Utterance
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini import model_files as files
from mixdown_tts_onnx.s1_mini.codec import Encoder
from mixdown_tts_onnx.s1_mini.engine import S1MiniEngine

from .conftest import Voices

FRAME = 64
LONG = "It was a dark and stormy night in the old town. The rain fell in torrents on the roofs, and nobody went out."
NOBODY: dict[str, Any] = {"references": []}


def say(text: str = "Hello there.", seed: int = 1, **members: Any) -> dict[str, Any]:
    return {"text": text, "seed": seed, "voice": NOBODY, "max_frames": 14, **members}


def sound(pieces: Iterable[Piece]) -> NDArray[np.float32]:
    return np.concatenate([piece.samples for piece in pieces])


class Queue:
    """Jobs that come as they are taken, and those that are dropped."""

    def __init__(self, utterances: Sequence[Utterance]) -> None:
        self.coming = list(enumerate(utterances))
        self.gone: set[int] = set()

    def take(self, limit: int) -> Sequence[tuple[int, Utterance]]:
        taken, self.coming = self.coming[:limit], self.coming[limit:]
        return taken

    def dropped(self, job: int) -> bool:
        return job in self.gone


def speak_all(engine: S1MiniEngine, utterances: Sequence[Utterance]) -> dict[int, list[Piece | EngineError]]:
    heard: dict[int, list[Piece | EngineError]] = {}
    for job, made in engine.speak_together(Queue(utterances)):
        heard.setdefault(job, []).append(made)
    return heard


def test_it_speaks_several_at_once(engines: Voices) -> None:
    engine = engines.open(batch=3)
    assert isinstance(engine, BatchEngine)
    assert engine.batch == 3


def test_equal_seeds_sound_equal_and_others_do_not(engines: Voices) -> None:
    engine, other = engines.open(), engines.open(threads=1)
    first = sound(engine.speak(say()))
    assert len(first) == 14 * FRAME
    assert np.array_equal(first, sound(engine.speak(say())))
    assert np.abs(first - sound(other.speak(say()))).max() < 1e-5
    assert not np.array_equal(first, sound(engine.speak(say(seed=2))))


def test_sound_comes_while_it_is_made(engines: Voices) -> None:
    pieces = list(engines.open().speak(say()))
    assert [len(piece.samples) // FRAME for piece in pieces] == [4, 8, 2]
    assert [piece.last for piece in pieces] == [False, False, True]
    assert {piece.rate for piece in pieces} == {44100}


@pytest.mark.parametrize("profile", ["fp32", "int4"])
def test_a_batch_sounds_as_each_does_alone(engines: Voices, profile: str) -> None:
    engine = engines.open(profile)
    asked = [
        say(LONG),
        say("Yes."),
        say("A third one, of middle length.", seed=9),
        say(LONG, seed=3),
        say("Last."),
    ]
    together = speak_all(engine, asked)
    for job, utterance in enumerate(asked):
        pieces = [piece for piece in together[job] if isinstance(piece, Piece)]
        assert [piece.last for piece in pieces][-1]
        assert np.array_equal(sound(pieces), sound(engine.speak(utterance)))


def test_sentences_of_a_text_are_heard_in_their_order(engines: Voices) -> None:
    """Each has chances of its own, and is the same wherever it stands."""
    engine = engines.open()
    whole = sound(engine.speak(say(LONG)))
    first = sound(engine.speak(say(LONG.split(". ")[0] + ".")))
    assert len(whole) == 2 * 14 * FRAME
    assert np.array_equal(whole[: len(first)], first)


def test_what_nobody_listens_to_any_more_makes_room(engines: Voices) -> None:
    engine = engines.open(batch=2)
    queue = Queue([say(LONG), say("Two."), say("Three.")])
    lasts = []
    for job, made in engine.speak_together(queue):
        assert isinstance(made, Piece)
        queue.gone.add(0)
        if made.last:
            lasts.append(job)
    assert lasts == [1, 2]
    assert len(sound(engine.speak(say()))) == 14 * FRAME


def test_a_listener_may_go_in_the_middle(engines: Voices) -> None:
    engine = engines.open()
    speaking = engine.speak(say(LONG))
    next(speaking)
    speaking.close()
    assert np.array_equal(sound(engine.speak(say())), sound(engine.speak(say())))


def test_one_that_cannot_be_spoken_leaves_the_others_alone(engines: Voices) -> None:
    engine = engines.open()
    heard = speak_all(engine, [say("Fine."), say("x" * 300, max_frames=1000), say("Fine, too."), say("  ")])
    assert [type(heard[job][-1]) for job in range(4)] == [Piece, EngineError, Piece, EngineError]
    codes = [made.code for job in (1, 3) for made in heard[job] if isinstance(made, EngineError)]
    assert codes == ["too_long", "nothing_to_speak"]
    with pytest.raises(EngineError, match="nothing to speak"):
        list(engine.speak(say("")))


def test_a_drawn_voice_is_drawn_once_and_kept(engines: Voices, tmp_path: Path) -> None:
    drawn = say(voice={"drawn": 3})
    spoken = sound(engines.open(context=512).speak(drawn))
    kept = list((tmp_path / "cache" / "voices").iterdir())
    assert len(kept) == 1
    when = kept[0].stat().st_mtime_ns
    again = engines.open(context=512)
    again._draw_voice = None  # type: ignore[assignment, method-assign] - it would fail
    assert np.array_equal(sound(again.speak(drawn)), spoken)
    assert kept[0].stat().st_mtime_ns >= when
    assert not np.array_equal(sound(engines.open(context=512).speak(say(voice={"drawn": 4}))), spoken)


def test_a_voice_that_was_damaged_on_disk_is_made_again(engines: Voices, tmp_path: Path) -> None:
    drawn = say(voice={"drawn": 3})
    spoken = sound(engines.open(context=512).speak(drawn))
    for kept in (tmp_path / "cache" / "voices").iterdir():
        kept.write_bytes(kept.read_bytes()[:200])
    assert np.array_equal(sound(engines.open(context=512).speak(drawn)), spoken)


def recording(path: Path, seconds: float = 1.0, level: float = 0.3) -> dict[str, Any]:
    time = np.arange(int(seconds * 44100)) / 44100
    (level * np.sin(2 * np.pi * 220 * time)).astype("<f4").tofile(path)
    return {"references": [{"text": "la", "samples": str(path), "sha256": f"{seconds} {level}"}]}


def test_a_recording_gives_its_codes_to_the_prompt(engines: Voices, tmp_path: Path) -> None:
    """The voice is the codes of the recording: what the encoder makes of it is what the transformer reads."""
    engine = engines.open(context=1024)
    voice = recording(tmp_path / "a.f32")
    spoken = sound(engine.speak(say(voice=voice)))
    assert not np.array_equal(spoken, sound(engine.speak(say())))
    (tmp_path / "a.f32").unlink()
    assert np.array_equal(sound(engines.open(context=1024).speak(say(voice=voice))), spoken)


@pytest.mark.parametrize(
    ("seconds", "level", "told"), [(0.2, 0.3, "lasts 0.2 seconds"), (2.0, 0.0, "silent")]
)
def test_a_recording_too_short_or_silent_is_refused(
    engines: Voices, tmp_path: Path, seconds: float, level: float, told: str
) -> None:
    engine = engines.open(context=1024)
    with pytest.raises(EngineError, match=told):
        list(engine.speak(say(voice=recording(tmp_path / "a.f32", seconds, level))))
    assert len(sound(engine.speak(say()))) == 14 * FRAME


def test_a_recording_that_has_gone_is_told(engines: Voices, tmp_path: Path) -> None:
    voice = recording(tmp_path / "a.f32")
    (tmp_path / "a.f32").unlink()
    with pytest.raises(EngineError, match="no longer there"):
        list(engines.open(context=1024).speak(say(voice=voice)))


def test_others_go_on_while_a_recording_is_encoded(engines: Voices, tmp_path: Path) -> None:
    engine = engines.open(context=1024)
    heard = [*engine.speak_together(Queue([say(voice=recording(tmp_path / "a.f32")), say()]))]
    assert [job for job, made in heard if isinstance(made, Piece) and made.last] == [1, 0]


def test_damaged_models_are_told(engines: Voices, converted: Any, tmp_path: Path) -> None:
    import shutil

    for name, code in (
        (files.MANIFEST, "corrupt_model"),
        (files.SLOW, "corrupt_model"),
        (files.FRAME, "corrupt_model"),
    ):
        broken = tmp_path / name
        shutil.copytree(converted("fp32"), broken)
        (broken / name).write_bytes(b"{ nothing")
        with pytest.raises(EngineError) as caught:
            S1MiniEngine(broken, engines.open()._options)
        assert caught.value.code == code
    (broken / files.DECODER).unlink()
    with pytest.raises(EngineError, match=r"codec_decoder\.onnx"):
        S1MiniEngine(broken, engines.open()._options)


def test_the_encoder_is_the_models_own(converted: Any) -> None:
    from mixdown_tts_onnx.engine import Options

    encoder = Encoder(converted("fp32") / files.ENCODER, Options())
    assert encoder.rate == 44100
