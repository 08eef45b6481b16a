"""The voices of the house beside their teachers and espeak, on sentences that no choice was made by."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from math import inf
from pathlib import Path

import numpy as np

import mixdown_tts_onnx
from meters import pronunciation
from meters.engines import Clip
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.judge import Judge, Speaker
from meters.listen.studio import Studio

GROUP = "own voice"
TRAINING = Path(__file__).parents[2] / "training/voice"
LEARNT = TRAINING / "figures.json"
ABOUT = (
    "60 sentences that were kept from training, and 30 matrix sentences. A voice may err in two words of a hundred more than its teacher. "
    "MCD and F0 error are of the networks' parameters at the teacher's durations, as training measured them for these weights; those of sound are "
    "of what is heard, warped in time, through two vocoders: compare them with each other only."
)
TEACHERS = {"rowan": Speaker("flite rms"), "wren": Speaker("HTS slt")}
VOICES = tuple(Speaker(name, name, "mixdown") for name in TEACHERS)
ESPEAK = Speaker("espeak", "en-us", "espeak")
MATRIX = 30
QUICK = 6
"""Sentences of each kind in a quick run."""
SHOWN = (2, 25, 46)
"""Plotted side by side, by their index: a question, a proverb, two clauses."""
_WORSE = 2.0
_PAUSE_S = 0.4


async def cases(studio: Studio, quick: bool) -> list[Case]:
    judge = _judge(studio, quick)
    shown = [index for index in SHOWN if index < len(judge.texts)]
    beside = [
        Case(f"{speaker.name}, sentence {index + 1}", 2, partial(_beside, judge, speaker, index))
        for speaker in VOICES
        for index in shown
    ]
    return [*_judged_cases(judge, (*VOICES, *TEACHERS.values(), ESPEAK)), FRONT_END, *beside]


async def judged(studio: Studio, quick: bool, voices: Sequence[str] = ()) -> list[Case]:
    """The figures without pictures, of all or of ``voices`` and what is beside them."""
    ours = [speaker for speaker in VOICES if not voices or speaker.name in voices]
    others = [TEACHERS[speaker.name] for speaker in ours] + ([] if voices else [ESPEAK])
    return [*_judged_cases(_judge(studio, quick), [*ours, *others]), FRONT_END]


def _judge(studio: Studio, quick: bool) -> Judge:
    return Judge(studio, held_out()[: QUICK if quick else None], QUICK if quick else MATRIX)


def _judged_cases(judge: Judge, speakers: Sequence[Speaker]) -> list[Case]:
    seconds = 3.0 * len(judge.texts)
    return [Case(speaker.name, seconds, partial(_judged, judge, speaker)) for speaker in speakers]


def held_out() -> list[str]:
    return (TRAINING / "held_out.txt").read_text(encoding="utf-8").splitlines()


async def _front_end() -> Item:
    """How it says words that it was never shown, and words that are spelled alike."""
    known = await asyncio.to_thread(pronunciation.held_out)
    phones, stressed = await asyncio.to_thread(_unseen, known)
    sentences = list(pronunciation.homographs())
    alike = await asyncio.to_thread(pronunciation.homographs_right, pronunciation.of_the_house, sentences)
    readings = (
        Reading("unseen", phones.percent, low=75),
        Reading("unseen_stress", stressed.percent),
        Reading("homographs", alike.percent, low=90),
    )
    about = (
        f"{len(known)} words kept from training, {len(sentences)} sentences with a word that has two readings"
    )
    return Item(GROUP, "front end", about, readings)


def _unseen(known: Mapping[str, pronunciation.Phones]) -> tuple[pronunciation.Right, ...]:
    return tuple(
        pronunciation.words_right(pronunciation.unseen(known), known, stress=stress)
        for stress in (False, True)
    )


FRONT_END = Case("front end", 10, _front_end)


async def _judged(judge: Judge, speaker: Speaker) -> Item:
    every = len(judge.texts) == len(held_out())
    name = speaker.name if every else f"{speaker.name}, {len(judge.texts)} sentences"
    if reason := await judge.missing(speaker):
        return Item(GROUP, name, f"left out: {reason}", ())
    found = await judge.figures(speaker)
    teacher = TEACHERS.get(speaker.name)
    own, most = teacher is not None, inf
    if teacher and not await judge.missing(teacher):
        most = round((await judge.figures(teacher)).wer + _WORSE, 1)
    readings = [
        Reading("words", found.words, low=98 if own else -inf),
        Reading("wer", found.wer, high=most),
        Reading("overall", found.artefacts.overall, low=3.15 if own else -inf),
        Reading("p808", found.artefacts.p808),
        Reading("concealment", found.artefacts.concealment, low=4.0 if own else -inf),
    ]
    if teacher:
        readings += [*learnt(speaker.voice), *await _heard(judge, speaker, teacher)]
    return Item(GROUP, name, _about(speaker), tuple(readings), _sound(await judge.clips(speaker)))


def _about(speaker: Speaker) -> str:
    teacher = TEACHERS.get(speaker.name)
    if teacher:
        return f"learnt from {teacher.name}"
    return "a teacher" if speaker.backend is None else "formant synthesis, for comparison"


def learnt(voice: str, path: Path = LEARNT) -> list[Reading]:
    """What training found for the weights that are here; nothing where it found it for others."""
    weights, found = _weights(voice), _found(voice, path)
    if not found or found.sha256 != weights:
        return []
    return [Reading("mcd", found.mcd_db, high=1.4), Reading("f0", found.f0_cents, high=35)]


@dataclass(frozen=True, slots=True)
class _Found:
    mcd_db: float
    f0_cents: float
    sha256: dict[str, str]


def _found(voice: str, path: Path) -> _Found | None:
    figures = json.loads(path.read_text()) if path.exists() else {}
    if voice not in figures:
        return None
    return _Found(*(figures[voice][name] for name in ("mcd_db", "f0_cents", "sha256")))


def _weights(voice: str) -> dict[str, str]:
    """The hashes of the graphs that speak."""
    graphs = Path(mixdown_tts_onnx.__file__).parent.joinpath("mixdown/data", voice).glob("*.onnx")
    return {graph.name: sha256(graph.read_bytes()).hexdigest() for graph in sorted(graphs)}


async def _heard(judge: Judge, speaker: Speaker, teacher: Speaker) -> list[Reading]:
    if await judge.missing(teacher):
        return []
    apart = await judge.likeness(speaker, teacher)
    return [Reading("mcd_sound", apart.mcd_db), Reading("f0_sound", apart.f0_cents)]


def _sound(clips: Sequence[Clip]) -> Sound:
    """The first few, one after the other."""
    parts = [
        np.asarray(part, np.float32)
        for clip in clips[:3]
        for part in (clip.samples.reshape(len(clip.samples), -1), np.zeros((round(_PAUSE_S * clip.rate), 1)))
    ]
    return Sound(np.concatenate(parts), clips[0].rate)


async def _beside(judge: Judge, speaker: Speaker, index: int) -> Item:
    """Ours, the teacher's, espeak's; those that are there."""
    name = f"{speaker.name}, sentence {index + 1}"
    if reason := await judge.missing(speaker):
        return Item(GROUP, name, f"left out: {reason}", ())
    everyone = [speaker, TEACHERS[speaker.name], ESPEAK]
    there = [one for one in everyone if not await judge.missing(one)]
    sounds = {one.name: (await judge.clips(one))[index] for one in there}
    beside = {one: Sound(clip.samples, clip.rate) for one, clip in sounds.items()}
    return Item(GROUP, name, judge.texts[index], (), beside=beside)
