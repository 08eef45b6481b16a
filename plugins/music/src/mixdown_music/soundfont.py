"""A sound font in place of our own instruments: the same score, desk and room, played by FluidSynth.

Needs the extra ``soundfont`` (pyfluidsynth, LGPL-2.1) and the library it binds (Debian: libfluidsynth3)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ctypes import POINTER, c_float, c_int, c_void_p
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixdown_kernel import Kind, Problem
from mixdown_music.conductor import Event
from mixdown_music.desk import Part
from mixdown_music.general_midi import is_percussion, program
from mixdown_music.synth import RATE, Sound, Tone
from mixdown_music.synth.kit import BRUSH_TAP, CRASH, KICK, ROLL, SNARE, SWELL

_TICK = 64
"""Frames that FluidSynth makes at once: what begins, begins on a whole number of them, 1.3 ms at most too late."""
_DRUM_BANK = 128
_KEYS = {BRUSH_TAP: SNARE, ROLL: SNARE, SWELL: CRASH}
"""Keys of ours that mean something else in General MIDI."""
_MEASURED, _NOTES = 2 * RATE, 2
"""Frames and notes by which the font's instruments are compared to ours."""


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(
        Kind.UNAVAILABLE,
        code,
        message,
        field="plugins.composer.sound_font",
        hint=f"{hint} Or leave sound_font out.",
    )


