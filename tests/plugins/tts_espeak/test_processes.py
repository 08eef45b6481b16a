"""Children that die, hang on, or are no longer wanted."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mixdown_kernel import Problem, SpeechRequest
from mixdown_tts_espeak import open_phonemes, open_synthesis
from mixdown_tts_espeak.pool import PIPE_BYTES
from mixdown_tts_espeak.settings import EspeakSettings
from mixdown_tts_espeak.speech import EspeakSynthesizer

SLOW = {"text": "nine " * 150, "speed": 0.46}
"""A tenth of a second of work at least: long enough to be hit while it runs."""


needs_procfs = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs procfs")


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # Where nobody reaps orphans a dead process stays as a zombie.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def all_gone(pids: list[int]) -> bool:
    """The signal that a process gets with its parent's death takes a moment."""
    deadline = time.monotonic() + 30
    while any(map(exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.005)
    return not any(map(exists, pids))


async def copy_of(pid: int) -> int:
    """The forked copy that works on a request, as soon as there is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(20_000):
        if copies := children.read_text().split():  # noqa: ASYNC240 - procfs does not block
            return int(copies[0])
        await asyncio.sleep(0.0005)
    raise AssertionError("the engine never forked")


async def replacement_of(espeak: EspeakSynthesizer, pid: int) -> list[int]:
    for _ in range(5000):
        if espeak.pids != [pid]:
            return espeak.pids
        await asyncio.sleep(0.002)
    raise AssertionError("the child was not replaced")


async def test_an_idle_child_that_was_killed_is_replaced(context, say):
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        before = await say(espeak, "Hello.")
        (pid,) = espeak.pids
        os.kill(pid, signal.SIGKILL)
        after = await say(espeak, "Hello.")
        assert after.audio.samples.tobytes() == before.audio.samples.tobytes()
        assert espeak.pids != [pid]
        health = await espeak.health()
        assert (health.ok, health.figures["restarts"]) == (True, 1)


@needs_procfs
async def test_a_request_whose_copy_crashes_is_tried_again(context, say):
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        work = asyncio.create_task(say(espeak, **SLOW))
        os.kill(await copy_of(espeak.pids[0]), signal.SIGSEGV)
        retried = await work
        assert (await espeak.health()).figures["restarts"] == 1
        assert retried.audio.samples.tobytes() == (await say(espeak, **SLOW)).audio.samples.tobytes()


async def test_a_request_whose_child_is_killed_is_tried_again(context, say):
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        (pid,) = espeak.pids
        os.kill(pid, signal.SIGSTOP)
        work = asyncio.create_task(say(espeak, "Hello."))
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        assert (await work).words
        assert (await espeak.health()).figures["restarts"] == 1


@needs_procfs
async def test_a_request_that_kills_twice_is_given_up_and_the_next_one_works(context, say):
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        work = asyncio.create_task(say(espeak, **SLOW))
        (first,) = espeak.pids
        os.kill(await copy_of(first), signal.SIGSEGV)
        (second,) = await replacement_of(espeak, first)
        os.kill(await copy_of(second), signal.SIGSEGV)
        with pytest.raises(Problem) as caught:
            await work
        assert (caught.value.kind, caught.value.code) == ("unavailable", "espeak_died")
        assert (await say(espeak, "Hello.")).words


@needs_procfs
async def test_a_cancelled_request_harms_nobody(context, say):
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        begun = asyncio.create_task(say(espeak, **SLOW))
        queued = asyncio.create_task(say(espeak, **SLOW))
        await copy_of(espeak.pids[0])
        begun.cancel()
        queued.cancel()
        assert (await say(espeak, "Hello.")).words
        figures = (await espeak.health()).figures
        assert (figures["requests"], figures["restarts"]) == (2, 0)  # the queued one never ran


async def test_requests_are_served_in_turn(context, say):
    done: list[int] = []

    async def one(index: int) -> None:
        await say(espeak, f"number {index}")
        done.append(index)

    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        await asyncio.gather(*(one(index) for index in range(20)))
    assert done == list(range(20))


@needs_procfs
async def test_closing_ends_the_children_and_who_still_waits(context, say):
    async with open_synthesis(EspeakSettings(processes=2), context) as espeak:
        pids = espeak.pids
        waiting = [asyncio.create_task(say(espeak, **SLOW)) for _ in range(5)]
        pids.append(await copy_of(pids[0]))
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(result) for result in results} <= {asyncio.CancelledError, Problem}
    assert all_gone(pids)


async def test_closing_in_the_middle_of_a_long_answer_does_not_hang(context):
    """The answer is larger than every buffer between the engine and us."""
    request = SpeechRequest(text="nine " * 400, speed=0.46)
    async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
        pid = espeak.pids[0]
        expected = (await anext(aiter(espeak.render(request)))).audio.samples.nbytes // 2
        assert expected > 4 * PIPE_BYTES
        for _ in range(3):
            work = asyncio.create_task(anext(aiter(espeak.render(request))))
            await asyncio.sleep(0.05)
            work.cancel()
    assert all_gone([pid])


PARENT = """
import asyncio, logging, sys
from mixdown_kernel import SpeechRequest
from mixdown_tts_espeak.settings import EspeakSettings
from mixdown_tts_espeak.speech import EspeakSynthesizer

async def speak(espeak):
    async for _ in espeak.render(SpeechRequest(text="nine " * 400, speed=0.46)):
        pass

async def main():
    async with EspeakSynthesizer.open(EspeakSettings().installation(), 2, logging.getLogger()) as espeak:
        print(*espeak.pids, flush=True)
        while True:
            await asyncio.gather(speak(espeak), speak(espeak))

asyncio.run(main())
"""


def test_a_parent_that_is_killed_leaves_no_orphan():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.kill()
    parent.wait()
    assert all_gone(children)
    parent.stdout.close()


async def test_garbage_neither_crashes_nor_loses_its_order(context, say):
    draw = random.Random(5)
    ranges = [
        (0x20, 0x7F),
        (0xA0, 0x24F),
        (0x300, 0x52F),
        (0x590, 0xDFF),
        (0x2000, 0x2BFF),
        (0xD800, 0x10FFFF),
    ]
    voices = ["en-us", "vi", "da", "cmn", "ar", "hi", "ja", "ru+f2"]
    async with open_synthesis(EspeakSettings(), context) as espeak:
        for index in range(80):
            length = draw.randint(1, 20)
            text = "".join(chr(draw.randint(*draw.choice(ranges))) for _ in range(length))
            chunk = await say(espeak, "'-s " + text, voice=voices[index % len(voices)])
            starts = [word.start_frame for word in chunk.words]
            assert starts == sorted(starts)
        assert (await espeak.health()).figures["restarts"] == 0


@pytest.mark.parametrize("opener", [open_synthesis, open_phonemes])
async def test_a_missing_library_or_data_folder_is_named(context, tmp_path, opener):
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"no library")
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "phontab").write_bytes(b"")
    for settings in (
        EspeakSettings(library=tmp_path / "absent.so"),
        EspeakSettings(data=tmp_path / "absent"),
        EspeakSettings(library=broken),
        EspeakSettings(data=empty),
    ):
        with pytest.raises(Problem) as caught:
            async with opener(settings, context):
                raise AssertionError("it opened")
        assert caught.value.kind == "unavailable"
        assert caught.value.hint or "espeak" in caught.value.message


async def test_a_data_folder_deep_down_works(context, say, tmp_path):
    deep = tmp_path.joinpath(*["d" * 60] * 6)
    data = EspeakSettings().installation().data
    shutil.copytree(data, deep / "data", copy_function=os.symlink)
    async with open_synthesis(EspeakSettings(data=deep / "data"), context) as espeak:
        assert (await say(espeak, "Hello.", voice="de")).words


def test_it_runs_under_uvloop(context, say):
    uvloop = pytest.importorskip("uvloop")

    async def main() -> None:
        async with open_synthesis(EspeakSettings(processes=1), context) as espeak:
            await say(espeak, "Hello.")
            os.kill(espeak.pids[0], signal.SIGKILL)
            assert (await say(espeak, "Hello.")).words

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
