"""The index of a PyTorch checkpoint (``.pth``), read without PyTorch and without running what it holds.

A ``.pth`` since PyTorch 1.6 is a ZIP archive: ``<name>/data.pkl`` pickles the dictionary with its tensors' storages by
persistent id, ``<name>/data/<key>`` holds each storage, uncompressed.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from mixdown_tts_onnx.s1_mini.shape import bad_checkpoint
from mixdown_tts_onnx.s1_mini.tensors import Stored

MAX_INDEX_BYTES = 4 << 20
"""Ten times that of S1-mini: every byte of it may ask for an object."""
_STORAGES = {
    "BFloat16Storage": "bf16",
    "HalfStorage": "f16",
    "FloatStorage": "f32",
    "DoubleStorage": "f64",
    "CharStorage": "i8",
    "ShortStorage": "i16",
    "IntStorage": "i32",
    "LongStorage": "i64",
    "ByteStorage": "u8",
    "BoolStorage": "bool",
}


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    dtype: str
    capacity: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_index(path: Path) -> dict[str, Stored]:
    """The tensors of a ``.pth`` file by name; of a training checkpoint, those of its ``state_dict``.

    `EngineError` ``bad_checkpoint`` for what is no such archive, is cut short, or pickles anything but tensors.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = _root(archive, path)
            index = _unpickle(archive, f"{root}data.pkl", path)
            return _locate(index, archive, root, path)
    except zipfile.BadZipFile:
        raise bad_checkpoint(f"{path.name} is no PyTorch archive, or it is cut short") from None


def _root(archive: zipfile.ZipFile, path: Path) -> str:
    roots = [name[: -len("data.pkl")] for name in archive.namelist() if name.endswith("data.pkl")]
    if len(roots) != 1:
        raise bad_checkpoint(f"{path.name} holds no index of tensors")
    return roots[0]


def _unpickle(archive: zipfile.ZipFile, member: str, path: Path) -> Mapping[str, _Tensor]:
    if archive.getinfo(member).file_size > MAX_INDEX_BYTES:
        raise bad_checkpoint(f"the index of {path.name} is larger than {MAX_INDEX_BYTES >> 20} MiB")
    try:
        index = _TensorsOnly(io.BytesIO(archive.read(member))).load()
    except zipfile.BadZipFile:
        raise
    except Exception as error:  # a damaged one raises what it likes, MemoryError and zlib.error too
        told = str(error) or type(error).__name__
        raise bad_checkpoint(f"the index of {path.name} cannot be read ({told})") from None
    if isinstance(index, dict) and isinstance(index.get("state_dict"), dict):
        index = index["state_dict"]
    if not isinstance(index, dict):
        raise bad_checkpoint(f"{path.name} holds no dictionary of tensors")
    return {
        name: value for name, value in index.items() if isinstance(name, str) and isinstance(value, _Tensor)
    }


class _TensorsOnly(pickle._Unpickler):
    """Rebuilds descriptions of tensors; any other class or function is refused, so nothing foreign ever runs.

    The one that is written in Python: its memo is a dictionary, where C's is an array as long as the largest index that
    a few bytes name.
    """

    def find_class(self, module: str, name: str) -> Any:
        known = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
            ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
        }
        if (module, name) in known:
            return known[module, name]
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"it names {module}.{name}, which is no tensor")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _device, capacity = pid
        if kind != "storage" or dtype not in _STORAGES.values():
            raise pickle.UnpicklingError(f"it refers to a {kind!r}")
        return _Storage(str(key), dtype, int(capacity))


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_rest: object
) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor has no storage")
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _rebuild_parameter(tensor: _Tensor, *_rest: object) -> _Tensor:
    return tensor


def _locate(
    index: Mapping[str, _Tensor], archive: zipfile.ZipFile, root: str, path: Path
) -> dict[str, Stored]:
    size = path.stat().st_size
    positions: dict[str, int] = {}
    stored = {}
    with path.open("rb") as file:
        for name, tensor in index.items():
            key = tensor.storage.key
            if key not in positions:
                positions[key] = _data_position(archive, f"{root}data/{key}", file, path)
            stored[name] = Stored(
                path,
                positions[key],
                tensor.storage.capacity,
                tensor.storage.dtype,
                tensor.shape,
                tensor.strides,
                tensor.offset,
            )
            stored[name].check(name, size)
    return stored


def _data_position(archive: zipfile.ZipFile, member: str, file: io.BufferedReader, path: Path) -> int:
    """Where a member's bytes begin: behind its local header, whose extra field is padding for alignment."""
    try:
        info = archive.getinfo(member)
    except KeyError:
        _missing(path, member)
    if info.compress_type != zipfile.ZIP_STORED:
        raise bad_checkpoint(f"{path.name} is compressed, which PyTorch never does")
    file.seek(info.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        _missing(path, member)
    name_length, extra_length = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
    return info.header_offset + 30 + name_length + extra_length


def _missing(path: Path, member: str) -> NoReturn:
    raise bad_checkpoint(f"{path.name} lacks its part {member}", "Download it again.")
