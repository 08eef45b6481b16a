"""Every kept WAV opened, and compared with the index and the contract."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mixdown_api.messages.index import Entry
from mixdown_api.messages.labels import category_of, path_of
from mixdown_api.messages.recordings import faults, write
from mixdown_api.messages.stems import KIND
from mixdown_api.messages.voicing import CONTAINER, RATE, SAMPLE_ENCODING
from mixdown_api.service import Service
from mixdown_api.state import files
from mixdown_api.state.files import File
from mixdown_kernel import Problem

OPEN_AT_ONCE = 4
DRIFT_MS = 1
"""Durations are whole milliseconds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found about one file; no ``faults``, a good one."""

    name: str
    path: str
    faults: tuple[str, ...]

    def shown(self) -> dict[str, Any]:
        return {"name": self.name, "path": self.path, "ok": not self.faults, "faults": list(self.faults)}


async def wav_faults(service: Service, file: File) -> list[str]:
    """What is wrong with a file's bytes."""
    path = service.kernel.spool / f"{uuid.uuid4().hex}.wav"
    try:
        await write(service.renders.storage.get(file.key), path)
        found = await asyncio.to_thread(faults, path)
        with await asyncio.to_thread(path.open, "rb") as opened:
            digest = await asyncio.to_thread(hashlib.file_digest, opened, "sha256")
        if digest.hexdigest() != file.sha256:
            found.append("its bytes are not those that were stored")
        return found
    except Problem as problem:
        return [f"it cannot be read: {problem.message}"]
    finally:
        path.unlink(missing_ok=True)


async def judge_stems(service: Service, found: Sequence[Entry]) -> list[Verdict]:
    """Entries of the index, each by its WAV."""
    return await _at_once([_judge_stem(service, entry) for entry in found])


async def _judge_stem(service: Service, entry: Entry) -> Verdict:
    async with service.state.reading() as connection:
        file = await files.get(connection, entry.file_id)
    wrong = ["its file is not listed"] if file is None else await wav_faults(service, file)
    if file is not None and file.size != entry.size:
        wrong.append(f"it has {file.size} bytes, the index says {entry.size}")
    if file is not None and abs((file.duration_ms or 0) - entry.duration_ms) > DRIFT_MS:
        wrong.append(f"it lasts {file.duration_ms} ms, the index says {entry.duration_ms}")
    return Verdict(entry.label, entry.path, tuple(wrong))


async def judge_outputs(service: Service, found: Sequence[File]) -> list[Verdict]:
    """Messages, each by its WAV."""
    return await _at_once([_judge_output(service, file) for file in found])


async def _judge_output(service: Service, file: File) -> Verdict:
    told = file.metadata.get("message")
    name = str(told.get("output_file", file.id)) if isinstance(told, dict) else file.id
    return Verdict(name, name, tuple(await wav_faults(service, file)))


async def judge_index(service: Service, found: Sequence[Entry]) -> list[Verdict]:
    """Entries by themselves, and by what the state and the storage say of their files; nothing is opened."""
    return await _at_once([_judge_entry(service, entry) for entry in found])


async def _judge_entry(service: Service, entry: Entry) -> Verdict:
    async with service.state.reading() as connection:
        file = await files.get(connection, entry.file_id)
    contract = (CONTAINER, SAMPLE_ENCODING, RATE)
    checks = [
        (not entry.signature, "it has no contract signature"),
        (category_of(entry.label) != entry.category, "its category is not the label's second word"),
        (
            category_of(entry.label) is not None and entry.path != path_of(entry.label),
            "its path is not the label's",
        ),
        (
            (entry.container, entry.encoding, entry.sample_rate) != contract,
            "its format is not the contract's",
        ),
        (not entry.text, "it does not say what is spoken"),
        (file is None, "its file is not listed"),
        (file is not None and file.kind != KIND, "its file is no stem"),
        (file is not None and file.signature != entry.signature, "its file has another signature"),
        (file is not None and file.size != entry.size, "its file has another size"),
    ]
    wrong = [message for is_wrong, message in checks if is_wrong]
    if file is not None and await service.renders.storage.stat(file.key) is None:
        wrong.append("the storage has no such file")
    return Verdict(entry.label, entry.path, tuple(wrong))


async def _at_once(work: Sequence[Any]) -> list[Verdict]:
    few = asyncio.Semaphore(OPEN_AT_ONCE)

    async def one(judging: Any) -> Verdict:
        async with few:
            verdict: Verdict = await judging
            return verdict

    return list(await asyncio.gather(*(one(judging) for judging in work)))
