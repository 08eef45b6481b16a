"""``make bench``: every figure that the documents quote, printed in one run. ``python -m benchmarks mixing`` for one."""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "speech",
    "memory",
    "mixing",
    "encoding",
    "espeak",
    "text",
    "music",
    "ambience",
    "rotation",
    "messages",
    "datasets",
    "own_voice",
    "local_voices",
    "s1_codec",
)


def main() -> None:
    for name in sys.argv[1:] or NAMES:
        print(f"\n== {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
