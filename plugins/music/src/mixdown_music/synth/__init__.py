"""Instruments: functions of a tone to sound, with no recorded material."""

from mixdown_music.synth.instrument import RATE, Instrument, Sound, Tone

__all__ = ["RATE", "Instrument", "Sound", "Tone"]
