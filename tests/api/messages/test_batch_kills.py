"""A batch on a real server that is killed again and again: it ends, and no more is rendered than had to be.

Once here; ``make faults`` kills ten times (``MIXDOWN_TEST_KILLS``).
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import textwrap
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ...e2e.server import Server
from .test_batch import words

KILLS = int(os.environ.get("MIXDOWN_TEST_KILLS", "1"))
NAMES, DEVELOPERS = 16, KILLS + 2
MESSAGES, STEMS = NAMES * DEVELOPERS, NAMES + DEVELOPERS + 1
LEASE_SECONDS = 6
SEED = 20_261_120
TEMPLATE = {
    "template_name": "short",
    "version": "1",
    "description": "Three stems of one utterance each.",
    "segments": [
        {"id": "who", "text": "Hello {name}."},
        {"id": "from", "text": "This is {developer}."},
        {"id": "what", "text": "Call us back."},
    ],
}
VOICE = """
    import asyncio
    import os
    from contextlib import asynccontextmanager

    import numpy as np

    from mixdown_kernel import Audio, Chunk, SynthesisBackend, Voice, hookimpl


    class Scribe:
        '''A voice that writes down what it is asked for, before it says it.'''

        async def voices(self):
            return [Voice("scribe-one", "One", "en")]

        def check(self, request):
            pass

        async def render(self, request):
            with open(os.environ["SCRIBE_FILE"], "a") as file:
                file.write(request.text + "\\n")
            await asyncio.sleep(0.05)
            yield Chunk(Audio(np.full((1200 * len(request.text), 1), 0.25, np.float32), 48_000))


    @asynccontextmanager
    async def opened(settings, context):
        yield Scribe()


    @hookimpl
    def synthesis_backends():
        return [SynthesisBackend(name="scribe", open=opened)]
"""


class Batch:
    """A server whose voice is a scribe, and what is known of its batch from outside."""

    def __init__(self, folder: Path) -> None:
        settings = {"BACKENDS": '{"synthesis": ["scribe"]}', "JOBS_LEASE_SECONDS": str(LEASE_SECONDS)}
        self.server = Server(folder, **settings)
        self._scribe = folder / "spoken"
        self._scribe.touch()

    def submit(self) -> str:
        for role, count in (("names", NAMES), ("developers", DEVELOPERS)):
            items = json.dumps([words(number) for number in range(count)]).encode()
            files = {"file": (f"{role}.json", items)}
            answer = self.server.http.post(
                "/external/upload_base",
                files=files,
                data={"dataset_role": role, "target_name": f"some_{role}"},
            )
            answer.raise_for_status()
        body = {"template": "short", "names": "some_names", "developers": "some_developers"}
        return str(self.server.http.post("/batch/template", json=body).raise_for_status().json()["job_id"])

    def job(self, job: str) -> dict[str, Any]:
        view: dict[str, Any] = self.server.http.get(f"/v1/jobs/{job}").raise_for_status().json()
        return view

    def is_over(self, job: str) -> bool:
        return self.job(job)["state"] not in ("queued", "running")

    def asked(self) -> Counter[str]:
        """Texts that the voice was ever asked for."""
        return Counter(self._scribe.read_text().splitlines())

    def kept(self) -> set[str]:
        """Texts of the stems in the index."""
        with closing(sqlite3.connect(f"file:{self.server.data}/mixdown.db?mode=ro", uri=True)) as database:
            return {row[0] for row in database.execute("SELECT text FROM stems")}

    def trail(self, event: str) -> int:
        """Lines of the audit trail."""
        path = self.server.data / "audit" / "audit.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return sum(json.loads(line)["event"] == event for line in lines)

    def deeds(self) -> int:
        return self.trail("stem.rendered") + self.trail("message.assembled")


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    site = tmp_path / "site"
    about = site / "scribe-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "scribe.py").write_text(textwrap.dedent(VOICE))
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: scribe\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mixdown.plugins]\nscribe = scribe\n")
    monkeypatch.setenv("PYTHONPATH", str(site))
    monkeypatch.setenv("SCRIBE_FILE", str(tmp_path / "spoken"))
    batch = Batch(tmp_path)
    templates = batch.server.data / "templates"
    templates.mkdir(parents=True)
    (templates / "short.json").write_text(json.dumps(TEMPLATE))
    yield batch
    batch.server.stop()


@pytest.mark.timeout(100 * (KILLS + 2))
def test_a_batch_that_is_killed_renders_again_only_what_was_in_flight(batch: Batch) -> None:
    chance, server = random.Random(SEED), batch.server
    server.start()
    job = batch.submit()
    in_flight, before = Counter[str](), Counter[str]()
    for _ in range(KILLS):
        deeds = batch.deeds() + chance.randint(1, (MESSAGES + STEMS) // (KILLS + 1))
        server.wait_until(lambda: batch.deeds() >= deeds, 60)  # noqa: B023 - waits here
        time.sleep(chance.uniform(0, 0.05))  # in the midst of anything
        server.kill()
        in_flight += batch.asked() - before - Counter(batch.kept())
        before = batch.asked()
        server.start()
    server.wait_until(lambda: batch.is_over(job), 60 + 5 * KILLS)

    view = batch.job(job)
    assert view["state"] == "succeeded", view["error"]
    result = view["result"]
    assert (result["tasks"], result["messages"], result["failed"]) == (MESSAGES, MESSAGES, 0)
    distinct = Counter(batch.kept())
    assert len(distinct) == STEMS
    assert distinct <= batch.asked() <= distinct + in_flight
    assert batch.trail("batch.started") == view["attempts"] == KILLS + 1
    assert batch.trail("stem.rendered") <= STEMS
    for check in ("stems", "stems-index", "outputs"):
        assert server.http.get(f"/integrity/{check}").json()["status"] == "ok"
