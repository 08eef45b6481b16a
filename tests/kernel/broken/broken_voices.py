"""Voices that break at every stage of their lives, each in its own way."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np

from mixdown_kernel import Audio, Chunk, PluginSettings, SynthesisBackend, Voice, hookimpl


def chunk(samples=None, rate=24_000):
    return Chunk(Audio(np.full((2_400, 1), 0.1, np.float32) if samples is None else samples, rate))


# ------------------------------------------------------------ open


@asynccontextmanager
async def raises(settings, context):
    raise ConnectionError("the engine does not answer")
    yield


@asynccontextmanager
async def exits(settings, context):
    raise SystemExit("cannot live here")
    yield


@asynccontextmanager
async def hangs(settings, context):
    await asyncio.Event().wait()
    yield


@asynccontextmanager
async def hangs_and_ignores_cancellation(settings, context):
    while not (context.data_dir / "let go").exists():
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue
    yield


@asynccontextmanager
async def never_yields(settings, context):
    if settings is None:
        yield


@asynccontextmanager
async def yields_twice(settings, context):
    yield speaking("yields_twice", lambda: [chunk()])()
    yield None


async def is_a_coroutine(settings, context):
    return None


@asynccontextmanager
async def yields_nothing(settings, context):
    yield None


@asynccontextmanager
async def fails_to_close(settings, context):
    yield speaking("fails_to_close", lambda: [chunk()])()
    raise OSError("could not put the engine away")


class Strict(PluginSettings):
    api_key: str = ""


# ------------------------------------------------------------ render


def speaking(name, chunks, *, hang=False):
    """A voice that renders what ``chunks()`` gives."""

    class Speaking:
        async def voices(self):
            return [Voice(name, name, "en")]

        async def render(self, request):
            for item in chunks():
                await asyncio.sleep(0)
                if isinstance(item, BaseException):
                    raise item
                yield item
            if hang:
                await asyncio.Event().wait()

    return Speaking


def nan():
    samples = np.zeros((2_400, 1), np.float32)
    samples[1_000] = np.nan
    return [chunk(samples)]


def endless():
    while True:
        yield chunk(np.zeros((24_000, 1), np.float32))


RENDERS = {
    "fails-at-once": lambda: [RuntimeError("out of breath")],
    "exits-at-once": lambda: [SystemExit("enough")],
    "fails-later": lambda: [chunk(), RuntimeError("lost its voice")],
    "nan": nan,
    "infinite": lambda: [chunk(np.full((100, 1), np.inf, np.float32))],
    "wrong-dtype": lambda: [chunk(np.zeros((2_400, 1)))],
    "wrong-shape": lambda: [chunk(np.zeros(2_400, np.float32))],
    "no-array": lambda: [chunk([0.0] * 2_400)],
    "no-chunk": lambda: [b"RIFF"],
    "no-rate": lambda: [chunk(rate=0)],
    "changes-rate": lambda: [chunk(), chunk(rate=48_000)],
    "changes-channels": lambda: [chunk(), chunk(np.zeros((2_400, 2), np.float32))],
}


def offering(voice, **members):
    @asynccontextmanager
    async def open_(settings, context):
        yield voice()

    return SynthesisBackend(open=open_, **members)


class NoCoroutine:
    """voices() is not asynchronous, render() is no iterator."""

    def voices(self):
        return [Voice("sync", "Sync", "en")]

    async def render(self, request):
        return None


class CannotName:
    async def voices(self):
        raise RuntimeError("forgot who it is")

    async def render(self, request):
        yield chunk()


LET_GO = asyncio.Event()


class ClosesSlowly:
    """Does not end when its iterator is closed, until it is let go."""

    async def voices(self):
        return [Voice("closes-slowly", "Closes slowly", "en")]

    async def render(self, request):
        try:
            while True:
                yield chunk()
        finally:
            await LET_GO.wait()


@hookimpl
def synthesis_backends():
    for open_ in (
        raises, exits, hangs, hangs_and_ignores_cancellation, never_yields, yields_twice, is_a_coroutine,
        yields_nothing, fails_to_close,
    ):  # fmt: skip
        yield SynthesisBackend(name=open_.__name__.replace("_", "-"), open=open_)
    for name, chunks in RENDERS.items():
        yield offering(speaking(name, chunks), name=name)
        yield offering(speaking(f"{name}-streamed", chunks), name=f"{name}-streamed", streaming=True)
    yield offering(speaking("stalls", list, hang=True), name="stalls")
    yield offering(
        speaking("stalls-later", lambda: [chunk()], hang=True), name="stalls-later", streaming=True
    )
    yield offering(speaking("endless", endless), name="endless")
    yield offering(speaking("strict", lambda: [chunk()]), name="strict", settings=Strict)
    yield offering(NoCoroutine, name="no-coroutine")
    yield offering(CannotName, name="cannot-name")
    yield offering(ClosesSlowly, name="closes-slowly", streaming=True)
