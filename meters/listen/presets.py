"""Each preset as a user hears it: a text and the preset, by the API's own way to a scene."""

from __future__ import annotations

from functools import partial

import numpy as np

from meters.clicks import clicks
from meters.levels import levels
from meters.listen.case import Case
from meters.listen.figures import Item, Reading, Sound
from meters.listen.mixes import in_front
from meters.listen.studio import SEED, Studio, Take
from meters.matrix import sentences
from mixdown_api.scenes.layers import beds, reading_members
from mixdown_api.scenes.presets import PRESETS, PresetName
from mixdown_api.scenes.rendering import scene_of
from mixdown_api.scenes.schemas import GenerateBody
from mixdown_kernel import Samples, Scene, VoiceLayer

ABOUT = (
    "Four matrix sentences and a preset: at its loudness, below its ceiling, without clicks, the voice in front. The beds step back by as "
    "much as the preset says, measured against the same scene without ducking, and are back before the end."
)
VOICE = "coral"
CEILING = -1.0
_FRONT = {"voice_first": 10.0, "balanced": 6.0, "bed_first": 2.0}
"""dB by which the voice is in front at least, by the preset's levels."""
_BLOCK = 0.1
_CLICK = 10.0
"""Plosives of this voice, slowed down, reach 9 over a bed; they are no joins of ours."""


async def cases(studio: Studio, quick: bool) -> list[Case]:
    return [
        Case(name, 10, partial(_measured, studio, name)) for name in list(PRESETS)[: 1 if quick else None]
    ]


def scene(name: PresetName) -> Scene:
    text = " ".join(f"{' '.join(words).capitalize()}." for words in sentences(4))
    body = GenerateBody.model_validate({"text": text, "voice": VOICE, "preset": name, "seed": SEED})
    voice = VoiceLayer(id="voice", text=text, voice=VOICE, **reading_members(body))
    layers = (voice, *beds(body.background, body.music, None))
    return scene_of(layers, body.output, seed=SEED, reuse=False, whole=False)


def without_ducking(wanted: Scene) -> Scene:
    layers = tuple(layer.model_copy(update={"duck": None}) for layer in wanted.layers)
    return wanted.model_copy(update={"layers": layers})


async def _measured(studio: Studio, name: PresetName) -> Item:
    wanted = scene(name)
    take = await studio.take(wanted, parts=True)
    flat = await studio.take(without_ducking(wanted), parts=True)
    samples, rate = take.audio.samples, take.audio.rate
    level = await studio.measure(levels, samples, rate)
    found = await studio.measure(partial(clicks, threshold=_CLICK), samples, rate)
    target = wanted.master.loudness_lufs
    readings = [
        Reading("lufs", level.lufs, low=target - 0.2, high=target + 0.2),
        Reading("dbtp", level.dbtp, high=CEILING),
        Reading("clicks", len(found), high=0),
        Reading("front", await studio.measure(in_front, take.parts, rate), low=_FRONT[PRESETS[name].levels]),
    ]
    duck = next((layer.duck for layer in wanted.layers if layer.id == "music"), None)
    if duck is not None:
        gain = await studio.measure(gains, take, flat, "music")
        readings += [
            Reading("duck", float(gain.min()), low=duck.depth_db - 0.5, high=duck.depth_db + 0.5),
            Reading("back", float(gain[-1]), low=-0.5, high=0.5),
        ]
    about = f"{PRESETS[name].description}: levels {PRESETS[name].levels}, {target:g} LUFS"
    return Item(
        "presets", name, about, tuple(readings), Sound(samples, rate, [one.frame / rate for one in found])
    )


def gains(take: Take, flat: Take, layer: str) -> Samples:
    """dB that ducking takes from a layer, by tenths of a second in which it sounds. The voice, which is not ducked, tells the masters' gains."""
    rate = take.audio.rate

    def blocks(part: Samples) -> Samples:
        size = round(_BLOCK * rate)
        whole = part[: len(part) // size * size].reshape(-1, size * part.shape[1])
        return np.asarray(np.sqrt(np.mean(np.square(whole), axis=1)), np.float32)

    masters = np.sqrt(np.mean(np.square(take.parts["voice"])) / np.mean(np.square(flat.parts["voice"])))
    ducked, free = blocks(take.parts[layer]), blocks(flat.parts[layer])
    sounds = free > 1e-3 * free.max()
    return np.asarray(20 * np.log10(ducked[sounds] / free[sounds] / masters), np.float32)
