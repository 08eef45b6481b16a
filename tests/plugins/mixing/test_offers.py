"""What the plugin offers, and that offering costs nothing."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

import mixdown_mixing

CHEAP = """
import sys, mixdown_mixing
offers = [*mixdown_mixing.mixing_backends(), *mixdown_mixing.encoding_backends(), *mixdown_mixing.decoding_backends()]
heavy = {"soxr", "pyebur128", "numba", "av", "lameenc", "soundfile", "scipy"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""


def test_offering_imports_no_engine() -> None:
    result = subprocess.run([sys.executable, "-c", CHEAP], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr


def test_numpy_is_always_offered() -> None:
    assert "numpy" in [backend.name for backend in mixdown_mixing.mixing_backends()]


def test_numba_is_not_offered_where_it_is_not_installed() -> None:
    hidden = """
import importlib.machinery, sys
class Hidden(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == "numba" else super().find_spec(name, path, target)
sys.meta_path[:] = [Hidden if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path]
import pytest

import mixdown_mixing
print([backend.name for backend in mixdown_mixing.mixing_backends()])
"""
    result = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout.strip() == "['numpy']"


@pytest.mark.skipif(find_spec("numba") is None, reason="the extra `fast` is not installed")
def test_numba_works_where_its_cache_has_no_place() -> None:
    """In a container with a read-only file system there is none; numba then refuses to cache, and raises."""
    load = "from mixdown_mixing.backend import load_numba; load_numba(); print('loaded')"
    env = {**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}
    result = subprocess.run(
        [sys.executable, "-c", load], capture_output=True, text=True, timeout=100, env=env
    )
    assert result.stdout.strip() == "loaded", result.stderr
