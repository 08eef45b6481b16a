"""How far the word times of the final timeline are from a forced alignment of the finished sound.

Run: ``python -m meters.timings`` (add ``-v`` for every border that is more than 50 ms off). Error = ours less theirs.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import correlate

from meters.alignment import Aligner
from mixdown_kernel import Audio, Encoding, Kernel, Master, Scene, SourceLayer, TimedWord, VoiceLayer

_MARKED = re.compile(r"\{(?P<written>[^|}]*)\|(?P<said>[^}]*)\}|(?P<mark>\[[^\]]*\])|(?P<plain>[^\s{]+)")
_WORD = re.compile(r"[a-z']+")

PLAIN = """
The end of the road is on a hill by the sea.
From the top of the tower you can see most of the town.
It was one of the best days of the year for the children.
She put the letter in the drawer of an old desk at the back of the room.
I don't know why they're late, but we'll wait for them.
He is the son of a farmer and the father of a doctor.
Has been a teacher for a long time at a small school.
This is the book that I am going to read to the class.
Some of these apples are sweet and some of those are sour.
Out of the window we could see the lights on the other side of the bay.
The children were playing on the beach while their parents slept in the shade.
Nothing in the world is as soft as water.
My neighbour keeps bees in the garden behind his house.
We walked along the river until the sun went down.
A cold wind blew through the open door.
The train for London leaves from the platform on the left.
You should have told me about it before the meeting.
They sold the house to a young couple from the north.
There was a small boat at the end of the pier.
What would you do with a million dollars?
"""
PAUSES = """
First, open the box, then take out the paper, and keep it in a dry place.
Stop. Look around. Now go on.
When the rain had stopped, the birds began to sing again.
Red, green, blue, and white are the colors of the flag.
No, I have never been there; my sister has.
The answer, as you know, is simple: work hard, sleep well.
"Where are you going?" she asked. "To the market," he said.
Ready? Wait for it... Go!
One moment [pause:700ms] please hold the line.
Close your eyes. [pause:1.5s] Breathe in, [pause:400ms] and breathe out.
My brother, who lives in Boston, called last night.
Yes, of course, I will help you with the garden.
If you are tired, rest; if you are hungry, eat.
The old clock, which had not worked for years, began to strike.
Come in, sit down, and tell me all about it.
"""
FIGURES = """
It costs {$5.20|five dollars and twenty cents} at the corner store.
He was born in {1984|nineteen eighty four} in a small town.
The train leaves at {10:30|ten thirty} from the north station.
We need {25|twenty five} chairs and {12|twelve} tables.
She finished {3rd|third} out of {150|one hundred fifty} runners.
About {12.5%|twelve point five percent} of the water is lost.
Turn to page {47|forty seven} of the book.
The tower is {300|three hundred} feet high and {90|ninety} years old.
They paid {£20|twenty pounds} for the lamp and {€3|three euros} for the light.
Call me at {9:00|nine o'clock} in the morning.
In {2010|twenty ten} there were {8|eight} of us.
Add {2|two} cups of flour and {3|three} eggs.
The {21st|twenty first} of May was a cold day.
Room {101|one hundred one} is on the left.
It was {7|seven} degrees below zero.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """A word as it is written, where, and the words that it is read as."""

    start: int
    end: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A text and what is said of it."""

    text: str
    said: tuple[Said, ...]


@dataclass
class Errors:
    """Differences in seconds, a start and an end for each word, and the words that could not be compared."""

    starts: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    skipped: int = 0

    def extend(self, other: Errors) -> None:
        self.starts += other.starts
        self.ends += other.ends
        self.words += other.words
        self.skipped += other.skipped

    def row(self, name: str) -> str:
        return (
            f"{name:28} {len(self.starts):5} {_figures(self.starts)}   {_figures(self.ends)} {self.skipped:8}"
        )


def _figures(errors: Sequence[float]) -> str:
    ms = 1000 * np.array(errors or [np.nan])
    return f"{np.median(ms):+6.0f} {np.median(np.abs(ms)):6.0f} {np.percentile(np.abs(ms), 90):6.0f}"


def passage(marked: str) -> Passage:
    """Of "{$5|five dollars} please": what is written, and what is said of it."""
    text, said, at = "", [], 0
    for found in _MARKED.finditer(marked):
        text += marked[at : found.start()]
        at = found.end()
        written = found["written"] or found["plain"] or ""
        words = tuple(_WORD.findall((found["said"] or written).lower()))
        if words:
            said.append(Said(len(text), len(text) + len(written), words))
        text += found["mark"] or written
    return Passage(text + marked[at:], tuple(said))


def passages(marked: str) -> list[Passage]:
    return [passage(line) for line in marked.strip().splitlines()]


def compare(
    aligner: Aligner, one: Passage, timed: Sequence[TimedWord], sound: NDArray[np.float32], rate: int
) -> Errors:
    """The timeline's words of a passage against the sound's. Raises ValueError where a word has no time."""
    words = [word for said in one.said for word in said.words]
    if missing := aligner.unknown(words):
        raise ValueError(f"the dictionary lacks {missing}")
    try:
        aligned = iter(aligner.align(sound, rate, words))
    except ValueError:
        return Errors(skipped=len(one.said))
    errors = Errors()
    for said in one.said:
        parts = [next(aligned) for _ in said.words]
        ours = [word for word in timed if word.start < said.end and said.start < word.end]
        if not ours:
            raise ValueError(f"no time for {one.text[said.start : said.end]!r}")
        errors.words.append(one.text[said.start : said.end])
        errors.starts.append(ours[0].start_ms / 1000 - parts[0].start)
        errors.ends.append(ours[-1].end_ms / 1000 - parts[-1].end)
    return errors


async def perform(kernel: Kernel, scene: Scene) -> tuple[list[Audio], list[TimedWord]]:
    plan = await kernel.plan(scene)
    async with kernel.perform(plan) as performance:
        blocks = [block async for block in performance.blocks()]
        return blocks, performance.timeline.words


async def errors_of(kernel: Kernel, aligner: Aligner, one: Passage, scene: Scene) -> Errors:
    blocks, words = await perform(kernel, scene)
    audio = Audio.join(blocks)
    return compare(aligner, one, words, audio.samples, audio.rate)


def alone(text: str, **members: object) -> Scene:
    """A voice and nothing else."""
    layer = VoiceLayer.model_validate({"id": "voice", "text": text, "voice": "en-us"} | members)
    return Scene(layers=(layer,), rate=24_000, channels=1, master=Master(mode="none"), seed=1)


def over_rain(text: str) -> Scene:
    """From the second second on, over rain, mastered, 48 kHz stereo."""
    voice = VoiceLayer(id="voice", text=text, voice="en-us", start_ms=1500)
    rain = SourceLayer(id="rain", role="ambient", request={"kind": "rain"}, volume=0.03, loop=True)
    return Scene(layers=(voice, rain), master=Master(mode="finished"), tail_ms=1000, seed=1)


def cases() -> Iterator[tuple[str, list[tuple[Passage, Scene]]]]:
    plain, pauses, figures = passages(PLAIN), passages(PAUSES), passages(FIGURES)
    mixed = [*plain[:10], *pauses[:10], *figures[:10]]
    yield "plain sentences", [(one, alone(one.text)) for one in plain]
    yield "commas and pauses", [(one, alone(one.text)) for one in pauses]
    yield "figures", [(one, alone(one.text)) for one in figures]
    whole = [passage(" ".join(PLAIN.strip().splitlines()[at : at + 5])) for at in range(0, 20, 5)]
    yield "five sentences each", [(one, alone(one.text)) for one in whole]
    pairs = zip(PLAIN.strip().splitlines()[::2], PLAIN.strip().splitlines()[1::2], strict=True)
    voices = [passage(f"{one} [voice:en-gb] {other}") for one, other in pairs]
    yield "two voices", [(one, alone(one.text)) for one in voices]
    for speed in (0.7, 1.4, 0.5, 2.0):
        yield f"speed {speed:g}", [(one, alone(one.text, speed=speed)) for one in mixed]
    for speed in (0.4, 3.0):
        yield f"speed {speed:g}, stretched", [(one, alone(one.text, speed=speed)) for one in mixed]
    yield "a British voice", [(one, alone(one.text, voice="en-gb")) for one in mixed]
    yield "over rain, from 1.5 s", [(one, over_rain(one.text)) for one in mixed]


async def delays(kernel: Kernel, path: Path) -> list[tuple[str, float, float]]:
    """Of each format how much later than planned a decoder plays it, in seconds: of a stream and of a file."""
    scene = alone(passages(PLAIN)[0].text)
    plan = await kernel.plan(scene)
    original, _ = await perform(kernel, scene)
    found = []
    for name in ("wav", "flac", "mp3", "opus", "aac"):
        encoding = Encoding(format=name)
        async with kernel.perform(plan) as performance:
            streamed = b"".join([chunk async for chunk in kernel.encode(performance, encoding)])
        await kernel.encode_file(_each(original), encoding, scene.rate, scene.channels, path)
        sound = Audio.join(original)
        found.append((name, _delay(sound, streamed), _delay(sound, await asyncio.to_thread(path.read_bytes))))
    return found


async def _each(blocks: Sequence[Audio]) -> AsyncIterator[Audio]:
    for block in blocks:
        yield block


def _delay(original: Audio, encoded: bytes) -> float:
    resampler = av.AudioResampler("fltp", "mono", original.rate)
    with av.open(io.BytesIO(encoded), "r") as container:
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    decoded = np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])
    likeness = correlate(decoded, original.samples[:, 0], method="fft")
    return float(np.argmax(likeness) - len(original.samples) + 1) / original.rate


async def main(arguments: Sequence[str]) -> None:
    aligner, every = Aligner(), Errors()
    print(f"{'':28} {'':5} start: bias, median, p90   end: bias, median, p90  skipped")
    with tempfile.TemporaryDirectory() as folder:
        async with Kernel({"data_dir": Path(folder), "backends": {"mixing": ["numpy"]}}) as kernel:
            await kernel.ready()
            for name, pairs in cases():
                errors = Errors()
                for one, scene in pairs:
                    errors.extend(await errors_of(kernel, aligner, one, scene))
                print(errors.row(name), flush=True)
                every.extend(errors)
            print(every.row("all (ms)"))
            print("late when decoded, ms: streamed, file")
            for name, streamed, kept in await delays(kernel, Path(folder, "file")):
                print(f"{name:28} {1000 * streamed:+5.1f} {1000 * kept:+5.1f}")
    if "-v" in arguments:
        for word, start, end in zip(every.words, every.starts, every.ends, strict=True):
            if max(abs(start), abs(end)) > 0.05:
                print(f"{word:16} {1000 * start:+5.0f} {1000 * end:+5.0f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
