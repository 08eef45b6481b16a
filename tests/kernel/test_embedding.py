"""The kernel in a test, in five lines; and what it says of itself."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import asynccontextmanager

import numpy as np
import pytest

from mixdown_kernel import Kernel, Problem, Role, SourceLayer

from .scenes import bare
from .stairs import Drip, Stairs, spoken


async def test_five_lines(tmp_path):
    async with Kernel({"data_dir": tmp_path}, plugins=[Stairs()], discover=False) as kernel:
        audio, receipt = await kernel.render(bare("Hello"))
    assert np.array_equal(audio.samples, spoken("Hello"))
    assert [(source.backend, source.layer) for source in receipt.sources] == [("stairs", "voice")]


async def test_a_plugin_adds_a_role_without_touching_the_kernel(tmp_path):
    drip = Drip()
    layer = SourceLayer(id="tap", role="drip", request={"frames": 480}, duration_ms=20)
    async with Kernel({"data_dir": tmp_path}, plugins=[drip], discover=False) as kernel:
        assert kernel.role("drip") == Role("drip", Drip, kernel.role("drip").request, cost="light")
        assert kernel.backend("drip") is drip
        assert kernel.plugins["Drip"].offers == [("drip", "tap")]
        with pytest.raises(Problem, match="mixing"):  # to be mixed, a layer needs a mixer
            await kernel.render(bare("").model_copy(update={"layers": (layer,)}))


async def test_one_running_kernel_renders_many_scenes_at_once(tmp_path):
    import asyncio

    async with Kernel({"data_dir": tmp_path}, plugins=[Stairs()], discover=False) as kernel:
        rendered = await asyncio.gather(*(kernel.render(bare(f"Number {n}")) for n in range(40)))
    for number, (audio, _) in enumerate(rendered):
        assert np.array_equal(audio.samples, spoken(f"Number {number}"))


async def test_a_kernel_that_is_not_running_says_so(tmp_path):
    kernel = Kernel({"data_dir": tmp_path}, discover=False)
    with pytest.raises(Problem, match="not running"):
        await kernel.plan(bare("Hello"))


async def test_a_kernel_can_be_started_again(tmp_path):
    kernel = Kernel({"data_dir": tmp_path}, plugins=[Stairs()], discover=False)
    for _ in range(2):
        async with kernel:
            await kernel.render(bare("Once more"))
        assert not kernel.is_started


async def test_stopping_is_a_problem_for_who_waits_and_no_cancellation(tmp_path):
    import asyncio

    class Slow(Stairs):
        @asynccontextmanager
        async def open(self, _settings, _context):
            await asyncio.sleep(3600)
            yield self

    kernel = Kernel({"data_dir": tmp_path}, plugins=[Slow()], discover=False)
    await kernel.start()
    waiting = asyncio.create_task(kernel.plan(bare("Hello")))
    await asyncio.sleep(0.01)
    await kernel.stop()
    with pytest.raises(Problem, match="stopping"):
        await waiting


def test_importing_the_kernel_imports_no_engine_and_no_http():
    program = "import json, sys, mixdown_kernel; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(run.stdout)}
    assert not loaded & {
        "fastapi",
        "starlette",
        "httpx",
        "soundfile",
        "av",
        "onnxruntime",
        "sqlalchemy",
        "pytest",
    }
