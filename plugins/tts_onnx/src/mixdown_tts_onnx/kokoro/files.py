"""Where the parts of a model lie in its directory."""

from __future__ import annotations

from pathlib import Path


def graph_file(directory: Path) -> Path | None:
    """The graph of a model's directory, or of its folder ``onnx``: ``model.onnx``, else the largest, which is the most exact."""
    named = [*directory.glob("*.onnx"), *directory.glob("onnx/*.onnx")]
    graphs = [graph for graph in named if graph.is_file()]
    plain = [graph for graph in graphs if graph.name == "model.onnx"]
    return min(plain or graphs, key=lambda graph: (-graph.stat().st_size, graph.name), default=None)


def voice_source(directory: Path) -> Path | None:
    """The archive, or the folder of bare files."""
    archives = sorted([*directory.glob("voices*.bin"), *directory.glob("voices*.npz")])
    folder = directory / "voices"
    if archives:
        return archives[0]
    return folder if folder.is_dir() and any(folder.glob("*.bin")) else None
