"""What Kokoro and Piper cost above the bare session: ``python -m benchmarks local_voices [DIRECTORY]``.

The same ids go through ``session.run`` alone, and as a text through the backend: pronunciation, process, pipe, trimming,
word times, noise by seed. Both take turns in one run, with as many threads. The graphs are those of the tests (the true
interfaces) with convolutions added, 2.7 GMAC for a second of sound, as much as Piper's medium voices take, and 4 GMAC, far
less than Kokoro takes; DIRECTORY names a real model instead. What the projects' own packages take
stands beside, with threads as they choose.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from pydantic import JsonValue
from tests.plugins.tts_onnx.voices.conftest import piper_ids
from tests.plugins.tts_onnx.voices.graphs import kokoro_graph, kokoro_voices, piper_graph

from mixdown_kernel import SpeechRequest
from mixdown_kernel.testing import opening
from mixdown_kernel.testing.rendering import collect
from mixdown_tts_espeak import phonemes_backends
from mixdown_tts_onnx import synthesis_backends
from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.families import families
from mixdown_tts_onnx.family import Family, Model
from mixdown_tts_onnx.kokoro.files import graph_file, voice_source
from mixdown_tts_onnx.kokoro.vocabulary import VOCABULARY, read_vocabulary, tokenize
from mixdown_tts_onnx.kokoro.voices import Styles
from mixdown_tts_onnx.piper.engine import PiperEngine
from mixdown_tts_onnx.settings import ModelSettings

THREADS, REPETITIONS = 1, 7
TEXTS = (
    "Hello there, everybody.",
    "The boats sailed home over the cold grey sea, and the people waved.",
)
SNIPPETS = Path("tests/plugins/tts_onnx/voices/espeak_snippets.py")
GIGA_MACS = {"kokoro": 4.0, "piper": 2.7}
HOP, TAPS = 256, 5

PIPER = """
import json, statistics, sys, time
from piper import PiperVoice, SynthesisConfig
texts, repetitions = json.loads(sys.argv[2]), int(sys.argv[3])
voice = PiperVoice.load(sys.argv[1])
def seconds(text):
    began = time.perf_counter()
    list(voice.synthesize(text, SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)))
    return time.perf_counter() - began