def load(path: Path) -> SoundFont:
    """The sound font at ``path``, opened once to see that it can be.

    Raises `Problem` (``unavailable``): ``sound_font_missing``, ``sound_font_invalid``, ``fluidsynth_missing``.
    Reads the whole file: call it in a thread.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            head = file.read(12)
    except OSError as error:
        raise _problem(
            "sound_font_missing",
            f"The sound font cannot be read: {error.strerror}.",
            "Name a file that is there.",
        ) from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise _problem("sound_font_invalid", "The file is not a sound font.", "Name an .sf2 file.")
    font = SoundFont(path, sha256, _library())
    with font.synth(1):
        return font


def _library() -> Any:
    try:
        return import_module("fluidsynth")
    except ImportError as error:  # pyfluidsynth says so, too, where it does not find the library
        raise _problem(
            "fluidsynth_missing",
            "FluidSynth is not installed, and the sound font needs it.",
            "Install mixdown-music[soundfont] and the library (Debian: libfluidsynth3).",
        ) from error


class SoundFont:
    """A file, its hash, and the library that plays it."""

    def __init__(self, path: Path, sha256: str, library: Any) -> None:
        self.sha256 = sha256
        self._path, self._library = path, library
        self._levels: dict[str, float] = {}

    @contextmanager
    def synth(self, groups: int, *, effects: bool = False) -> Iterator[tuple[Any, int]]:
        """A synthesiser with an output for each of ``groups`` channels, and the number of the font in it."""
        synth, font = self.start(groups, effects=effects)
        try:
            yield synth, font
        finally:
            synth.delete()

    def start(self, groups: int, *, effects: bool = False) -> tuple[Any, int]:
        """As `synth`; whoever starts it deletes it. ``effects``: with FluidSynth's own reverb and chorus."""
        settings = {
            "synth.audio-groups": groups,
            "synth.audio-channels": groups,
            "synth.reverb.active": int(effects),
            "synth.chorus.active": int(effects),
            "synth.dynamic-sample-loading": 1,
            "synth.cpu-cores": 1,
            "synth.polyphony": 512,
        }
        channels = max(-(-groups // 16) * 16, 16)
        synth = self._library.Synth(gain=2.0, samplerate=float(RATE), channels=channels, **settings)
        font = synth.sfload(str(self._path))
        if font < 0:
            synth.delete()
            raise _problem(
                "sound_font_invalid", "FluidSynth cannot read the sound font.", "Name an .sf2 file."
            )
        return synth, font

    def band(self, parts: Mapping[str, Part]) -> FontBand:
        """Players for one piece."""
        return FontBand(self, parts)

    def select(self, synth: Any, font: int, channel: int, part: Part) -> None:
        """The part's program on ``channel``; the nearest to it that every General MIDI font has, where this one has it not."""
        bank = _DRUM_BANK if is_percussion(part) else 0
        if synth.program_select(channel, font, bank, program(part)) != 0:
            synth.program_select(channel, font, bank, 0)

    def write(self, synth: Any, out: NDArray[np.float32]) -> None:
        """The next frames of every output into ``out``, (groups, 2, frames)."""
        pointer, groups = POINTER(c_float), len(out)
        sides = [(pointer * groups)(*(g[side].ctypes.data_as(pointer) for g in out)) for side in (0, 1)]
        function = self._library._fl.fluid_synth_nwrite_float
        function.argtypes = [c_void_p, c_int, c_void_p, c_void_p, c_void_p, c_void_p]
        function(synth.synth, out.shape[2], sides[0], sides[1], None, None)

    def levels(self, parts: Mapping[str, Part]) -> dict[str, float]:
        """Of each part, what brings the font's instrument to the level of ours, for which the desk is set: linear."""
        unknown = [part for part in parts.values() if part.instrument.name not in self._levels]
        for part, decibels in zip(unknown, self._apart(unknown), strict=True):
            self._levels[part.instrument.name] = float(10 ** (np.clip(decibels, -24, 24) / 20))
        return {name: self._levels[part.instrument.name] for name, part in parts.items()}

    def _apart(self, parts: Sequence[Part]) -> list[float]:
        """dB from the font's instruments to ours, the mean of a few notes."""
        decibels = np.zeros((len(parts), _NOTES))
        for i in range(_NOTES if parts else 0):
            with self.synth(len(parts)) as (synth, font):
                for channel, part in enumerate(parts):
                    self.select(synth, font, channel, part)
                    synth.noteon(channel, _pitch(part, i), 95)
                out = np.zeros((len(parts), 2, _MEASURED), np.float32)
                self.write(synth, out)
            decibels[:, i] = [
                _rms(_ours(part, _pitch(part, i))) - _rms(theirs)
                for part, theirs in zip(parts, out, strict=True)
            ]
        return [float(mean) for mean in decibels.mean(axis=1)]


def _pitch(part: Part, i: int) -> int:
    """The notes by which instruments are compared."""
    low = 36 if part.stem == "bass" else 60
    return (KICK, SNARE)[i] if is_percussion(part) else low + 7 * i


def _ours(part: Part, pitch: int) -> Sound:
    velocity = 95 / 127
    return part.instrument.sound(Tone(pitch, velocity, _MEASURED)) * np.float32(
        velocity**part.instrument.response
    )


def _rms(sound: Sound) -> float:
    """dB over what is heard of a sound: down to 40 dB below its peak, by windows of 20 ms."""
    power = np.mean(
        np.square(sound[:, : sound.shape[1] // 960 * 960].reshape(len(sound), -1, 960)), axis=(0, 2)
    )
    return float(10 * np.log10(np.mean(power[power >= 1e-4 * power.max()]) + 1e-12))


class FontBand:
    """Meets `mixdown_music.band.Band`: one FluidSynth, a channel and an output of its own for each part."""

    def __init__(self, font: SoundFont, parts: Mapping[str, Part]) -> None:
        self._font, self._parts = font, parts
        self._gains = {name: np.float32(level) for name, level in font.levels(parts).items()}
        self._channels = {name: channel for channel, name in enumerate(parts)}
        self._synth, loaded = font.start(len(parts))
        for name, channel in self._channels.items():
            font.select(self._synth, loaded, channel, parts[name])
        self._held: dict[tuple[int, int], int] = {}
        """When the note that holds a channel's key is let go."""

    def play(self, events: Sequence[Event], start: int, frames: int) -> dict[str, Sound]:
        out = np.zeros((len(self._parts), 2, frames), np.float32)
        strikes = [(-(-event.start // _TICK) * _TICK, event) for event in events]
        at, done = 0, 0
        while done < frames:
            at = min([start + frames, *(when for when, _ in strikes), *self._held.values()])
            at = max(at, start + done)
            if at > start + done:
                self._font.write(self._synth, out[:, :, done : at - start])
                done = at - start
            self._let_go(at)
            while strikes and strikes[0][0] <= at and done < frames:
                self._strike(*strikes.pop(0))
        for when, event in strikes:  # those that the tick moved to the very end
            self._strike(when, event)
        return {name: out[channel] * self._gains[name] for name, channel in self._channels.items()}

    def _strike(self, when: int, event: Event) -> None:
        channel, note = self._channels[event.note.part], event.note
        key = _KEYS.get(note.pitch, note.pitch) if is_percussion(self._parts[note.part]) else note.pitch
        if (channel, key) in self._held:
            self._synth.noteoff(channel, key)
        self._synth.noteon(channel, key, max(round(note.velocity * 127), 1))
        self._held[channel, key] = when + max(-(-event.frames // _TICK), 1) * _TICK

    def _let_go(self, at: int) -> None:
        for channel, key in [where for where, when in self._held.items() if when <= at]:
            self._synth.noteoff(channel, key)
            del self._held[channel, key]

    def close(self) -> None:
        self._synth.delete()
