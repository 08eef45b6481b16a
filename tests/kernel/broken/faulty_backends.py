"""Backends with one fault each, for `test_testing_kit.py`: every fault has to be caught by its suite.

The voice itself is sound; a fault is a subclass that breaks one promise.
"""

import asyncio
import itertools
import re
import time
from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import (
    AmbientRequest,
    Audio,
    Backend,
    Chunk,
    Kind,
    Problem,
    StoredObject,
    SynthesisBackend,
    Voice,
    Word,
    invalid,
)

RATE = 24_000


class Voices:
    """A sound voice: a tone per word, one chunk each."""

    async def voices(self):
        return [Voice("tone", "Tone", "en"), Voice("low", "Low", "en-GB")]

    async def render(self, request):
        self.check(request)
        position = 0
        for match in re.finditer(r"\w+", request.text):
            samples = self.word(match.group(), request)
            end = position + len(samples)
            yield Chunk(self.audio(samples), words=(self.timed(request.text, match, position, end),))
            position = end
            await asyncio.sleep(0)

    def check(self, request):
        if request.parameters:
            raise invalid("unknown_parameter", "there are no parameters", field="parameters")
        if request.voice not in ("", "tone", "low"):
            raise Problem(Kind.NOT_FOUND, "unknown_voice", "no such voice")

    def word(self, text, request):
        pitch = sum(map(ord, text)) % 500 + (100 if request.voice == "low" else 200)
        frames = int(1_200 * len(text) / request.speed)
        wave = 0.2 * np.sin(2 * np.pi * pitch * np.arange(frames) / RATE)
        return wave[:, None].astype(np.float32)

    def audio(self, samples):
        return Audio(samples, RATE)

    def timed(self, text, match, start, end):
        return Word(match.start(), match.end(), start, end)


def offer(voice, **members):
    return SynthesisBackend(**{"name": "tone", "open": Opening(voice), "speed_range": (0.5, 2.0), **members})


class Opening:
    """``open`` as an object, so that a descriptor travels to another process."""

    def __init__(self, kind):
        self.kind = kind

    @asynccontextmanager
    async def __call__(self, settings, context):
        yield self.kind()


class Nan(Voices):
    def audio(self, samples):
        return Audio(samples * np.float32("nan"), RATE)


class TooLoud(Voices):
    def audio(self, samples):
        return Audio(samples * np.float32(20), RATE)


class Silent(Voices):
    def audio(self, samples):
        return Audio(samples * np.float32(0), RATE)


class Integers(Voices):
    def audio(self, samples):
        return Audio((samples * 32_767).astype(np.int16), RATE)


class Flat(Voices):
    def audio(self, samples):
        return Audio(samples[:, 0], RATE)


class TwoRates(Voices):
    def __init__(self):
        self.rates = itertools.cycle([24_000, 48_000])

    def audio(self, samples):
        return Audio(samples, next(self.rates))


class OneBuffer(Voices):
    """Yields views of a buffer that it writes again."""

    def __init__(self):
        self.buffer = np.zeros((100_000, 1), np.float32)

    def audio(self, samples):
        self.buffer[: len(samples)] = samples
        return Audio(self.buffer[: len(samples)], RATE)


class ByTheClock(Voices):
    def audio(self, samples):
        return Audio(samples * np.float32(1 + time.perf_counter_ns() % 97 / 1000), RATE)


class ByHash(Voices):
    """Equal within a process, other in the next: str hashes are salted."""

    def word(self, text, request):
        return super().word(text, request) * np.float32(1 + hash(text) % 97 / 1000)


class Remembers(Voices):
    """Its sound depends on how often it was asked."""

    def __init__(self):
        self.asked = 0

    def check(self, request):
        super().check(request)
        self.asked += 1

    def audio(self, samples):
        return Audio(samples * np.float32(1 / self.asked), RATE)


class Mixes(Voices):
    """Renders at the same time share what should be each one's own."""

    async def render(self, request):
        self.check(request)
        self.request = request
        await asyncio.sleep(0)
        async for chunk in super().render(self.request):
            yield chunk


class TakesAnything(Voices):
    def check(self, request):
        super().check(request.model_copy(update={"parameters": {}}))


class AnyVoice(Voices):
    def check(self, request):
        super().check(request.model_copy(update={"voice": ""}))


class RefusesSilence(Voices):
    def check(self, request):
        super().check(request)
        if not request.text.strip():
            raise invalid("empty_text", "there is nothing to say")


class Mumbles(Voices):
    """Unspeakable text is not silent."""

    async def render(self, request):
        async for chunk in super().render(request):
            yield chunk
        yield Chunk(self.audio(self.word("hm", request)))