print(json.dumps([statistics.median(seconds(text) for _ in range(repetitions)) for text in texts]))
"""

Array = NDArray[Any]


@dataclass(frozen=True)
class Bare:
    """A session by itself, and what it is given for each text."""

    session: Any
    inputs: list[list[dict[str, Array]]]

    def run(self, number: int) -> None:
        for given in self.inputs[number]:
            self.session.run(None, given)


def main() -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        given = [Path(one) for one in sys.argv[2:] if Path(one).is_dir()]
        directories = given or list(made(Path(folder)))
        for directory in directories:
            asyncio.run(measure(directory, Path(folder)))


def made(folder: Path) -> Iterator[Path]:
    """A model of each family."""
    target = folder / "snippets.npz"
    environment = {"PYTHONPATH": str(Path.cwd())}
    subprocess.run([sys.executable, SNIPPETS, target], check=True, env=environment)
    with np.load(target) as archive:
        snippets = {chr(int(name[1:], 16)): archive[name] for name in archive.files}
    kokoro = kokoro_graph(folder / "kokoro" / "model.onnx", snippets, VOCABULARY, noisy=True)
    with (kokoro.parent / "voices-v1.0.bin").open("wb") as file:
        np.savez(file, **kokoro_voices(("af_heart", "am_adam")))  # type: ignore[arg-type]
    piper = piper_graph(folder / "piper" / "en_US-x-medium.onnx", snippets, piper_ids())
    for graph, name in ((kokoro, "spoken"), (piper, "spoken")):
        burden(graph, name, GIGA_MACS[graph.parent.name] / (24_000 if graph == kokoro else 22_050))
        yield graph.parent


def burden(graph: Path, sound: str, giga_macs_a_frame: float) -> None:
    """Let a graph's sound pass through convolutions that do not change it."""
    model = onnx.load(graph)
    nodes = list(model.graph.node)
    layers = round(giga_macs_a_frame * 1e9 * HOP / (HOP * HOP * TAPS))
    weights = np.random.default_rng(0).normal(size=(HOP, HOP, TAPS)) / np.sqrt(HOP * TAPS)
    constants: Mapping[str, Array] = {
        "burden.weights": weights.astype(np.float32),
        "burden.shape": np.array([1, HOP, -1]),
        "burden.none": np.array(0, np.float32),
        "burden.hop": np.array([HOP]),
        "burden.first": np.array([0]),
        "burden.last": np.array([-1]),
    }
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    heavy = [
        helper.make_node("Shape", [sound], ["burden.size"]),
        helper.make_node("Div", ["burden.size", "burden.hop"], ["burden.frames"]),
        helper.make_node("Mul", ["burden.frames", "burden.hop"], ["burden.even"]),
        helper.make_node("Slice", [sound, "burden.first", "burden.even"], ["burden.cut"]),
        helper.make_node("Reshape", ["burden.cut", "burden.shape"], ["burden.0"]),
        *(
            helper.make_node(
                "Conv",
                [f"burden.{layer}", "burden.weights"],
                [f"burden.{layer + 1}"],
                pads=[TAPS // 2, TAPS // 2],
            )
            for layer in range(layers)
        ),
        helper.make_node("ReduceMax", [f"burden.{layers}"], ["burden.max"], keepdims=0),
        helper.make_node("Mul", ["burden.max", "burden.none"], ["burden.nothing"]),
        helper.make_node("Add", [sound, "burden.nothing"], ["burden.done"]),
    ]
    place = next(number for number, node in enumerate(nodes) if sound in node.output) + 1
    for node in nodes[place:]:
        for index, name in enumerate(node.input):
            if name == sound:
                node.input[index] = "burden.done"
    del model.graph.node[:]
    model.graph.node.extend([*nodes[:place], *heavy, *nodes[place:]])
    onnx.save(model, graph)


async def measure(directory: Path, folder: Path) -> None:
    family = next(one for one in families() if one.recognises(directory))
    backend = next(one for one in synthesis_backends() if one.name == family.name)
    section = {"directories": [str(directory)], "threads": THREADS, "detect_language": False}
    phonemes = next(iter(phonemes_backends()))
    async with opening.opened(
        backend, section, folder=folder / family.name, threads=THREADS, neighbours={"phonemes": phonemes}
    ) as synthesizer, opening.opened(phonemes, folder=folder / "phonemes") as phonemizer:  # fmt: skip
        context = opening.context(folder / "own", threads=THREADS, others={"phonemes": phonemizer})
        model = Model(directory.name, directory, family.inspect(directory), ModelSettings())
        bare = await bare_session(family, model, context)
        own = own_package(family.name, directory)
        print(
            f"{family.title.partition(':')[0]}, threads: {THREADS}, medians (processor: means) of {REPETITIONS}; ms"
        )
        columns = f"{'session':>9} {'backend':>9} {'above it':>11}"
        print(
            f"{'text':>6} {'sound':>7} {columns} {columns.replace('above it', 'above, cpu')} {'own package':>12}"
        )
        for number, text in enumerate(TEXTS):
            await row(
                synthesizer,
                bare,
                number,
                SpeechRequest(text=text, parameters=PARAMETERS[family.name]),
                own[number],
            )


async def row(synthesizer: Any, bare: Bare, number: int, request: SpeechRequest, own: float) -> None:
    sound = await collect(synthesizer, request)
    alone, whole = [], []
    for _ in range(REPETITIONS):
        before = Clock.now()
        await asyncio.to_thread(bare.run, number)
        between = Clock.now()
        await collect(synthesizer, request)
        alone.append(between - before)
        whole.append(Clock.now() - between)
    length = sound.audio.frames / sound.audio.rate
    columns = []
    for kind, average in (("wall", median), ("cpu", mean)):  # processor time is counted in steps of 10 ms
        one, all_ = (1000 * average([getattr(time_, kind) for time_ in times]) for times in (alone, whole))
        columns.append(f"{one:>9.1f} {all_:>9.1f} {(all_ / one - 1) * 100:>+9.1f} %")
    print(f"{len(request.text):>6} {length:>5.1f} s {' '.join(columns)} {1000 * own:>12.1f}")


@dataclass(frozen=True)
class Clock:
    """Seconds on the wall, and of processors: of this process and all that it has begun. Where others are busy on the same
    machine only the second is to be trusted."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Clock:
        return cls(time.perf_counter(), sum(map(_ticks, _processes(os.getpid()))) / os.sysconf("SC_CLK_TCK"))

    def __sub__(self, other: Clock) -> Clock:
        return Clock(self.wall - other.wall, self.cpu - other.cpu)


def _processes(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text().split():
            yield from _processes(int(child))


def _ticks(pid: int) -> int:
    """Its own and those of the children that it has seen end, in user and system mode: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


PARAMETERS: Mapping[str, dict[str, JsonValue]] = {
    "kokoro": {"notation": "espeak"},
    "piper": {"noise_scale": 0.0, "noise_w": 0.0},
}


async def bare_session(family: Family, model: Model, context: Any) -> Bare:
    utterances = []
    for text in TEXTS:
        request = SpeechRequest(text=text, parameters=PARAMETERS[family.name])
        voice = family.choose(request, model.card)
        utterance = await family.prepare(request, voice, model, context)
        assert utterance is not None
        utterances.append(utterance)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    graph = graph_file(model.directory) if family.name == "kokoro" else None
    graph = graph or model.directory / f"{utterances[0]['voice']}.onnx"
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    inputs = kokoro_inputs if family.name == "kokoro" else piper_inputs
    return Bare(session, [inputs(session, model.directory, utterance) for utterance in utterances])


def kokoro_inputs(session: Any, directory: Path, utterance: Any) -> list[dict[str, Array]]:
    metadata = session.get_modelmeta().custom_metadata_map
    ids = tokenize(utterance["phonemes"], read_vocabulary(metadata, directory)).ids
    source = voice_source(directory)
    assert source is not None
    style = Styles(source).style([(name, share) for name, share in utterance["voice"]], len(ids))
    name = session.get_inputs()[0].name
    return [{name: np.array([[0, *ids, 0]]), "style": style, "speed": np.array([1.0], np.float32)}]


def piper_inputs(session: Any, directory: Path, utterance: Any) -> list[dict[str, Array]]:
    with tempfile.TemporaryDirectory() as cache:
        voice = PiperEngine(directory, Options(cache_dir=Path(cache)))._voice(utterance["voice"])
    given = []
    for sentence in utterance["sentences"]:
        ids = voice.ids(sentence["symbols"])[0]
        one = {"input": np.array([ids]), "input_lengths": np.array([len(ids)])}
        given.append({**one, "scales": np.array(utterance["scales"], np.float32)})
    return given


def own_package(family: str, directory: Path) -> list[float]:
    """Medians of kokoro-onnx in this process, or of piper-tts in one of its own (it is GPL)."""
    if family == "piper":
        graph = next(directory.glob("*.onnx"))
        command = [sys.executable, "-c", PIPER, str(graph), json.dumps(TEXTS), str(REPETITIONS)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        times: list[float] = json.loads(run.stdout)
        return times
    from kokoro_onnx import Kokoro

    kokoro = Kokoro(str(graph_file(directory)), str(voice_source(directory)))
    voice = sorted(kokoro.get_voices())[0]
    return [
        median(seconds(lambda text=text: kokoro.create(text, voice)) for _ in range(REPETITIONS))  # type: ignore[misc]
        for text in TEXTS
    ]


if __name__ == "__main__":
    main()
