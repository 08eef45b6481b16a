"""A model's process: begun when needed, ended when idle, tried again when it dies."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixdown_kernel import Kind, Problem
from mixdown_tts_onnx.runtime import worker as workers
from mixdown_tts_onnx.runtime.process import Launch
from mixdown_tts_onnx.runtime.worker import Worker

from .tones import FRAMES, RATE, letters

Make = Callable[..., Any]
ENGINE = "tests.plugins.tts_onnx.tones:load"


@pytest.fixture
async def make(tones: Path, tmp_path: Path, logger: logging.Logger) -> AsyncIterator[Make]:
    """A worker of the test's family; ``own`` goes to its engine."""
    async with AsyncExitStack() as stack:

        async def made(
            *,
            idle: float = 0.0,
            parallel: int = 1,
            engine: str = ENGINE,
            directory: Path = tones,
            continues: bool = True,
            load_seconds: float = 60.0,
            stall: float = 60.0,
            after: Worker | None = None,
            **own: Any,
        ) -> Worker:
            options = {
                "threads": 1,
                "inter_op_threads": 1,
                "providers": ["CPUExecutionProvider"],
                "optimization": "all",
                "arena": True,
                "cache_dir": str(tmp_path),
                "own": own,
            }
            launch = Launch(engine, directory, options, parallel, load_seconds)
            worker = Worker(
                "tones",
                launch,
                logger,
                idle_seconds=idle,
                stall_seconds=stall,
                continues=continues,
                after=after,
            )
            return await stack.enter_async_context(worker)

        yield made


async def say(worker: Worker, text: str, marker: Path | None = None) -> np.ndarray[Any, Any]:
    utterance = {"text": text, "marker": str(marker)}
    async with aclosing(worker.speak(utterance)) as pieces:
        blocks = [piece.samples async for piece in pieces]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


async def refused(worker: Worker, text: str, marker: Path | None = None) -> Problem:
    with pytest.raises(Problem) as caught:
        await say(worker, text, marker)
    return caught.value


def hertz(text: str) -> list[int]:
    return [100 + 10 * (ord(letter) % 64) for letter in text]


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")  # where nobody reaps orphans a dead process stays as a zombie
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


# ---------------------------------------------------------------- speaking


async def test_pieces_arrive_with_their_words(make: Make) -> None:
    worker = await make()
    async with aclosing(worker.speak({"text": "abc"})) as pieces:
        heard = [piece async for piece in pieces]
    assert [piece.rate for piece in heard] == [RATE] * 3
    assert [tuple(piece.words[0]) for piece in heard] == [
        (0, 1, 0, FRAMES),
        (1, 2, FRAMES, 2 * FRAMES),
        (2, 3, 2 * FRAMES, 3 * FRAMES),
    ]
    assert letters(np.concatenate([piece.samples for piece in heard])) == hertz("abc")
    assert all(piece.samples.flags.writeable for piece in heard)


async def test_the_model_is_loaded_on_first_use_and_once(make: Make) -> None:
    worker = await make()
    assert (worker.state, worker.pid) == ("unloaded", None)
    said = await asyncio.gather(*(say(worker, text) for text in ("one", "two", "three")))
    assert [letters(samples) for samples in said] == [hertz("one"), hertz("two"), hertz("three")]
    assert (worker.state, worker.loads) == ("loaded", 1)


async def test_it_can_be_loaded_before_anybody_speaks(make: Make) -> None:
    worker = await make()
    worker.preload()
    await until(lambda: worker.state == "loaded")
    assert worker.requests == 0


async def test_an_idle_model_is_unloaded_and_comes_back(make: Make) -> None:
    worker = await make(idle=0.05)
    await say(worker, "a")
    pid = worker.pid
    assert pid
    await until(lambda: worker.state == "unloaded")
    assert letters(await say(worker, "b")) == hertz("b")
    assert worker.loads == 2
    assert not exists(pid)


async def test_a_model_at_work_is_not_idle(make: Make) -> None:
    worker = await make(idle=0.005)
    assert len(await say(worker, "_____")) == 5 * FRAMES
    assert worker.loads == 1


async def test_its_engine_is_closed_when_it_is_unloaded(make: Make, tmp_path: Path) -> None:
    worker = await make(idle=0.05, closed=str(tmp_path / "closed"))
    await say(worker, "a")
    await until(lambda: (tmp_path / "closed").exists())


async def test_several_threads_speak_where_the_family_can(make: Make) -> None:
    worker = await make(parallel=3)
    texts = ["a_b_c", "def", "g_h"]
    said = await asyncio.gather(*(say(worker, text) for text in texts))
    assert [letters(samples) for samples in said] == [hertz(text) for text in texts]


