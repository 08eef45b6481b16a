"""Eight processes claim from one dataset while some are killed: fair at every moment, and nothing lost.

The whole of it, 2,000 claims each with the rates beside those of the bare statement: ``python -m benchmarks rotation``.
"""

from __future__ import annotations

import json
import subprocess
import sys


def test_no_process_and_no_kill_makes_it_unfair_or_loses_a_claim(database_url: str) -> None:
    # In a process of its own: it forks, and this one may have threads.
    asked = ["8", "60", "6"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.rotation", database_url, *asked],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["acknowledged"] == found["asked"] == 480
    assert 0 <= found["counted"] - found["acknowledged"] <= found["killed"]
    assert found["worst"] <= 1
    assert found["killed"] > 0