class ByteOffsets(Voices):
    def timed(self, text, match, start, end):
        first, last = (len(text[:at].encode()) for at in match.span())
        return Word(first, last, start, end)


class LateWords(Voices):
    def timed(self, text, match, start, end):
        return Word(match.start(), match.end(), start, end + 10 * RATE)


class WordsPerChunk(Voices):
    """Counts frames from each chunk's start instead of the utterance's."""

    def timed(self, text, match, start, end):
        return Word(match.start(), match.end(), 0, end - start) if start else Word(*match.span(), 5, end)


class OneSpeed(Voices):
    def word(self, text, request):
        return super().word(text, request.model_copy(update={"speed": 1.0}))


class OtherDefault(Voices):
    """The voice it lists first is not the one it speaks with."""

    def word(self, text, request):
        return super().word(text, request.model_copy(update={"voice": request.voice or "low"}))


class NamesTwice(Voices):
    async def voices(self):
        return [Voice("tone", "Tone", "en"), Voice("tone", "Tone again", "en")]


class BadLanguage(Voices):
    async def voices(self):
        return [Voice("tone", "Tone", "English (US)")]


class Swallows(Voices):
    """Takes cancellation for a failure of its own."""

    async def render(self, request):
        try:
            async for chunk in super().render(request):
                yield chunk
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise RuntimeError("the engine was interrupted") from None


class Coroutine(Voices):
    async def render(self, request):
        return [Chunk(self.audio(self.word("hm", request)))]


class NoMethod:
    async def voices(self):
        return [Voice("tone", "Tone", "en")]


VOICES = {
    "sound": offer(Voices),
    "nan": offer(Nan),
    "too_loud": offer(TooLoud),
    "silent": offer(Silent),
    "integers": offer(Integers),
    "flat": offer(Flat),
    "two_rates": offer(TwoRates),
    "one_buffer": offer(OneBuffer),
    "by_the_clock": offer(ByTheClock),
    "by_hash": offer(ByHash),
    "remembers": offer(Remembers),
    "mixes": offer(Mixes),
    "takes_anything": offer(TakesAnything),
    "any_voice": offer(AnyVoice),
    "refuses_silence": offer(RefusesSilence),
    "mumbles": offer(Mumbles),
    "byte_offsets": offer(ByteOffsets),
    "late_words": offer(LateWords),
    "words_per_chunk": offer(WordsPerChunk),
    "one_speed": offer(OneSpeed),
    "other_default": offer(OtherDefault),
    "names_twice": offer(NamesTwice),
    "bad_language": offer(BadLanguage),
    "swallows": offer(Swallows),
    "coroutine": offer(Coroutine),
    "no_method": offer(NoMethod),
    "claims_a_seed": offer(Voices, seeded=True),
    "claims_volume": offer(Voices, honours=frozenset({"volume"})),
    "claims_to_stream": offer(
        type("AtOnce", (Voices,), {"render": lambda self, request: at_once(self, request)}), streaming=True
    ),
    "bad_name": offer(Voices, name="My Voice"),
}


async def at_once(voice, request):
    chunks = [chunk async for chunk in Voices.render(voice, request)]
    if chunks:
        yield Chunk(Audio.join([chunk.audio for chunk in chunks]))


# ---------------------------------------------------------------- ambience


