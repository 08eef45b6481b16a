"""HT-Demucs on ONNX Runtime, with graphs of its interface."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from meters.clicks import clicks
from onnx import TensorProto

import mixdown_mixing
import mixdown_separation
from mixdown_kernel import Audio, Backend, Kind, Problem
from mixdown_kernel.testing import SeparationContract
from mixdown_kernel.testing.plugin import MakeKernel, OpenBackend
from mixdown_kernel.testing.rendering import Rendered, collect
from mixdown_kernel.testing.separation import kept
from mixdown_kernel.testing.signals import noise

from .graphs import FRAMES, SHARES, export, low

DEMUCS = mixdown_separation.separation_backends()[1]
MIXING = next(one for one in mixdown_mixing.mixing_backends() if one.name == "numpy")
RATE = 44_100


class TestDemucs(SeparationContract):
    neighbours: ClassVar[Mapping[str, Backend[Any]]] = {"mixing": MIXING}

    @pytest.fixture
    def backend(self) -> Backend[Any]:
        return DEMUCS

    @pytest.fixture
    def section(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"model": str(export(tmp_path / "tiny.onnx"))}


async def separate(open_backend: OpenBackend, folder: Path, mixture: Audio, **graph: Any) -> Rendered:
    section = {"model": str(export(folder / "tiny.onnx", **graph))}
    demucs = await open_backend(DEMUCS, section, folder=folder, neighbours={"mixing": MIXING})
    return await collect(demucs, await kept(mixture, folder))


async def test_segments_join_without_a_trace(open_backend: OpenBackend, tmp_path: Path) -> None:
    """Four segments give what one endless segment would give, and nobody hears where they meet."""
    seconds = 22
    time = np.arange(seconds * RATE) / RATE
    tones = [np.sin(2 * np.pi * hertz * time) for hertz in (61, 97)]
    mixture = Audio(
        (0.4 * np.stack(tones, axis=1) + 0.02 * noise(len(time), channels=2)).astype(np.float32), RATE
    )
    render = await separate(open_backend, tmp_path, mixture)
    bass = low(mixture.samples)
    error = render.stems["bass"].samples - bass
    assert np.abs(error).max() < 1e-3
    assert 10 * np.log10(np.sum(bass**2) / np.sum(error**2)) > 60
    assert np.abs(render.stems["drums"].samples - SHARES["drums"] * (mixture.samples - bass)).max() < 1e-3
    assert not clicks(render.stems["bass"].samples, RATE)


async def test_without_overlap_the_joins_would_be_found(tmp_path: Path) -> None:
    """The graph does what real models do: it knows nothing beyond its segment's ends."""
    wave = np.sin(2 * np.pi * 61 * np.arange(2 * FRAMES) / RATE)[:, None].astype(np.float32)
    cut = np.concatenate([low(wave[:FRAMES]), low(wave[FRAMES:])])
    assert np.abs(cut - low(wave)).max() > 0.05


