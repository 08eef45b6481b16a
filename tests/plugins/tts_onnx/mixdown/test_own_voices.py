"""The voices that come with the package, as people hear them. `python -m meters.own_voice` has the figures in full."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from meters.alignment import Aligner
from meters.levels import levels
from meters.matrix import MatrixMeter, sentences
from meters.pitch import pitch, semitones

from mixdown_kernel import SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_onnx import backend as backend_of
from mixdown_tts_onnx.mixdown.cast import CAST
from mixdown_tts_onnx.mixdown.family import Mixdown

from .conftest import Speaker

DATA = Mixdown.built_in
RATE = 32_000
TEXT = "The birch canoe slid on the smooth planks, and the people waved from the shore."
WHEEL_BYTES = 10_000_000
NAMES = [character.name for character in CAST]


@pytest.fixture(scope="module")
def says(tmp_path_factory):
    assert DATA is not None
    return Speaker(DATA, opening.context(tmp_path_factory.mktemp("own")))


@pytest.fixture(scope="module")
def meter():
    return MatrixMeter()


async def score(meter, says, count, **members):
    said = sentences(count)
    clips = [await says(" ".join(words).capitalize() + ".", **members) for words in said]
    return meter.score(clips, RATE, said)


async def test_they_speak_without_a_setting_or_a_download(tmp_path):
    async with opening.opened(backend_of(Mixdown()), {}, folder=tmp_path) as synthesizer:
        assert [voice.id for voice in await synthesizer.voices()] == NAMES
        sound = await collect(synthesizer, SpeechRequest(text="Hello."))
        health = await synthesizer.health()
    assert sound.audio.rate == RATE
    assert list(health.figures["models"]) == ["mixdown"]


def test_they_are_small():
    assert DATA is not None
    assert sum(file.stat().st_size for file in DATA.rglob("*") if file.is_file()) <= WHEEL_BYTES


@pytest.mark.parametrize("voice", ["rowan", "wren"])
async def test_the_trained_ones_are_understood(says, meter, voice):
    assert await score(meter, says, 10, voice=voice) >= 0.96


@pytest.mark.parametrize("voice", NAMES[2:])
async def test_so_are_those_made_of_them(says, meter, voice):
    assert await score(meter, says, 4, voice=voice) >= 0.9


@pytest.mark.parametrize("speed", Mixdown.speed_range)
@pytest.mark.parametrize("voice", ["rowan", "wren"])
async def test_the_quickest_and_the_slowest_are_understood(says, meter, voice, speed):
    assert await score(meter, says, 4, voice=voice, speed=speed) >= 0.8


async def test_they_are_thirteen_people(says):
    """Any two differ by a semitone, or in the colour of their voice by two dB from a third of an octave to the next."""
    people = {}
    for name in NAMES:
        sound = await says(TEXT, voice=name)
        people[name] = (pitch(sound, RATE).median, colour(sound))
    for one, other in combinations(NAMES, 2):
        (first, bright), (second, dark) = people[one], people[other]
        apart = abs(semitones(first, second)) / 1.0 + np.abs(bright - dark).mean() / 2.0
        assert apart > 1, (one, other)


def colour(samples):
    """The spectrum in thirds of octaves, in dB about its mean."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    edges = 200 * 2 ** (np.arange(17) / 3)
    bands = [10 * np.log10(power[(hertz >= low) & (hertz < high)].mean()) for low, high in pairwise(edges)]
    return np.array(bands) - np.mean(bands)


@pytest.mark.parametrize("voice", NAMES)
async def test_they_are_level_and_never_too_loud(says, voice):
    sound = await says(TEXT, voice=voice)
    measured = levels(sound[:, np.newaxis], RATE)
    assert -24 < measured.lufs < -18
    assert measured.dbtp < -0.5


@pytest.mark.parametrize("voice", ["rowan", "wren"])
async def test_words_are_heard_when_they_are_said_to_be(says, voice):
    """Beside forced alignment, whose borders lie within some 10 ms of true ones."""
    words = await says.words(TEXT, voice=voice)
    sound = await says(TEXT, voice=voice)
    heard = Aligner().align(sound, RATE, [word.strip(",.") for word, _, _ in words])
    off = [abs(start / RATE - one.start) for (_, start, _), one in zip(words, heard, strict=True)]
    assert np.median(off) < 0.03
    assert max(off) < 0.12


async def test_the_first_sound_is_short_and_comes_before_the_rest_is_made(says):
    utterance = await says.prepare(TEXT)
    first = next(says.engine.speak(utterance))
    assert 0.05 * RATE < len(first.samples) < 0.3 * RATE
