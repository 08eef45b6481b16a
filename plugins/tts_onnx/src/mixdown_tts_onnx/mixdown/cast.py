"""The thirteen voices that two trained ones make, each of which stands for one of OpenAI's names.

Chosen by instruments (`tests/plugins/tts_onnx/mixdown/test_own_voices.py` holds them to it): far enough from each other in
pitch and formants to be told apart, and not so far from the voice they are made of that its quality suffers.
"""

from __future__ import annotations

from dataclasses import dataclass

from mixdown_tts_onnx.mixdown.shape import Shape


@dataclass(frozen=True, slots=True)
class Character:
    """A voice of the cast: of which trained voice it is made, how, and how fast it speaks by itself."""

    name: str
    alias: str
    base: str
    shape: Shape
    tempo: float
    tag: str


CAST: tuple[Character, ...] = (
    Character("rowan", "cedar", "rowan", Shape(gain=1.64), 1.0, "calm"),
    Character("wren", "marin", "wren", Shape(gain=1.72), 1.0, "clear"),
    Character("alder", "alloy", "rowan", Shape(semitones=3.0, range=1.1, formants=1.08, brightness=1.0, gain=1.68), 1.05, "even"),
    Character("hawthorn", "ash", "rowan", Shape(semitones=1.0, range=0.8, formants=0.94, breathiness=0.15, gain=1.7), 0.97, "soft"),
    Character("linden", "ballad", "rowan", Shape(semitones=-1.5, range=1.3, formants=1.04, gain=1.58), 0.92, "warm"),
    Character("finch", "coral", "wren", Shape(semitones=2.5, range=1.3, formants=1.06, brightness=1.0, gain=1.76), 1.06, "lively"),
    Character("aspen", "echo", "rowan", Shape(semitones=1.5, range=1.2, formants=1.14, gain=1.51), 1.03, "bright"),
    Character("thistle", "fable", "rowan", Shape(semitones=5.0, range=1.3, formants=1.04, gain=1.55), 0.98, "telling"),
    Character("lark", "nova", "wren", Shape(semitones=1.0, range=1.1, formants=1.12, brightness=1.5, gain=1.86), 1.04, "young"),
    Character("oak", "onyx", "rowan", Shape(semitones=-4.0, range=0.9, formants=0.9, gain=1.76), 0.95, "deep"),
    Character("sorrel", "sage", "wren", Shape(semitones=-3.0, range=0.85, formants=0.94, gain=1.84), 0.96, "composed"),
    Character("willow", "shimmer", "wren", Shape(semitones=-1.0, range=1.0, formants=1.05, breathiness=0.3, gain=1.76), 0.94, "gentle"),
    Character("juniper", "verse", "rowan", Shape(semitones=-2.5, range=1.4, formants=0.98, brightness=-1.0, gain=1.5), 1.08, "brisk"),
)  # fmt: skip
"""The default voice first. Gains bring all to some -21 LUFS, at which none comes near full scale."""
