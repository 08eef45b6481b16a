"""Instruments: functions of pitch and velocity to sound, with no recorded material."""

from mixdown_music.synth.instrument import RATE, Instrument, Sound

__all__ = ["RATE", "Instrument", "Sound"]
