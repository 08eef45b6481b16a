"""Which models of a family are here: the directories of its settings, what was pulled, and what came with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain, count
from pathlib import Path
from typing import TypeAlias

from mixdown_kernel import Context, Kind, Problem, invalid
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.family import Family, Model
from mixdown_tts_onnx.models.catalogue import command_for
from mixdown_tts_onnx.models.store import Hashes, Store, models_dir
from mixdown_tts_onnx.settings import ModelSettings

SILENT = {
    "models", "directories", "models_dir", "preload", "idle_seconds", "stall_seconds", "parallel", "threads", "inter_op_threads", "arena",
    "voice_cache_bytes",
}  # fmt: skip
"""Settings that change no sound."""


Stamp: TypeAlias = tuple[tuple[int, int], ...]
"""Size and time of change of files that a model's sound depends on."""


@dataclass(frozen=True, slots=True)
class Found:
    """``stamps`` are of the models, in order (`stamp_of`), from before their files were read; ``faults`` are sentences about
    models that are here and cannot be used."""

    models: tuple[Model, ...]
    stamps: tuple[Stamp, ...]
    faults: tuple[str, ...]
    fingerprint: str


def find_models(family: Family, settings: ModelSettings, context: Context) -> Found:
    """Blocking. `Problem` for a directory of the settings that holds no model of the family."""
    models: dict[str, Model] = {}
    stamps: list[Stamp] = []
    contents: list[list[str]] = []
    faults: list[str] = []
    hashes = Hashes(context.data_dir / "hashes.json")
    for directory in _directories(family, settings, context):
        name = _name(family.name if directory == family.built_in else directory.name, models)
        try:
            model = Model(name, directory, family.inspect(directory), settings)
            stamp = stamp_of(model, model.card.files)
            content = [name, *hashes.of(directory / file for file in model.card.files)]
        except Exception as error:  # one that is damaged in a way that nobody thought of takes no other along
            fault = f"{name}: {_what_is_wrong(error)}"
            faults.append(fault)
        else:
            models[name] = model
            stamps.append(stamp)
            contents.append(content)
    return Found(tuple(models.values()), tuple(stamps), tuple(faults), _fingerprint(contents, settings))


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, EngineError | Problem):
        return error.message
    return f"Its files cannot be read ({type(error).__name__})."


def stamp_of(model: Model, files: Sequence[str]) -> Stamp:
    """By which a change of files is seen without reading them; empty where one is gone."""
    try:
        states = [(model.directory / file).stat() for file in files]
    except OSError:
        return ()
    return tuple((state.st_size, state.st_mtime_ns) for state in states)


def has_changed(model: Model, stamp: Stamp, files: Sequence[str]) -> bool:
    """Whether some of a model's files are others than when it was found. Blocking, briefly."""
    then = dict(zip(model.card.files, stamp, strict=False))
    return stamp_of(model, files) != tuple(then.get(file) for file in files)


def _directories(family: Family, settings: ModelSettings, context: Context) -> Iterator[Path]:
    """Each once, those of the settings first and what came with the family last."""
    own = [directory.resolve() for directory in settings.directories]
    for directory in own:
        if not family.recognises(directory):
            raise _no_model(family, directory)
    yield from dict.fromkeys((*own, *_pulled(family, settings, context), *_built_in(family)))


def _name(wanted: str, taken: Container[str]) -> str:
    """With a number where another model has it."""
    names = chain([wanted], (f"{wanted}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def _built_in(family: Family) -> list[Path]:
    directory = family.built_in
    return [directory] if directory is not None and family.recognises(directory) else []


def _pulled(family: Family, settings: ModelSettings, context: Context) -> list[Path]:
    store = Store(models_dir(settings.models_dir, context))
    if settings.models is None:
        installed = store.installed()
    else:
        installed = [one for one in map(store.find, settings.models) if one is not None]
    return [one.directory.resolve() for one in installed if family.recognises(one.directory)]


def _fingerprint(contents: list[list[str]], settings: ModelSettings) -> str:
    """Over all that the sound depends on: files, the runtime's version and how it is told to work."""
    told = settings.model_dump(mode="json", exclude=SILENT)
    return hashlib.sha256(json.dumps([contents, told, version("onnxruntime")]).encode()).hexdigest()


def missing(family: Family, settings: ModelSettings, faults: tuple[str, ...]) -> Problem:
    """The model is not here: the one error that says what to do."""
    if faults:
        return Problem(
            Kind.UNAVAILABLE,
            "model_unusable",
            f"No {family.name} model can be used. {faults[0]}",
            hint="Run `mixdown models verify`, and pull it again where it is damaged.",
        )
    return Problem(
        Kind.UNAVAILABLE,
        "model_missing",
        f"The {family.name} model is not on this machine.",
        hint=command_for(family, settings.models),
    )


def _no_model(family: Family, directory: Path) -> Problem:
    return invalid(
        "no_model",
        f"The directory {str(directory)!r} of the settings holds no {family.name} model.",
        field=f"plugins.{family.name}.directories",
        hint="Name the folder in which the model's files lie.",
    )
