"""What is done to a voice as it was trained, so that it is another one, or speaks otherwise."""

from __future__ import annotations

from dataclasses import dataclass

MOST_FORMANTS = 1.4
"""Times as high, or as low; beyond this nobody sounds like a person."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The defaults change nothing.

    Attributes:
        semitones: by which F0 is moved; formants stay.
        range: times as far as F0 goes from the voice's mean; 0 is a monotone.
        formants: times as high; less than 1 is a longer vocal tract.
        brightness: dB more at the highest frequencies, and less at the lowest.
        breathiness: 0 to 1: how much noise takes the place of pulses, the more the higher.
        gain: linear.
    """

    semitones: float = 0.0
    range: float = 1.0
    formants: float = 1.0
    brightness: float = 0.0
    breathiness: float = 0.0
    gain: float = 1.0

    def followed_by(self, other: Shape) -> Shape:
        """Both together."""
        formants = self.formants * other.formants
        return Shape(
            semitones=self.semitones + other.semitones,
            range=self.range * other.range,
            formants=min(max(formants, 1 / MOST_FORMANTS), MOST_FORMANTS),
            brightness=self.brightness + other.brightness,
            breathiness=1 - (1 - self.breathiness) * (1 - other.breathiness),
            gain=self.gain * other.gain,
        )
