"""What S1-mini costs at its true shape, on random weights: ``python -m benchmarks.s1_mini``.

Random weights cost what true ones cost and say nothing about quality. Every profile runs in a process of its own, with a
voice of five seconds that lies in the cache. The first run writes a checkpoint (3.3 GB) and converts it, some minutes for
each profile; they are kept in the work folder.

With PyTorch (``--torch TORCH/bin/python --fish FISH --dac DAC``, set up as `benchmarks.s1_mini_reference` and
`benchmarks.s1_codec_reference` say) the public reference is measured in the same run, and the ratio printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.s1_mini_checkpoint import write_checkpoint
from mixdown_tts_onnx.s1_mini import model_files as files

FRAME_MS = 2048 / 44.1
PROFILES = ("int4", "mixed", "int8", "fp32")
WISHED_MB = (300, 400)
VOICE_FRAMES = 107
PARTS = ("slow", "fast", "codec")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--work", type=Path, default=Path("build/s1-mini"))
    arguments.add_argument("--profiles", nargs="+", default=[*PROFILES[:3]], choices=PROFILES)
    arguments.add_argument("--frames", type=int, default=48)
    arguments.add_argument(
        "--threads", type=int, nargs="*", default=[2], help="also wall-clock times with so many"
    )
    arguments.add_argument("--torch", type=Path, help="a Python that has PyTorch")
    arguments.add_argument("--fish", type=Path)
    arguments.add_argument("--dac", type=Path)
    given = arguments.parse_args()
    write_checkpoint(given.work / "checkpoint")
    theirs = _torch(given) if given.torch else None
    measured = {
        profile: _measure(given.work, profile, given.frames, given.threads) for profile in given.profiles
    }
    _print_table(measured)
    for profile, figures in measured.items():
        _print_parts(profile, figures, theirs)


def _measure(work: Path, profile: str, frames: int, threads: list[int]) -> dict[str, Any]:
    directory, cache = work / profile, work / f"cache-{profile}"
    if not directory.is_dir():
        command = "from mixdown_tts_onnx.s1_mini.convert.command import s1_mini; s1_mini()"
        arguments = [str(work / "checkpoint"), str(directory), "--profile", profile, "--no-encoder"]
        subprocess.run([sys.executable, "-c", command, *arguments], check=True)
    _python(
        ["-m", "benchmarks.s1_mini_run", "prepare", str(directory), str(cache), "1", str(VOICE_FRAMES), "1"]
    )
    runs = {}
    for count in (1, *threads):
        order = ["run", str(directory), str(cache), str(count), str(frames), "4" if count == 1 else "1"]
        runs[count] = json.loads(_python(["-m", "benchmarks.s1_mini_run", *order]).splitlines()[-1])
    return {"runs": runs, "mb": _sizes(directory)}


def _sizes(directory: Path) -> dict[str, float]:
    parts = {"slow": files.SLOW, "fast": files.FRAME, "codec": files.DECODER}
    return {
        part: sum((directory / name).stat().st_size for name in (graph, files.weights_file(graph))) / 1e6
        for part, graph in parts.items()
    }


def _torch(given: argparse.Namespace) -> dict[str, float]:
    """CPU milliseconds a frame of the reference, one thread."""
    few = ["--frames", "8"]
    said = _python(
        ["-m", "benchmarks.s1_mini_reference", str(given.fish), str(given.work), *few], given.torch
    )
    print(said, flush=True)
    cpu: dict[str, float] = json.loads(said.splitlines()[-1])["torch_cpu_ms"]
    if given.dac:
        said = _python(
            ["-m", "benchmarks.s1_codec_reference", str(given.fish), str(given.dac), *few], given.torch
        )
        print(said, flush=True)
        found = re.search(r"([\d.]+) ms a frame in PyTorch", said)
        if found:
            cpu["codec"] = float(found[1])
    return cpu


def _python(arguments: list[str], python: Path = Path(sys.executable)) -> str:
    paths = [
        str(path)
        for path in (Path.cwd(), *Path.cwd().glob("plugins/tts_onnx/src"), Path("kernel/src").resolve())
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([str(python), *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        print(f"{' '.join(arguments[:2])} failed: {done.stderr.strip().splitlines()[-1:]}", flush=True)
    return done.stdout


def _print_table(measured: dict[str, Any]) -> None:
    print("CPU milliseconds for each frame of 46.4 ms, one thread; RTF is their sum over it")
    print(
        "profile   slow MB fast MB codec MB  sum MB |  slow   fast  codec     sum    RTF | of four     RTF | peak MB"
    )
    for profile, figures in measured.items():
        run, mb = figures["runs"][1], figures["mb"]
        alone, four = ([run[which][part] for part in PARTS] for which in ("cpu_ms", "batch_cpu_ms"))
        print(
            f"{profile:8} {mb['slow']:8.0f} {mb['fast']:7.0f} {mb['codec']:8.0f} {sum(mb.values()):7.0f} | "
            f"{alone[0]:5.1f} {alone[1]:6.1f} {alone[2]:6.1f} {sum(alone):7.1f} {sum(alone) / FRAME_MS:6.2f} | "
            f"{sum(four):7.1f} {sum(four) / FRAME_MS:7.2f} | {run['peak_mb']:7d}"
        )
    print(f"The sizes that were hoped for: {WISHED_MB[0]}-{WISHED_MB[1]} MB. No profile is recommended.")


def _print_parts(profile: str, figures: dict[str, Any], theirs: dict[str, float] | None) -> None:
    for which, told in (("cpu_ms", "one sentence"), ("batch_cpu_ms", "four")):
        cost = figures["runs"][1][which]
        whole = sum(cost[part] for part in PARTS)
        shares = ", ".join(f"{part} {cost[part] / whole:.0%}" for part in PARTS)
        print(f"{profile}, where the time of {told} goes: {shares}")
    for count, run in figures["runs"].items():
        print(
            f"{profile}, {count} thread(s), by the clock: loaded in {run['load_s']:.1f} s, first sound of 40 tokens "
            f"after {run['first_s']:.2f} s (goal 1.0), RTF {run['rtf_wall']:.2f}"
        )
    if theirs is not None:
        ours = figures["runs"][1]["cpu_ms"]
        shared = [part for part in PARTS if part in theirs]
        ratio = sum(theirs[part] for part in shared) / sum(ours[part] for part in shared)
        whole = ", ".join(f"{part} {theirs[part] / ours[part]:.1f}" for part in shared)
        print(
            f"{profile}: {ratio:.1f} times PyTorch's float32 reference a frame, same thread, same run ({whole})"
        )


if __name__ == "__main__":
    main()
