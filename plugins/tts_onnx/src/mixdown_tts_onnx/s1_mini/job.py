"""An utterance that is being spoken: its sentences, drawn in any order, decoded in the order in which they are heard."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from mixdown_tts_onnx.engine import Utterance
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.cache import Prefix
from mixdown_tts_onnx.s1_mini.generation import Sentence, too_long
from mixdown_tts_onnx.s1_mini.pipeline import CodecLine, Order, Stream
from mixdown_tts_onnx.s1_mini.prompt import Codes, Tokens
from mixdown_tts_onnx.s1_mini.sampling import History, Noise, Sampling
from mixdown_tts_onnx.s1_mini.sentences import sentences
from mixdown_tts_onnx.s1_mini.shape import Shape
from mixdown_tts_onnx.s1_mini.transformers import Draw
from mixdown_tts_onnx.s1_mini.voices import VoiceSpec

FIRST_CHUNK = 4
"""Frames after which something is heard: 0.19 seconds of sound."""
CHUNK = 8
"""Frames decoded at once from then on. Where frames are cut is fixed, so that equal seeds give equal bits."""
MAX_FRAMES = 1024
"""Of a sentence, as the reference's server has it: 47 seconds."""
_LIKELY, _MOST = 2, 5
"""Frames for each byte of a text: fifteen letters a second are 1.4."""
_BESIDES = 64


class Decodes(Protocol):
    def stream(self) -> Stream: ...


@dataclass(slots=True, eq=False)
class Track:
    """One sentence of a job. ``codes`` are its frames so far, of which ``ordered`` have gone to the codec."""

    job: Job
    text: str
    index: int
    sentence: Sentence | None = None
    codes: list[Codes] = field(default_factory=list)
    ordered: int = 0
    has_ended: bool = False
    stream: Stream | None = None

    def begin(self, prefix: Prefix, tokens: Tokens, room: int) -> Sentence:
        """``room`` is how many frames may follow the prompt. `EngineError` ``too_long``."""
        size = len(self.text.encode())
        likely = min(self.job.max_frames, _LIKELY * size)
        if room < likely:
            prompt = prefix.shape[3] + tokens.shape[1]
            raise too_long(prompt + likely, prompt + room)
        shape = self.job.shape
        noise = Noise(
            self.job.seed, self.index, shape.codebook_size + 1, shape.codebooks - 1, shape.residual_codes
        )
        draw = Draw(self.job.sampling, noise, History(shape.codebooks))
        frames = min(self.job.max_frames, _BESIDES + _MOST * size, room)
        self.sentence = Sentence(self, prefix, tokens, draw, frames)
        return self.sentence

    def add(self, codes: Codes | None) -> None:
        """A frame, or the end."""
        if codes is None:
            self.has_ended = True
        else:
            self.codes.append(codes)

    def next_codes(self) -> Codes | None:
        """The frames that are to be decoded next, once they are all there."""
        size = CHUNK if self.ordered else FIRST_CHUNK
        part = self.codes[self.ordered : self.ordered + size]
        if len(part) < size and not self.has_ended:
            return None
        self.ordered += len(part)
        return np.stack(part) if part else np.zeros((0, self.job.shape.codebooks), np.int64)


@dataclass(slots=True, eq=False)
class Job:
    """``codes`` are being encoded from the voice's recordings, where that is necessary. ``heard`` is the track whose
    sound is being made, ``begun`` how many are being drawn or were, ``ordered`` how many frames went to the codec."""

    number: int
    voice: VoiceSpec
    seed: int
    sampling: Sampling
    max_frames: int
    shape: Shape
    decoder: Decodes
    tracks: list[Track] = field(default_factory=list)
    codes: Future[list[Codes]] | None = None
    heard: int = 0
    begun: int = 0
    ordered: int = 0
    is_dropped: bool = False

    @classmethod
    def of(cls, number: int, utterance: Utterance, shape: Shape, decoder: Decodes) -> Job:
        job = cls(
            number=number,
            voice=VoiceSpec.of(utterance.get("voice", {})),
            seed=utterance["seed"],
            sampling=Sampling(**utterance.get("sampling", {})),
            max_frames=min(utterance.get("max_frames", MAX_FRAMES), MAX_FRAMES),
            shape=shape,
            decoder=decoder,
        )
        job.tracks = [Track(job, text, index) for index, text in enumerate(sentences(utterance["text"]))]
        if not job.tracks:
            raise EngineError(
                "nothing_to_speak", "The text has nothing to speak.", kind="invalid", field="text"
            )
        return job

    @property
    def next_track(self) -> Track | None:
        """The first one that is not being drawn yet."""
        return self.tracks[self.begun] if self.begun < len(self.tracks) else None

    def order(self, line: CodecLine) -> None:
        """Send to the codec whatever is next to be heard and there."""
        while self.heard < len(self.tracks):
            track = self.tracks[self.heard]
            codes = track.next_codes()
            if codes is None:
                return
            if track.stream is None:
                track.stream = self.decoder.stream()
            is_done = track.has_ended and track.ordered == len(track.codes)
            if is_done:
                self.heard += 1
            last = self.heard == len(self.tracks)
            line.put(Order(self.number, track.stream, codes, last, self.ordered, self._is_wanted))
            self.ordered += len(codes)
            if is_done:
                track.stream, track.codes = None, []

    def _is_wanted(self) -> bool:
        return not self.is_dropped
