"""One short recording of every phoneme, cut out of sentences that espeak-ng speaks. Run as a script: the engine is GPL.

    python espeak_snippets.py OUT.npz

Writes, for each code point of IPA (as ``u0259``), its sound at 22,050 Hz, float32.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
from meters import matrix

from mixdown_tts_espeak import engine
from mixdown_tts_espeak.settings import EspeakSettings

RATE, WORDS_PER_MINUTE = 22_050, 110
LONGEST, SHORTEST, EDGE = 256 * 20, 200, 60
VOICES = ("en-us", "en-gb")
SENTENCES = (
    *(" ".join(words) for words in matrix.sentences(30)),
    "The boy enjoys a joy of voices", "Yes, measure the azure vision", "Thirty birds heard the nurse", "Church judge jazz",
    "Now how loud the cow", "I fly by night", "Go slow over snow", "They say the rain may stay", "About the sofa again",
    "Bottle, button, little, kitten, water", "The quick brown fox jumps over the lazy dog", "Hot pots of coffee", "Good wood, full book",
)  # fmt: skip


class Labelled(engine.Recording):
    """Also keeps what each phoneme is called."""

    def __init__(self) -> None:
        super().__init__(RATE * 60)
        self.labels: list[tuple[int, str]] = []

    def _note_phoneme(self, label: str, frame: int) -> None:
        super()._note_phoneme(label, frame)
        self.labels.append((frame, label))


def speak(library: Any, text: str) -> tuple[np.ndarray[Any, Any], list[tuple[int, str]]]:
    recording = Labelled()
    callback = engine.SynthCallback(recording.receive)
    library.espeak_SetSynthCallback(callback)
    library.espeak_SetParameter(engine.RATE, WORDS_PER_MINUTE, 0)
    data = text.encode()
    library.espeak_Synth(
        data, len(data) + 1, 0, engine.POSITION_IS_CHARACTER, 0, engine.CHARS_UTF8, None, None
    )
    return np.frombuffer(bytes(recording.pcm), "<i2").astype(np.float32) / 32768, recording.labels


def snippets(library: Any) -> dict[str, np.ndarray[Any, Any]]:
    """The middle one by length, faded at its ends."""
    found: dict[str, list[np.ndarray[Any, Any]]] = defaultdict(list)
    for voice in VOICES:
        library.espeak_SetVoiceByName(voice.encode())
        for text in SENTENCES:
            samples, labels = speak(library, text)
            for (start, label), (end, _) in pairwise(labels):
                letters = [c for c in unicodedata.normalize("NFD", label) if c not in "ˈˌː"]
                for part, letter in enumerate(letters if end - start >= SHORTEST else ()):
                    size = (end - start) // len(letters)
                    found[letter].append(samples[start + part * size : start + (part + 1) * size][:LONGEST])
    return {letter: _faded(sorted(runs, key=len)[len(runs) // 2]) for letter, runs in found.items()}


def _faded(samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    ramp = np.minimum(1, np.arange(len(samples)) / EDGE)
    return (samples * ramp * ramp[::-1]).astype(np.float32)


def main(target: str) -> None:
    installation = EspeakSettings().installation()
    library, _ = engine.load(str(installation.library), str(installation.data))
    np.savez(target, **{f"u{ord(letter):04x}": sound for letter, sound in snippets(library).items()})


if __name__ == "__main__":
    main(sys.argv[1])