async def test_memory_is_told_while_the_model_is_loaded(make: Make) -> None:
    worker = await make(idle=0.05)
    assert worker.figures()["memory_bytes"] == 0
    await say(worker, "a")
    assert worker.figures()["memory_bytes"] > 10_000_000
    await until(lambda: worker.state == "unloaded")
    assert worker.figures()["memory_bytes"] == 0


async def test_what_an_engine_prints_does_not_disturb(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    worker = await make()
    assert letters(await say(worker, "a>b")) == hertz("a>b")
    await until(lambda: "noise on standard output" in caplog.text)


# ---------------------------------------------------------------- batches


async def test_a_batch_speaks_as_each_would_alone(make: Make) -> None:
    worker = await make(together=True)
    texts = ["abc", "defg", "h", "ij", "klmno", "p", "q"]
    said = await asyncio.gather(*(say(worker, text) for text in texts))
    assert [letters(samples) for samples in said] == [hertz(text) for text in texts]


async def test_an_error_in_a_batch_is_its_own(make: Make) -> None:
    worker = await make(together=True)
    one, bad, other = await asyncio.gather(say(worker, "abc"), refused(worker, "a?"), say(worker, "defg"))
    assert bad.code == "no_such_letter"
    assert (letters(one), letters(other)) == (hertz("abc"), hertz("defg"))


async def test_a_failing_batch_ends_all_that_were_in_it_and_nothing_else(make: Make) -> None:
    worker = await make(together=True)
    bad, other = await asyncio.gather(refused(worker, "_" * 20 + "~"), refused(worker, "_" * 30))
    assert {bad.code, other.code} == {"engine_failed"}
    assert letters(await say(worker, "xyz")) == hertz("xyz")
    assert worker.loads == 1


async def test_who_leaves_a_batch_does_not_hold_it_up(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    worker = await make(together=True)
    async with aclosing(worker.speak({"text": "_" * 2000})) as pieces:
        await anext(pieces)
    assert letters(await say(worker, "abc")) == hertz("abc")
    await until(lambda: worker.figures()["speaking"] == 0)
    assert "RuntimeError" not in caplog.text


# ---------------------------------------------------------------- errors


async def test_a_refusal_of_the_engine_is_a_problem(make: Make) -> None:
    problem = await refused(await make(), "ab?")
    assert (problem.kind, problem.code, problem.field) == (Kind.INVALID, "no_such_letter", "text")


async def test_a_failure_of_the_engine_shows_its_kind_and_no_more(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    worker = await make()
    problem = await refused(worker, "ab~")
    assert (problem.kind, problem.code) == (Kind.UPSTREAM, "engine_failed")
    assert "RuntimeError" in problem.message
    assert "/home" not in f"{problem.message} {problem.hint}"
    await until(lambda: "/home/somebody" in caplog.text)
    assert letters(await say(worker, "ok")) == hertz("ok")
    assert worker.loads == 1


async def test_a_model_that_cannot_be_loaded_is_refused_each_time(make: Make, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    worker = await make(directory=tmp_path / "empty")
    for _ in range(2):
        problem = await refused(worker, "a")
        assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "missing_model_file")
        assert "mixdown models verify" in (problem.hint or "")
    assert worker.failure == problem.message


async def test_a_process_that_dies_while_it_loads_is_tried_twice(make: Make) -> None:
    worker = await make(dies_loading=True)
    problem = await refused(worker, "a")
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "model_died")
    assert "SIGSEGV" in problem.message
    assert "SIGSEGV" in worker.failure


async def test_a_model_that_takes_too_long_to_load_is_given_up(make: Make) -> None:
    worker = await make(load_seconds=0.3, engine="tests.plugins.tts_onnx.tones:load_slowly")
    problem = await refused(worker, "a")
    assert problem.code in {"model_died", "engine_failed"}


# ---------------------------------------------------------------- leaving


async def test_who_leaves_while_waiting_is_forgotten(make: Make) -> None:
    worker = await make()
    await say(worker, "a")
    long = asyncio.create_task(say(worker, "_" * 50))
    await until(lambda: worker.figures()["speaking"] == 1)
    waiting = asyncio.create_task(say(worker, "b"))
    await until(lambda: worker.figures()["queued"] == 1)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert worker.figures()["queued"] == 0
    assert len(await long) == 50 * FRAMES


async def test_who_leaves_while_it_speaks_stops_the_engine(make: Make) -> None:
    worker = await make()
    async with aclosing(worker.speak({"text": "_" * 5000})) as pieces:
        await anext(pieces)
    assert letters(await say(worker, "abc")) == hertz("abc")  # not after 100 s
    assert worker.loads == 1


async def test_an_engine_that_does_not_stop_is_ended(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE_SECONDS", 0.05)
    worker = await make()
    await say(worker, "a")
    async with aclosing(worker.speak({"text": "a*"})) as pieces:
        await anext(pieces)  # the engine goes on to what it never ends
    assert letters(await say(worker, "abc")) == hertz("abc")
    assert (worker.loads, worker.crashes) == (2, 1)


async def test_an_utterance_without_end_does_not_fill_our_memory(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "MAX_SECONDS", 0.25)
    worker = await make(pace_ms=1)
    async with aclosing(worker.speak({"text": "a" * 100_000})) as pieces:
        heard = [await anext(pieces)]
        await until(lambda: worker.figures()["speaking"] == 0)  # nobody takes what comes
        heard += [await anext(pieces) for _ in range(2)]
        with pytest.raises(Problem) as caught:
            await anext(pieces)
    assert caught.value.code == "speech_too_long"
    assert sum(len(piece.samples) for piece in heard) == 3 * FRAMES
    assert worker.loads == 1


async def test_closing_ends_the_process_and_those_who_wait(make: Make, tones: Path) -> None:
    worker = await make()
    await say(worker, "a")
    pid = worker.pid
    assert pid
    waiting = asyncio.create_task(say(worker, "_" * 5000))
    await until(lambda: worker.figures()["speaking"] == 1)
    await worker.__aexit__()
    assert not exists(pid)
    with pytest.raises(Problem) as caught:
        await waiting
    assert caught.value.kind is Kind.UNAVAILABLE


# ---------------------------------------------------------------- deaths


async def test_an_idle_process_that_was_killed_is_replaced(make: Make) -> None:
    worker = await make()
    await say(worker, "a")
    assert worker.pid
    os.kill(worker.pid, signal.SIGKILL)
    assert letters(await say(worker, "b")) == hertz("b")
    assert (worker.loads, worker.crashes) == (2, 1)
    assert "SIGKILL, perhaps for want of memory" in worker.figures()["last_death"]


async def test_an_utterance_that_kills_is_tried_once_more(make: Make, tmp_path: Path) -> None:
    worker = await make()
    assert letters(await say(worker, "1bc", tmp_path / "met")) == hertz("1bc")
    assert worker.crashes == 1


async def test_one_that_kills_twice_is_refused(make: Make) -> None:
    worker = await make()
    problem = await refused(worker, "!")
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "model_died")
    assert "SIGSEGV" in problem.message
    assert worker.crashes == 2
    assert letters(await say(worker, "ok")) == hertz("ok")


async def test_speech_that_had_begun_goes_on_where_it_was(make: Make, tmp_path: Path) -> None:
    worker = await make()
    async with aclosing(worker.speak({"text": "abc1de", "marker": str(tmp_path / "met")})) as pieces:
        heard = [piece async for piece in pieces]
    assert letters(np.concatenate([piece.samples for piece in heard])) == hertz("abc1de")
    assert [word.text_start for piece in heard for word in piece.words] == [0, 1, 2, 3, 4, 5]
    assert worker.crashes == 1


async def test_speech_that_cannot_go_on_ends_visibly(make: Make, tmp_path: Path) -> None:
    worker = await make(continues=False)
    assert (await refused(worker, "abc1de", tmp_path / "met")).code == "model_died"
    assert letters(await say(worker, "1de", tmp_path / "met2")) == hertz("1de")  # had not begun


@pytest.mark.parametrize("own", [{"parallel": 4}, {"together": True}], ids=["threads", "batch"])
async def test_under_load_only_the_killer_is_refused(make: Make, own: dict[str, Any]) -> None:
    """The killer is injected in the middle of twelve others; whoever shared its process is heard whole."""
    worker = await make(**own)
    texts = [f"{chr(97 + index)}_b_c_d" for index in range(12)]
    others = [asyncio.create_task(say(worker, text)) for text in texts[:6]]
    killer = asyncio.create_task(refused(worker, "k_!"))
    others += [asyncio.create_task(say(worker, text)) for text in texts[6:]]
    said = await asyncio.gather(*others)
    assert [letters(samples) for samples in said] == [hertz(text) for text in texts]
    assert (await killer).code == "model_died"
    assert worker.crashes in (2, 3)  # in company, perhaps, and twice alone
    assert worker.figures()["queued"] == worker.figures()["speaking"] == 0


async def test_there_are_never_two_copies(make: Make, tmp_path: Path) -> None:
    """Whatever happens, a model is loaded only when the process before is gone."""
    loaded = tmp_path / "loaded"
    loaded.mkdir()
    worker = await make(idle=0.02, loaded=str(loaded))
    seen: list[int] = []

    async def watch() -> None:
        while True:
            alive = [int(path.name) for path in loaded.iterdir() if exists(int(path.name))]
            seen.append(len(alive))
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    for text in ("a", "!", "b", "c"):
        await asyncio.gather(say(worker, "x"), say(worker, text), return_exceptions=True)
        await asyncio.sleep(0.03)
    watching.cancel()
    assert max(seen) == 1
    assert worker.loads >= 3


# ---------------------------------------------------------------- the process itself


async def test_it_imports_neither_the_kernel_nor_the_api(make: Make) -> None:
    worker = await make(engine="tests.plugins.tts_onnx.tones:load_and_tell")
    problem = await refused(worker, "a")
    assert problem.code == "imported"
    assert {name.partition(".")[0] for name in problem.message.split()} == {"mixdown_tts_onnx"}


async def test_it_sees_none_of_our_keys(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIXDOWN_API_KEYS", "very secret")
    worker = await make()
    await say(worker, "a")
    assert worker.pid
    assert b"very secret" not in Path(f"/proc/{worker.pid}/environ").read_bytes()  # noqa: ASYNC240


async def test_it_dies_with_its_parent(tones: Path, tmp_path: Path) -> None:
    """However that ends, and whatever the model is doing."""
    program = (
        "import asyncio, logging, sys\n"
        "from pathlib import Path\n"
        "from mixdown_tts_onnx.runtime.process import Launch\n"
        "from mixdown_tts_onnx.runtime.worker import Worker\n"
        "async def main():\n"
        "    options = dict(threads=1, inter_op_threads=1, providers=['CPUExecutionProvider'], optimization='all',\n"
        "                   arena=True, cache_dir=sys.argv[2], own={})\n"
        f"    launch = Launch({ENGINE!r}, Path(sys.argv[1]), options, 1, 60.0)\n"
        "    async with Worker('tones', launch, logging.getLogger(), idle_seconds=0, continues=True) as worker:\n"
        "        async for piece in worker.speak({'text': 'a*'}):\n"
        "            print(worker.pid, flush=True)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(tones), str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert parent.stdout
    pid = int(await parent.stdout.readline())
    assert exists(pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not exists(pid))


# ---------------------------------------------------------------- hanging, and giving way to another


async def test_an_utterance_that_hangs_is_refused_and_the_others_go_on(make: Make) -> None:
    worker = await make(stall=5.0, parallel=2, pace_ms=20)
    long = "abcdefghij" * 40  # it is being spoken all the while
    alone = await say(worker, long)
    hanging = asyncio.create_task(refused(worker, "ab*"))
    beside = asyncio.create_task(say(worker, long))
    behind = asyncio.create_task(say(worker, "behind"))
    problem = await hanging
    assert (problem.kind, problem.code) == (Kind.UNAVAILABLE, "model_hangs")
    assert "stall_seconds" in str(problem.hint)
    assert np.array_equal(await beside, alone)
    assert letters(await behind) == hertz("behind")
    figures = worker.figures()
    assert (figures["crashes"], figures["loads"]) == (1, 2)
    assert "gave no sound" in figures["last_death"]
    again = await refused(worker, "ab*")
    assert (again.code, worker.figures()["crashes"]) == ("model_hangs", 1), "it is not tried at once"


async def test_a_worker_that_retires_speaks_to_its_end_and_only_then_another_loads(
    make: Make, tmp_path: Path
) -> None:
    (loaded := tmp_path / "loaded").mkdir()
    old = await make(pace_ms=20, loaded=str(loaded))
    text = "abcdefghij" * 10
    speaking = asyncio.create_task(say(old, text))
    await until(lambda: bool(old.figures()["speaking"]))
    (first,) = [int(path.name) for path in loaded.iterdir()]
    old.retire()
    new = await make(after=old, loaded=str(loaded))
    new.preload()
    assert (await refused(old, "late")).code == "closing"
    assert letters(await speaking) == hertz(text)
    assert letters(await say(new, "new")) == hertz("new")
    pids = {int(path.name) for path in loaded.iterdir()}
    assert len(pids) == 2
    assert not exists(first)
    assert old.figures()["state"] == "unloaded"


async def test_an_idle_worker_that_retires_goes_at_once(make: Make) -> None:
    old = await make()
    await say(old, "abc")
    pid = old.pid
    old.retire()
    new = await make(after=old)
    assert letters(await say(new, "new")) == hertz("new")
    assert pid is not None
    assert not exists(pid)