@pytest.mark.parametrize(
    "frames", [FRAMES, FRAMES + 1, FRAMES * 3 // 4, FRAMES * 7 // 4, FRAMES * 7 // 4 + 1]
)
async def test_lengths_about_a_segments_are_exact(
    open_backend: OpenBackend, tmp_path: Path, frames: int
) -> None:
    mixture = Audio(0.2 * noise(frames, channels=2), RATE)
    render = await separate(open_backend, tmp_path, mixture)
    assert render.audio.frames == frames
    assert np.abs(render.stems["bass"].samples - low(mixture.samples)).max() < 1e-3


@pytest.mark.parametrize("rate", [22_050, 48_000, 96_000])
async def test_a_mixture_of_another_rate_comes_apart_at_its_own(
    open_backend: OpenBackend, tmp_path: Path, rate: int
) -> None:
    time = np.arange(9 * rate) / rate
    wave = (0.4 * np.sin(2 * np.pi * 61 * time))[:, None].astype(np.float32)
    render = await separate(open_backend, tmp_path, Audio(np.repeat(wave, 2, axis=1), rate))
    inside = slice(rate // 2, -rate // 2)
    bass = render.stems["bass"].samples[inside]
    gain = np.vdot(bass, render.audio.samples[inside]) / np.vdot(bass, bass)
    assert np.abs(gain * bass - render.audio.samples[inside]).max() < 1e-3, "late, or of another pitch"


async def test_mono_stays_mono(open_backend: OpenBackend, tmp_path: Path) -> None:
    mixture = Audio(0.2 * noise(50_000), RATE)
    render = await separate(open_backend, tmp_path, mixture)
    assert np.abs(render.stems["bass"].samples - low(mixture.samples)).max() < 1e-5


@pytest.mark.parametrize(
    ("graph", "stems"),
    [
        ({"stems": 4}, ["drums", "bass", "other", "vocals"]),
        ({"stems": 6}, ["drums", "bass", "other", "vocals", "guitar", "piano"]),
        (
            {"inputs": (("x", ["batch", 2, "frames"]),), "outputs": ["batch", 4, 2, "frames"]},
            ["drums", "bass", "other", "vocals"],
        ),
        (
            {"stems": 6, "outputs": ["b", "s", "c", "t"]},
            ["drums", "bass", "other", "vocals", "guitar", "piano"],
        ),
    ],
    ids=["four", "six", "open sizes", "stems not told"],
)
async def test_the_graph_says_what_it_is(
    open_backend: OpenBackend, tmp_path: Path, graph: dict[str, Any], stems: list[str]
) -> None:
    mixture = Audio(0.2 * noise(30_000, channels=2), RATE)
    render = await separate(open_backend, tmp_path, mixture, **graph)
    assert list(render.stems) == stems
    assert np.abs(render.stems["bass"].samples - low(mixture.samples)).max() < 1e-5


async def test_a_graph_of_half_precision_works(open_backend: OpenBackend, tmp_path: Path) -> None:
    mixture = Audio(0.2 * noise(30_000, channels=2), RATE)
    render = await separate(open_backend, tmp_path, mixture, kind=TensorProto.FLOAT16)
    assert np.abs(render.stems["bass"].samples - low(mixture.samples)).max() < 1e-2


STFT = (("mix", [1, 2, FRAMES]), ("spectrum", [1, 4, 2048, 336]))


@pytest.mark.parametrize(
    ("graph", "says"),
    [
        ({"inputs": STFT}, "gives stems[1, 4, 2, 343980]"),
        ({"inputs": (("mix", [1, 2, FRAMES]), ("real", [1, 2, 2048, 336]))}, "nor its spectrum"),
        ({"stems": 5}, "5 stems"),
        ({"inputs": (("mix", [1, 1, FRAMES]),)}, "not [1, 2, frames]"),
    ],
    ids=["spectra in and none out", "another spectrum", "five stems", "mono"],
)
async def test_other_exports_are_refused(
    open_backend: OpenBackend, tmp_path: Path, graph: dict[str, Any], says: str
) -> None:
    with pytest.raises(Problem) as caught:
        await separate(open_backend, tmp_path, Audio.silence(1, RATE), **graph)
    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.code == "unsupported_model"
    assert says in caught.value.message


@pytest.mark.parametrize("content", [None, b"", b"no graph at all"], ids=["missing", "empty", "text"])
async def test_files_that_are_no_models_are_refused(
    open_backend: OpenBackend, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "model.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Problem, match="the model"):
        await open_backend(DEMUCS, {"model": str(path)}, neighbours={"mixing": MIXING})


async def test_another_model_is_another_fingerprint(open_backend: OpenBackend, tmp_path: Path) -> None:
    prints = set()
    for stems in (4, 6):
        section = {"model": str(export(tmp_path / f"{stems}.onnx", stems=stems))}
        folder = tmp_path / str(stems)
        opened = await open_backend(DEMUCS, section, folder=folder, neighbours={"mixing": MIXING})
        prints.add(opened.fingerprint())
    assert len(prints) == 2


async def test_it_is_used_only_where_it_is_named_and_says_what_it_lacks(make_kernel: MakeKernel) -> None:
    plugins = [mixdown_separation, mixdown_mixing]
    async with make_kernel(plugins=plugins) as kernel:
        assert kernel.backend("separation").stems()[0] == "vocals"
    async with make_kernel({"backends": {"separation": ["demucs", "two-stage"]}}, plugins=plugins) as kernel:
        demucs = next(one for one in kernel.running() if one.name == "demucs")
        assert "[plugins.demucs] model" in demucs.error
        assert kernel.backend("separation").stems()[0] == "vocals", "the next one works"
