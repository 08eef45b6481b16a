"""More backends with one fault each, for `test_testing_kit.py`: mixing, encoding and execution."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np

import mixdown_mixing
from mixdown_kernel import Audio, Backend, Ending, Format, Problem, invalid
from mixdown_kernel.execution import in_process

# ---------------------------------------------------------------- mixing: the real one, with a fault put on top


class Proxy:
    """Passes everything on to what it wraps."""

    def __init__(self, inner):
        self.inner = inner

    def __getattr__(self, name):
        return getattr(self.inner, name)


def mixing(**faults):
    """The installed mixing backend; ``faults`` wrap what its methods make."""
    real = next(iter(mixdown_mixing.mixing_backends()))

    class Faulty(Proxy):
        def __getattr__(self, name):
            made = getattr(self.inner, name)
            return (lambda *a, **k: faults[name](made(*a, **k))) if name in faults else made

    @asynccontextmanager
    async def open_(settings, context):
        async with real.open(settings, context) as inner:
            yield Faulty(inner)

    return Backend(name="faulty", open=open_, settings=real.settings)


class GainTwice(Proxy):
    def add(self, track):
        self.inner.add(replace(track, gain=track.gain**2))


class NoDucking(Proxy):
    def add(self, track):
        self.inner.add(replace(track, duck=None))


class NoFades(Proxy):
    def add(self, track):
        self.inner.add(replace(track, fade_in=0, fade_out=0))


class HearsBlocks(Proxy):
    """The level depends a little on the block's length."""

    def process(self, inputs, frames, **options):
        block = self.inner.process(inputs, frames, **options)
        return type(block)(block.mix * np.float32(1 - frames * 1e-7), block.parts)


class Overloud(Proxy):
    def loudness(self):
        return self.inner.loudness() + 0.5


class SamplePeak(Proxy):
    def push(self, samples):
        self.inner.push(samples)
        self.peak = max(getattr(self, "peak", 0.0), float(np.abs(samples).max()))

    def true_peak(self):
        return 20 * np.log10(self.peak) if self.peak else -np.inf


class Clipper:
    def __init__(self, limiter):
        pass

    def process(self, samples):
        return np.clip(samples, -0.89, 0.89)

    def flush(self):
        return np.zeros((0, 2), np.float32)


class KeepsTheTail(Proxy):
    def flush(self):
        return self.inner.flush()[:0]


class Late(Proxy):
    """Its delay is not compensated: everything comes one frame later."""

    def process(self, samples):
        out = self.inner.process(samples)
        if not len(out):
            return out
        last, self.last = getattr(self, "last", out[:1] * 0), out[-1:]
        return np.concatenate([last, out[:-1]])


def like_a_record(audio):
    return Audio(np.interp(np.linspace(0, 1, audio.frames) ** 1.2, np.linspace(0, 1, audio.frames), audio.samples[:, 0])[:, None].astype(np.float32), audio.rate) if audio.frames else audio  # fmt: skip


MIXINGS = {
    "sound": mixing(),
    "gain_twice": mixing(mixer=GainTwice),
    "no_ducking": mixing(mixer=NoDucking),
    "no_fades": mixing(mixer=NoFades),
    "hears_blocks": mixing(mixer=HearsBlocks),
    "overloud": mixing(meter=Overloud),
    "sample_peak": mixing(meter=SamplePeak),
    "clipper": mixing(limiter=Clipper),
    "late_limiter": mixing(limiter=Late),
    "keeps_the_tail": mixing(resampler=KeepsTheTail),
    "late_resampler": mixing(resampler=Late),
    "like_a_record": mixing(stretch=like_a_record),
    "one_frame_short": mixing(stretch=lambda audio: Audio(audio.samples[:-1], audio.rate)),
}

# ---------------------------------------------------------------- encoding: raw 16-bit


class Raw:
    def formats(self):
        return {"pcm": Format("pcm", "audio/pcm", "pcm", rates=(24_000, 48_000))}

    def encoder(self, encoding, rate, channels, *, seekable):
        if encoding.format != "pcm" or rate not in (24_000, 48_000):
            raise invalid("unsupported_format", "only pcm at 24 and 48 kHz", field="format", allowed=["pcm"])
        return self

    def encode(self, samples):
        return self.quantised(np.clip(samples, -1, 1)).tobytes()

    def quantised(self, samples):
        return (samples * 32_767).round().astype("<i2")

    def finish(self):
        return Ending(b"")


class Wraps(Raw):
    def encode(self, samples):
        return (samples * 32_767).astype(np.int64).astype("<i2").tobytes()


class BigEndian(Raw):
    def quantised(self, samples):
        return super().quantised(samples).astype(">i2")


class EightBits(Raw):
    def quantised(self, samples):
        return super().quantised(samples) & -256


class Framed(Raw):
    """Marks every push."""

    def encode(self, samples):
        return b"**" + super().encode(samples)


class HoldsBack(Raw):
    """Gives everything at the end, and shares it between encoders."""

    held = b""

    def encode(self, samples):
        self.held += super().encode(samples)
        return b""

    def finish(self):
        held, self.held = self.held, b""
        return Ending(held)


class AnyFormat(Raw):
    def encoder(self, encoding, rate, channels, *, seekable):
        return self


class Patches(Raw):
    def finish(self):
        return Ending(b"", patches=((0, b"RIFF"),))


def encoder(kind):
    @asynccontextmanager
    async def open_(settings, context):
        yield kind()

    return Backend(name="raw", open=open_)


ENCODERS = {
    "sound": encoder(Raw),
    "wraps": encoder(Wraps),
    "big_endian": encoder(BigEndian),
    "eight_bits": encoder(EightBits),
    "framed": encoder(Framed),
    "holds_back": encoder(HoldsBack),
    "any_format": encoder(AnyFormat),
    "patches": encoder(Patches),
}

# ---------------------------------------------------------------- execution: the kernel's own, with a fault


def executor(submit, **section):
    @asynccontextmanager
    async def open_(settings, context):
        async with in_process.open(in_process.settings(**section), context) as inner:
            proxy = Proxy(inner)
            proxy.context = context
            proxy.submit = lambda work: submit(proxy, work)
            yield proxy

    return Backend(name="faulty", open=open_, settings=in_process.settings)


async def all_at_once(self, work):
    for chunk in [chunk async for chunk in self.inner.submit(work)]:
        yield chunk


async def detached(self, work):
    """The work goes on whoever leaves."""
    queue = asyncio.Queue()

    async def pump():
        try:
            async for chunk in self.context.render(work.spec):
                await queue.put(chunk)
            await queue.put(None)
        except Problem as problem:
            await queue.put(problem)

    task = asyncio.create_task(pump())
    while (item := await queue.get()) is not None:
        if isinstance(item, Problem):
            raise item
        yield item
    await task


async def other_words(self, work):
    try:
        async for chunk in self.inner.submit(work):
            yield chunk
    except Problem as problem:
        raise RuntimeError(problem.message) from None


async def drops(self, work):
    first = True
    async for chunk in self.inner.submit(work):
        if not first:
            yield chunk
        first = False


async def all_alike(self, work):
    async for chunk in self.inner.submit(replace(work, cost="medium", priority=0)):
        yield chunk


EXECUTORS = {
    "sound": in_process,
    "all_at_once": executor(all_at_once),
    "detached": executor(detached),
    "other_words": executor(other_words),
    "drops": executor(drops),
    "all_alike": executor(all_alike),
}
