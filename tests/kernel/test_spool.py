"""The spool: gone with its kernel, and swept of what a killed process left."""

from __future__ import annotations

import subprocess
import sys

from mixdown_kernel import Kernel


async def test_it_goes_with_its_kernel_and_leaves_the_neighbours_alone(tmp_path):
    async with Kernel({"data_dir": tmp_path}, discover=False) as one:
        async with Kernel({"data_dir": tmp_path}, discover=False) as other:
            assert one.spool != other.spool
        assert one.spool.is_dir()
        assert not other.spool.exists()
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_killed_process_leaves_nothing_behind_for_long(tmp_path):
    program = (
        "import asyncio, os, signal; from mixdown_kernel import Kernel\n"
        "async def main():\n"
        f"    kernel = Kernel({{'data_dir': {str(tmp_path)!r}}}, discover=False)\n"
        "    await kernel.start(); (kernel.spool / 'mix.f32').write_bytes(b'x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert len(list((tmp_path / "spool").rglob("mix.f32"))) == 1
    async with Kernel({"data_dir": tmp_path}, discover=False):
        assert not list((tmp_path / "spool").rglob("mix.f32"))
