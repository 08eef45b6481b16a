"""A family for the tests, both halves in one module: every letter is a tone, and marks in the text make it misbehave.

The model is a true ONNX graph, ``tones.onnx`` (`build_model`). The parent half is imported where the kernel is; the child imports
only `load`, so nothing of the kernel may be at the top.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mixdown_tts_onnx.engine import Options, Piece, Utterance, Waiting, WordTime
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.runtime.session import open_session

RATE = 16_000
FRAMES = 1600
"""Of a letter."""
GRAPH = "tones.onnx"


def build_model(directory: Path, *, opset: int = 17, input_name: str = "hertz") -> Path:
    """``samples = sin(2π · hertz · t) / 4`` for a tenth of a second."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    directory.mkdir(parents=True, exist_ok=True)
    angles = (2 * np.pi * np.arange(FRAMES) / RATE).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Mul", [input_name, "angles"], ["phase"]),
            helper.make_node("Sin", ["phase"], ["wave"]),
            helper.make_node("Mul", ["wave", "level"], ["samples"]),
        ],
        "tones",
        [helper.make_tensor_value_info(input_name, TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("samples", TensorProto.FLOAT, [FRAMES])],
        [
            numpy_helper.from_array(angles, "angles"),
            numpy_helper.from_array(np.array([0.25], np.float32), "level"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)
    onnx.save(model, str(directory / GRAPH))
    return directory


class Tones:
    """Utterances hold ``text`` and perhaps ``marker``, a file by which processes know of each other, and ``words``: for each letter
    none, or the word that begins with it (offsets of the request's text, and its letters).

    ``!`` kills the process by SIGSEGV, ``1`` only the first process that meets it, ``*`` hangs, ``?`` is refused, ``~`` fails,
    ``_`` takes 20 ms, ``>`` writes on standard output.
    """

    def __init__(self, session: Any, options: Options) -> None:
        self._session = session
        self.options = options

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        text, start = utterance["text"], 0
        for index, letter in enumerate(text):
            time.sleep(self.options.own.get("pace_ms", 0) / 1000)
            self.misbehave(letter, utterance)
            word = utterance["words"].get(str(index)) if "words" in utterance else (index, index + 1, 1)
            yield self.tone(letter, start, word)
            start += FRAMES

    def tone(
        self, letter: str, start: int, word: Sequence[int] | None = None, *, last: bool = False
    ) -> Piece:
        import numpy as np

        hertz = np.array([100.0 + 10 * (ord(letter) % 64)], np.float32)
        samples = self._session.run(None, {"hertz": hertz})[0]
        words = (WordTime(word[0], word[1], start, start + word[2] * FRAMES),) if word else ()
        return Piece(samples, RATE, words, last)

    def misbehave(self, letter: str, utterance: Utterance) -> None:
        match letter:
            case "!":
                crash()
            case "1" if first_time(utterance["marker"]):
                crash()
            case "*":
                time.sleep(3600)
            case "?":
                raise EngineError("no_such_letter", "Nobody knows this letter.", kind="invalid", field="text")
            case "~":
                raise RuntimeError("a secret path: /home/somebody")
            case "_":
                time.sleep(0.02)
            case ">":
                print("noise on standard output", flush=True)
            case _:
                pass

    def close(self) -> None:
        if marker := self.options.own.get("closed"):
            Path(marker).touch()


class Choir(Tones):
    """Speaks in batches: a letter of each at a time."""

    batch = 3

    def speak_together(self, waiting: Waiting) -> Iterator[tuple[int, Piece | EngineError]]:
        going: dict[int, tuple[Utterance, int]] = {}
        while True:
            going |= {job: (utterance, 0) for job, utterance in waiting.take(self.batch - len(going))}
            if not going:
                return
            for job, (utterance, index) in [*going.items()]:
                text: str = utterance["text"]
                if waiting.dropped(job):
                    del going[job]
                    continue
                try:
                    self.misbehave(text[index], utterance)
                except EngineError as error:
                    del going[job]
                    yield job, error
                    continue
                last = index + 1 == len(text)
                going[job] = (utterance, index + 1)
                if last:
                    del going[job]
                yield job, self.tone(text[index], index * FRAMES, last=last)


def load(directory: Path, options: Options) -> Tones:
    if delay := options.own.get("load_seconds"):
        time.sleep(float(delay))
    if options.own.get("dies_loading"):
        crash()
    session = open_session(
        directory / GRAPH, options, inputs={"hertz": ("tensor(float)",)}, outputs=("samples",)
    )
    if loaded := options.own.get("loaded"):  # who is loaded now leaves its process number
        (Path(loaded) / str(os.getpid())).touch()
    return (Choir if options.own.get("together") else Tones)(session, options)


def load_and_tell(directory: Path, options: Options) -> Tones:
    """Says on loading what the process has imported, as a refusal."""
    load(directory, options)
    mixdown = sorted(name for name in sys.modules if name.partition(".")[0].startswith("mixdown"))
    raise EngineError("imported", " ".join(mixdown))


def crash() -> None:
    ctypes.string_at(0)


def first_time(marker: str) -> bool:
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def letters(samples: Any) -> Sequence[int]:
    """The tones that are heard, in Hz."""
    import numpy as np

    found = []
    for start in range(0, len(samples), FRAMES):
        spectrum = np.abs(np.fft.rfft(samples[start : start + FRAMES]))
        found.append(int(spectrum.argmax() * RATE / FRAMES))
    return found


def load_slowly(directory: Path, options: Options) -> Tones:
    time.sleep(3600)
    return load(directory, options)
