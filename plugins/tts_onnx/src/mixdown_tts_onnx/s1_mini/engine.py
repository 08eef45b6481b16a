"""The engine half: a loaded model that speaks several utterances at once.

The transformers run in the caller's thread, the codec beside them in another. Every utterance is cut into sentences,
and whichever sentences wait, of one utterance or of several, are drawn in one batch; each is heard as if it were alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from mixdown_tts_onnx.engine import Options, Piece, Utterance, Waiting
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.cache import Prefix
from mixdown_tts_onnx.s1_mini.codec import Decoder, Encoder
from mixdown_tts_onnx.s1_mini.generation import Batch
from mixdown_tts_onnx.s1_mini.job import Job, Track
from mixdown_tts_onnx.s1_mini.model_files import DECODER, ENCODER, FRAME, MANIFEST, SLOW, read_facts
from mixdown_tts_onnx.s1_mini.pipeline import CodecLine
from mixdown_tts_onnx.s1_mini.prompt import Codes, Reference, text_tokens, voice_tokens
from mixdown_tts_onnx.s1_mini.tokenizer import Tokenizer
from mixdown_tts_onnx.s1_mini.transformers import FrameTransformer, SlowTransformer
from mixdown_tts_onnx.s1_mini.voices import DRAWN_TEXT, Recording, VoiceStore

BATCH = 4
CONTEXT = 2048
VOICE_CACHE_BYTES = 1 << 30
NOBODY = -1
PATIENCE = 0.05
"""Seconds after which a voice that is being encoded is let wait and the queue looked at."""
DRAWN_FRAMES = 160
"""How much a drawn voice says to be remembered by: seven seconds."""


def load(directory: Path, options: Options) -> S1MiniEngine:
    """What the child calls. `EngineError` for a model that is not whole or not of this kind."""
    return S1MiniEngine(directory, options)


class S1MiniEngine:
    """Meets `BatchEngine`. ``options.own``: ``batch`` sentences at once, ``context`` positions of each,
    ``codec_threads`` of ``threads``."""

    def __init__(self, directory: Path, options: Options) -> None:
        self.facts = read_facts(directory)
        self.batch = int(options.own.get("batch") or BATCH)
        shape = self.facts.shape
        codec_threads = _codec_threads(options)
        drawing = replace(options, threads=max(1, options.threads - codec_threads))
        capacity = min(int(options.own.get("context") or CONTEXT), shape.positions)
        self._directory, self._options = directory, replace(options, threads=codec_threads)
        self._tokenizer = Tokenizer.read(directory, shape.codebook_size)
        slow = SlowTransformer(directory / SLOW, drawing, self.batch, capacity)
        frame = FrameTransformer(directory / FRAME, drawing)
        self._batch = Batch(slow, frame, self._tokenizer.vocabulary, self.batch)
        self._decoder = Decoder(directory / DECODER, self._options)
        self._encoder: Encoder | None = None
        self._line = CodecLine(beside=options.threads > 1)
        self._encoding = ThreadPoolExecutor(1, "encoder")
        identity = hashlib.sha256((directory / MANIFEST).read_bytes()).hexdigest()
        self._voices = VoiceStore(
            options.cache_dir / "voices",
            f"{identity} {onnxruntime.__version__}",
            int(options.own.get("voice_cache_bytes") or VOICE_CACHE_BYTES),
        )
        self._capacity = capacity

    def close(self) -> None:
        self._encoding.shutdown(cancel_futures=True)
        self._line.close()

    def speak(self, utterance: Utterance) -> Iterator[Piece]:
        """One utterance by itself."""
        with closing(self.speak_together(_Alone(utterance))) as made:
            for _, piece in made:
                if isinstance(piece, EngineError):
                    raise piece
                yield piece

    def speak_together(self, waiting: Waiting) -> Generator[tuple[int, Piece | EngineError], None, None]:
        jobs: dict[int, Job] = {}
        try:
            while True:
                for number, utterance in waiting.take(self.batch - len(jobs)):
                    yield from self._open(jobs, number, utterance)
                for number in [number for number in jobs if waiting.dropped(number)]:
                    self._drop(jobs.pop(number))
                if not jobs:
                    return
                yield from self._admit(jobs)
                self._step()
                yield from self._finished(jobs)
        finally:
            for job in jobs.values():
                self._drop(job)
            self._line.drain()

    def _step(self) -> None:
        """A frame of every sentence."""
        if self._batch.is_empty:
            return
        for drawn in self._batch.step():
            track: Track = drawn.sentence.key
            track.add(drawn.codes)
            track.job.order(self._line)

    def _finished(self, jobs: dict[int, Job]) -> Iterator[tuple[int, Piece]]:
        """Whatever sound there is by now; where nothing else is to be done, the next."""
        for decoded in self._line.take(wait=self._batch.is_empty):
            if decoded.job in jobs:
                if decoded.last:
                    del jobs[decoded.job]
                yield decoded.job, Piece(decoded.samples, self.facts.rate, last=decoded.last)

    # ------------------------------------------------------------ jobs

    def _open(
        self, jobs: dict[int, Job], number: int, utterance: Utterance
    ) -> Iterator[tuple[int, EngineError]]:
        try:
            job = Job.of(number, utterance, self.facts.shape, self._decoder)
        except EngineError as error:
            yield number, error
            return
        if job.voice.references and self._voices.prefix(job.voice) is None:
            job.codes = self._encoding.submit(self._encode, job.voice.references)
        jobs[number] = job

    def _drop(self, job: Job) -> None:
        job.is_dropped = True
        for track in job.tracks[: job.begun]:
            if track.sentence is not None and not track.has_ended:
                self._batch.remove(track.sentence)
        if job.codes is not None:
            job.codes.cancel()

    def _admit(self, jobs: dict[int, Job]) -> Iterator[tuple[int, EngineError]]:
        """Take one more sentence in, the one that will be heard soonest; only one, for the others wait meanwhile."""
        waiting = [job for job in jobs.values() if job.next_track is not None]
        ready = [job for job in waiting if job.codes is None or job.codes.done()]
        if not ready and self._batch.is_empty and self._line.is_idle:
            # There is nothing to do but to wait for a voice; somebody may come meanwhile.
            wait([job.codes for job in waiting if job.codes is not None], PATIENCE, FIRST_COMPLETED)
        if not ready or self._batch.is_full:
            return
        job = min(ready, key=lambda job: job.begun)
        try:
            self._begin(job)
        except EngineError as error:
            self._drop(jobs.pop(job.number))
            yield job.number, error

    def _begin(self, job: Job) -> None:
        track = job.next_track
        if track is not None:
            self._draw(track, self._prefix(job))
            job.begun += 1

    def _draw(self, track: Track, prefix: Prefix) -> None:
        tokens = text_tokens(self._tokenizer, track.text, self.facts.shape.codebooks)
        self._batch.add(track.begin(prefix, tokens, self._capacity - prefix.shape[3] - tokens.shape[1]))

    # ------------------------------------------------------------ voices

    def _prefix(self, job: Job) -> Prefix:
        """What the job's voice leaves in the cache; made, and kept, where it was not."""
        prefix = self._voices.prefix(job.voice)
        if prefix is None:
            prefix = self._read(self._references(job))
            self._voices.keep(job.voice, prefix)
        return prefix

    def _read(self, references: list[Reference]) -> Prefix:
        return self._batch.read(voice_tokens(self._tokenizer, references, self.facts.shape.codebooks))

    def _references(self, job: Job) -> list[Reference]:
        if job.voice.drawn is not None:
            return [self._draw_voice(job.voice.drawn)]
        codes = [] if job.codes is None else job.codes.result()
        return [Reference(one.text, frames) for one, frames in zip(job.voice.references, codes, strict=True)]

    def _draw_voice(self, seed: int) -> Reference:
        """The model speaks by chance. Once for each voice; what others hear meanwhile comes late."""
        said = {"text": DRAWN_TEXT, "seed": seed, "max_frames": DRAWN_FRAMES}
        track = Job.of(NOBODY, said, self.facts.shape, self._decoder).tracks[0]
        track.job.heard = len(track.job.tracks)  # it is not listened to
        self._draw(track, self._read([]))
        while not track.has_ended:
            self._step()
        return Reference(DRAWN_TEXT, np.stack(track.codes))

    def _encode(self, recordings: Sequence[Recording]) -> list[Codes]:
        """In the encoder's thread."""
        return [self._voices.codes(recording, self._loaded_encoder().encode) for recording in recordings]

    def _loaded_encoder(self) -> Encoder:
        if self._encoder is None:
            path = self._directory / ENCODER
            if not path.is_file():
                raise EngineError(
                    "no_encoder",
                    "This S1-mini model was converted without the codec's encoder, so it cannot clone voices.",
                    kind="unsupported",
                    field="parameters.reference",
                    hint="Convert it again, with the encoder.",
                )
            self._encoder = Encoder(path, self._options)
        return self._encoder


class _Alone:
    """A queue of one utterance. Meets `Waiting`."""

    def __init__(self, utterance: Utterance) -> None:
        self._jobs = [(0, utterance)]

    def take(self, limit: int) -> Sequence[tuple[int, Utterance]]:
        taken, self._jobs = self._jobs[:limit], self._jobs[limit:]
        return taken

    def dropped(self, job: int) -> bool:
        return False


def _codec_threads(options: Options) -> int:
    """Of the engine's threads those that the codec gets: it computes more than the transformers, they wait for memory."""
    asked = options.own.get("codec_threads")
    return min(int(asked), max(1, options.threads - 1)) if asked else max(1, options.threads // 2)