class Bed:
    """Two seconds of shaped noise, seamless because it was shaped in a circle."""

    def kinds(self):
        return ["wind"]

    async def render(self, request: AmbientRequest):
        if request.kind != "wind" or request.parameters:
            raise invalid("unknown_kind", "there is only wind", field="kind", allowed=["wind"])
        self.refuse(request)
        frames = 8 * RATE
        random = np.random.default_rng(request.seed)
        spectrum = np.exp(2j * np.pi * random.random(frames // 2 + 1))
        spectrum[int(400 * frames / RATE) :] = 0
        spectrum[: int(60 * frames / RATE)] = 0
        wave = np.fft.irfft(spectrum, n=frames)
        wave *= (0.1 + 0.4 * request.intensity) / np.abs(wave).max()
        yield Chunk(Audio(self.cut(wave)[:, None].astype(np.float32), RATE))

    def refuse(self, request):
        for member in ("distance", "brightness"):
            if getattr(request, member) is not None:
                raise Problem(Kind.UNSUPPORTED, "unsupported_parameter", f"knows no {member}", field=member)

    def cut(self, wave):
        return wave


class Deaf(Bed):
    """Takes a distance and a brightness, and sounds as before."""

    def refuse(self, request):
        pass


class Layers(Bed):
    """A bed of two takes, each at half the power."""

    frames = (7 * RATE, 8 * RATE - 1)
    gain = 0.5**0.5

    def cycles(self, request):
        return [request.model_copy(update={"parameters": {"layer": layer}}) for layer in (0, 1)]

    async def render(self, request):
        layer = request.parameters.get("layer")
        plain = request.model_copy(update={"parameters": {}} if layer in (0, 1) else {})
        async for chunk in super().render(plain):
            if layer not in (0, 1):
                yield chunk
                continue
            spectrum = np.fft.rfft(chunk.audio.samples[:, 0])
            frames = self.frames[layer]
            bins = np.zeros(frames // 2 + 1, complex)
            turns = np.exp(2j * np.pi * np.random.default_rng([request.seed, layer]).random(len(bins)))
            low, high = (round(edge * frames / RATE) for edge in (60, 400))
            bins[low:high] = turns[low:high] * np.sqrt(np.mean(np.abs(spectrum) ** 2))
            wave = np.fft.irfft(bins, frames)
            wave *= self.gain * chunk.audio.samples.std() / wave.std()
            yield Chunk(Audio(wave[:, None].astype(np.float32), RATE))


class InStep(Layers):
    frames = (6 * RATE, 8 * RATE)


class TwiceAsLoud(Layers):
    gain = 1.5


class NaivelyCut(Bed):
    def cut(self, wave):
        return wave[: len(wave) * 2 // 3 + 11]


class Swells(Bed):
    """Begins soft and ends loud: no click, and yet a seam."""

    def cut(self, wave):
        return wave * np.linspace(0.02, 1, len(wave))


def bed(kind):
    return Backend(name="bed", open=Opening(kind), seeded=True)


BEDS = {
    "sound": bed(Layers),
    "naively_cut": bed(NaivelyCut),
    "swells": bed(Swells),
    "deaf": bed(Deaf),
    "in_step": bed(InStep),
    "twice_as_loud": bed(TwiceAsLoud),
}


# ---------------------------------------------------------------- storage


class Shelf:
    """A store that lives in a dict: sound but for what a dict cannot do (outlive its process)."""

    def __init__(self):
        self.objects = {}

    def key(self, key):
        if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", key) or {".", ".."} & set(key.split("/")):
            raise invalid("bad_key", "keys are relative paths of plain letters", field="key")
        return key

    async def put(self, key, chunks, *, media_type, metadata=None, if_absent=False):
        self.key(key)
        if if_absent and key in self.objects:
            return self.objects[key][0]
        content = b"".join([chunk async for chunk in chunks])
        if if_absent and key in self.objects:
            return self.objects[key][0]
        stored = StoredObject(
            key, len(content), self.etag(content), media_type, 1_700_000_000.0, dict(metadata or {})
        )
        self.objects[key] = stored, content
        return stored

    def etag(self, content):
        return str(hash(content))

    async def get(self, key, start=0, end=None):
        if self.key(key) not in self.objects:
            raise Problem(Kind.NOT_FOUND, "not_found", "there is no such object")
        yield self.range(self.objects[key][1], start, end)

    def range(self, content, start, end):
        return content[start:end]

    async def stat(self, key):
        return self.objects.get(self.key(key), (None,))[0]

    async def list(self, prefix=""):
        for key in self.order():
            if key.startswith(prefix):
                yield self.objects[key][0]

    def order(self):
        return sorted(self.objects)

    async def delete(self, key):
        return self.objects.pop(self.key(key), None) is not None


class NoAtoms(Shelf):
    async def put(self, key, chunks, *, media_type, metadata=None, if_absent=False):
        stored = await super().put(key, half(), media_type=media_type, if_absent=if_absent)
        async for chunk in chunks:
            stored = await super().put(key, half(self.objects[key][1], chunk), media_type=media_type)
        return stored


async def half(*parts):
    for part in parts:
        yield part


class Unordered(Shelf):
    def order(self):
        return list(self.objects)


class Lax(Shelf):
    def key(self, key):
        return key


class Inclusive(Shelf):
    def range(self, content, start, end):
        return content[start : None if end is None else end + 1]


class Overwrites(Shelf):
    async def put(self, key, chunks, *, if_absent=False, **members):
        return await super().put(key, chunks, **members)


class WeakTags(Shelf):
    def etag(self, content):
        return str(len(content))


def shelf(kind):
    return Backend(name="shelf", open=Opening(kind))


SHELVES = {
    "sound": shelf(Shelf),
    "no_atoms": shelf(NoAtoms),
    "unordered": shelf(Unordered),
    "lax": shelf(Lax),
    "inclusive": shelf(Inclusive),
    "overwrites": shelf(Overwrites),
    "weak_tags": shelf(WeakTags),
}
