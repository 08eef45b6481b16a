"""The one place that makes ONNX Runtime sessions: settings in, sessions or one clear `EngineError` out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import onnxruntime

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError

Session: TypeAlias = Any
"""`onnxruntime.InferenceSession`, which is not typed."""

OPTIMIZATION = {
    "all": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL,
    "extended": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "basic": onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "off": onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL,
}
ERRORS_ONLY = 3
LFS_POINTER = b"version https://git-lfs"
HINT = "Run `mixdown models verify`, and pull or convert the model again."

onnxruntime.set_default_logger_severity(ERRORS_ONLY)


def open_session(
    graph: Path | bytes,
    options: Options,
    *,
    name: str = "",
    inputs: Mapping[str, tuple[str, ...]] | None = None,
    outputs: tuple[str, ...] = (),
    entries: Mapping[str, str] | None = None,
) -> Session:
    """A session for a graph: a file, or its bytes.

    Args:
        name: what the graph is called in errors; the file's name by default.
        inputs: names that it shall have, each with the types it may have (``tensor(int64)``). What else it has is the
            caller's to look at: ``session.get_inputs()``.
        outputs: names that it shall have.
        entries: further session options by their key (``session.intra_op.allow_spinning``: ``0``).

    Raises:
        EngineError: ``missing_model_file``, ``corrupt_model``, ``unsupported_model`` (opset, operators),
            ``wrong_model`` (another interface), ``unknown_provider``.
    """
    name = name or (graph.name if isinstance(graph, Path) else "graph")
    _check_providers(options.providers)
    try:
        session = onnxruntime.InferenceSession(
            str(graph) if isinstance(graph, Path) else graph,
            _session_options(options, entries or {}),
            providers=list(options.providers),
        )
    except Exception as error:  # the runtime raises what it likes for files that are no graphs
        if isinstance(graph, Path) and _is_pointer(graph):
            raise _pointer(name) from error
        raise _refusal(name, error) from error
    _check_interface(name, session, inputs or {}, outputs)
    return session


def input_types(session: Session) -> dict[str, str]:
    """Name to type (``tensor(float)``), in the graph's order."""
    return {given.name: given.type for given in session.get_inputs()}


def output_names(session: Session) -> tuple[str, ...]:
    return tuple(made.name for made in session.get_outputs())


def metadata(session: Session) -> dict[str, str]:
    """The graph's own key-value metadata."""
    return dict(session.get_modelmeta().custom_metadata_map)


def _session_options(options: Options, entries: Mapping[str, str]) -> Any:
    made = onnxruntime.SessionOptions()
    made.intra_op_num_threads = options.threads
    made.inter_op_num_threads = options.inter_op_threads
    if options.inter_op_threads > 1:
        made.execution_mode = onnxruntime.ExecutionMode.ORT_PARALLEL
    made.graph_optimization_level = OPTIMIZATION[options.optimization]
    made.enable_cpu_mem_arena = options.arena
    made.log_severity_level = ERRORS_ONLY
    for key, value in entries.items():
        made.add_session_config_entry(key, value)
    return made


def _check_providers(wanted: tuple[str, ...]) -> None:
    there = onnxruntime.get_available_providers()
    for provider in wanted:
        if provider not in there:
            raise EngineError(
                "unknown_provider",
                f"This ONNX Runtime has no execution provider {provider!r}.",
                field="providers",
                allowed=there,
                hint="Install the onnxruntime package that has it, or correct the setting.",
            )


def _refusal(name: str, error: Exception) -> EngineError:
    """What the runtime says goes to the operator's log: it holds paths."""
    print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
    kind, text = type(error).__name__, str(error).lower()
    if kind == "NoSuchFile" or "doesn't exist" in text or "no such file" in text:
        return EngineError("missing_model_file", f"The file {name} of the model is missing.", hint=HINT)
    if "opset" in text or "ir version" in text:
        return EngineError(
            "unsupported_model",
            f"The graph {name} is written for another version of ONNX than this ONNX Runtime {onnxruntime.__version__} reads.",
            hint="Export it with an older opset, or install a newer onnxruntime.",
        )
    if kind == "NotImplemented" or "is not a registered function/op" in text or "no op registered" in text:
        return EngineError(
            "unsupported_model",
            f"The graph {name} uses operators that this ONNX Runtime {onnxruntime.__version__} has not.",
            hint="Export it with standard operators, or choose another variant of the model.",
        )
    if isinstance(error, MemoryError) or "bad_alloc" in text or "failed to allocate" in text:
        return EngineError(
            "out_of_memory",
            f"There is not enough memory to load {name}.",
            hint="Choose a smaller variant of the model, or unload others (idle_seconds).",
        )
    return EngineError(
        "corrupt_model", f"The file {name} is no ONNX graph that can be run, or damaged.", hint=HINT
    )


def _is_pointer(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(LFS_POINTER)) == LFS_POINTER
    except OSError:
        return False


def _pointer(name: str) -> EngineError:
    return EngineError(
        "corrupt_model",
        f"The file {name} only points to the graph: the repository was cloned without Git LFS.",
        hint="Run `git lfs pull` there, or pull the model with `mixdown models pull`.",
    )


def _check_interface(
    name: str, session: Session, inputs: Mapping[str, tuple[str, ...]], outputs: tuple[str, ...]
) -> None:
    there = input_types(session)
    for wanted, types in inputs.items():
        if wanted not in there:
            raise _wrong(name, f"has no input {wanted!r} (it has {', '.join(there) or 'none'})")
        if types and there[wanted] not in types:
            raise _wrong(name, f"takes {there[wanted]} as {wanted!r} and not {' or '.join(types)}")
    made = output_names(session)
    for wanted in outputs:
        if wanted not in made:
            raise _wrong(name, f"has no output {wanted!r} (it has {', '.join(made)})")


def _wrong(name: str, what: str) -> EngineError:
    return EngineError(
        "wrong_model",
        f"The graph {name} is not one of this family: it {what}.",
        hint="Name the model's directory under the backend of its own family.",
    )
