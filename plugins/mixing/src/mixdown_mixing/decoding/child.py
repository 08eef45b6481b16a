"""The process in which an untrusted file is decoded. Run by path, with nothing but the standard library and the one
decoding library that its reader needs.

It is started as ``python -I -S -B child.py PACKAGES READER MAX_SECONDS MEMORY CPU_SECONDS OPTION…`` with the file as its
standard input. ``PACKAGES`` is the folder to import from, ``READER`` a module beside this one (`by_sndfile`, `by_libav`)
and ``OPTION…`` what that one's ``read`` is told. It answers on standard output in messages ``<kind, one byte> <length,
uint32> <body>``:

    F  uint32 rate, uint32 channels   once, before the first samples
    S  interleaved float32 samples
    R  a word: why the file is refused
    E  the end; a process that ends without it or ``R`` has crashed
"""

from __future__ import annotations

import contextlib
import importlib
import os
import resource
import sys


def limit(kind: int, value: int) -> None:
    """Lower a resource limit for good, as far as this system knows it."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(kind, (value, value))


def main() -> None:
    packages, reader, max_seconds, memory, cpu_seconds, *options = sys.argv[1:]
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CPU, int(cpu_seconds))
    sys.path += [os.path.dirname(os.path.abspath(__file__)), packages]
    reading, by = importlib.import_module("reading"), importlib.import_module(reader)
    limit(resource.RLIMIT_AS, int(memory))
    limit(resource.RLIMIT_NPROC, 0)
    limit(resource.RLIMIT_NOFILE, 3)  # the three that are open: no file and no socket from here on
    sender = reading.Sender(float(max_seconds))
    try:
        for rate, channels, samples in by.read(*options):
            sender.push(rate, channels, samples)
        sender.flush()
    except reading.Refused as refusal:
        reading.send(b"R", str(refusal).encode())
    except by.DAMAGED:
        reading.send(b"R", b"damaged")
    else:
        reading.send(b"E")


if __name__ == "__main__":
    main()
