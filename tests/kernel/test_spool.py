"""The spool: gone with its kernel, and swept of what a killed process left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mixdown_kernel import Kernel


async def test_it_goes_with_its_kernel_and_leaves_the_neighbours_alone(tmp_path):
    async with Kernel({"data_dir": tmp_path}, discover=False) as one:
        async with Kernel({"data_dir": tmp_path}, discover=False) as other:
            assert one.spool != other.spool
        assert one.spool.is_dir()
        assert not other.spool.exists()
    assert list((tmp_path / "spool").iterdir()) == []  # locks included


def left_by_a_killed_process(data_dir: Path) -> list[Path]:
    """What is in the spools after a process was killed while it rendered."""
    program = (
        "import asyncio, os, signal; from mixdown_kernel import Kernel\n"
        "async def main():\n"
        f"    kernel = Kernel({{'data_dir': {str(data_dir)!r}}}, discover=False)\n"
        "    await kernel.start(); (kernel.spool / 'mix.f32').write_bytes(b'x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    return list((data_dir / "spool").rglob("mix.f32"))


async def test_a_killed_process_leaves_nothing_behind_for_long(tmp_path):
    assert len(left_by_a_killed_process(tmp_path)) == 1
    async with Kernel({"data_dir": tmp_path}, discover=False):
        assert not list((tmp_path / "spool").rglob("mix.f32"))
