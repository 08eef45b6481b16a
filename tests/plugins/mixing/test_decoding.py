"""Files from outside: what is sound is decoded, what is not is refused, and nothing is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from mixdown_kernel import Audio, DecodeLimits, Encoding, Kind, Problem, Samples
from mixdown_mixing.decoding import Sandbox, backend
from mixdown_mixing.encoders import BuiltinEncoders
from mixdown_mixing.encoders.pcm import to_int16

Save = Callable[[bytes], Path]
RATE = 48_000

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what the child may do is read from /proc")


def tone(frames: int, channels: int = 2) -> Samples:
    wave = 0.4 * np.sin(np.arange(frames) * 0.05, dtype=np.float32)
    return np.repeat(wave[:, None], channels, axis=1)


def encode(name: str, samples: Samples, *, seekable: bool = True, **options: object) -> bytes:
    encoding = Encoding.model_validate({"format": name, **options})
    encoder = BuiltinEncoders().encoder(encoding, RATE, samples.shape[1], seekable=seekable)
    file = bytearray(encoder.encode(samples))
    ending = encoder.finish()
    file += ending.tail
    for offset, data in ending.patches:
        file[offset : offset + len(data)] = data
    return bytes(file)


def remux(path: Path, container: str, codec: str, samples: Samples) -> bytes:
    """A file of a kind that we read and do not write."""
    if codec == "vorbis":
        soundfile.write(path, samples, RATE, format="OGG", subtype="VORBIS")
        return path.read_bytes()
    with av.open(str(path), "w", format=container) as output:
        stream = output.add_stream(codec, RATE, layout="stereo")
        array = np.ascontiguousarray(samples.T)
        frame = av.AudioFrame.from_ndarray(array, "fltp", "stereo")
        frame.sample_rate = RATE
        frame.pts = 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path.read_bytes()


def wav(
    data: bytes, *, claims: int | None = None, tag: int = 1, bits: int = 16, riff: int | None = None
) -> bytes:
    """A mono WAV of which any field may lie."""
    size = len(data) if claims is None else claims
    fields = struct.pack("<HHIIHH", tag, 1, RATE, RATE * bits // 8, bits // 8, bits)
    header = struct.pack("<4sI4s4sI", b"RIFF", 36 + len(data) if riff is None else riff, b"WAVE", b"fmt ", 16)
    return header + fields + struct.pack("<4sI", b"data", size) + data


@pytest.fixture
def save(tmp_path: Path) -> Save:
    def write(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return write


def children() -> set[int]:
    """Our decoding children, dead ones that nobody has waited for included."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            text = status.read_text()
            if f"PPid:\t{os.getpid()}\n" in text:
                found.add(int(status.parent.name))
    return found


@pytest.fixture(autouse=True)
async def nothing_is_left(tmp_path: Path) -> AsyncIterator[None]:
    before, descriptors = children(), len(os.listdir("/proc/self/fd"))
    yield
    await asyncio.sleep(0)
    assert children() <= before
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    assert set(os.listdir(tmp_path)) <= {"upload", "made"}


async def decode(path: Path, **limits: float) -> Audio:
    blocks = [block async for block in Sandbox().decode(path, DecodeLimits(**limits))]
    return Audio.join([block.check() for block in blocks])


async def refused(path: Path, **limits: float) -> Problem:
    with pytest.raises(Problem) as caught:
        await decode(path, **limits)
    assert str(path) not in caught.value.message
    return caught.value


# ---------------------------------------------------------------- what is read


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize("name", ["wav", "flac"])
async def test_lossless_files_are_decoded_to_the_bit(save, name, seekable, channels):
    sound = tone(100_001, channels)
    decoded = await decode(save(encode(name, sound, seekable=seekable)))
    assert decoded.rate == RATE
    assert np.array_equal(decoded.samples, to_int16(sound) / np.float32(32768))


async def test_float_wav_is_decoded_to_the_bit(save):
    sound = 2 * tone(10_001)
    assert np.array_equal((await decode(save(encode("wav", sound, float_samples=True)))).samples, sound)


@pytest.mark.parametrize("name", ["mp3", "opus"])
async def test_lossy_files_keep_their_length_and_place(save, name):
    sound = tone(50_001)
    decoded = await decode(save(encode(name, sound)))
    assert decoded.samples.shape == sound.shape
    assert np.sqrt(np.mean((decoded.samples - sound) ** 2)) < 0.02


@pytest.mark.parametrize("after", [0, 1, 81, 647, 648, 649, 959])
async def test_opus_keeps_its_last_moments(save, after):
    """However much of the last packet they take."""
    sound = tone(RATE + after)
    decoded = await decode(save(encode("opus", sound)))
    assert decoded.samples.shape == sound.shape
    assert np.abs(decoded.samples[-480:] - sound[-480:]).mean() < 0.02


async def test_aac_is_decoded_with_its_encoders_delay(save):
    sound = tone(50_001)
    decoded = await decode(save(encode("aac", sound)))
    assert decoded.frames >= len(sound) + 1024
    assert np.sqrt(np.mean((decoded.samples[1024:][: len(sound)] - sound) ** 2)) < 0.02


@pytest.mark.parametrize(
    ("container", "codec", "exact"),
    [
        ("ipod", "aac", False),
        ("mp4", "alac", True),
        ("webm", "libopus", False),
        ("ogg", "vorbis", False),
        ("wav", "pcm_s24le", True),
        ("wav", "pcm_f64le", True),
        ("wav", "pcm_mulaw", False),
    ],
)
async def test_files_of_others(save, tmp_path, container, codec, exact):
    sound = tone(48_000)
    decoded = await decode(save(remux(tmp_path / "made", container, codec, sound)))
    if exact:
        assert np.abs(decoded.samples - sound).max() < 2e-5
    else:
        # FFmpeg may lose the first short block of a Vorbis stream, and fills up AAC's last frame.
        assert -128 <= decoded.frames - len(sound) < 1024
        assert np.std(decoded.samples) == pytest.approx(np.std(sound), rel=0.02)


async def test_tags_before_the_sound_are_skipped(save):
    tag = b"ID3\x04\x00\x00" + bytes((0, 0, 0x10, 0)) + bytes(2048)
    for name in ("mp3", "flac"):
        assert (await decode(save(tag + encode(name, tone(20_000))))).frames == 20_000


@pytest.mark.parametrize(
    ("claims", "riff"), [(0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_F000, 0x7FFF_F024), (0, 36), (0, 0)]
)
async def test_a_wav_from_a_pipe_goes_on_to_its_end(save, claims, riff):
    sound = to_int16(tone(20_000, 1)).tobytes()
    assert (await decode(save(wav(sound, claims=claims, riff=riff)))).frames == 20_000


async def test_an_rf64_file_is_read(save):
    data = to_int16(tone(5_000, 1)).tobytes()
    plain = wav(data, claims=0xFFFF_FFFF, riff=0xFFFF_FFFF)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, len(plain) + 28, len(data), 5_000, 0)
    assert (await decode(save(b"RF64" + plain[4:12] + sizes + plain[12:]))).frames == 5_000


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"R",
        b"just some text\n" * 100,
        b"#EXTM3U\nhttp://127.0.0.1/secret.mp3\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"fLaC",
        b"OggS" + bytes(100),
        b"\x00\x00\x00\x18ftypM4A " + bytes(200),
        b"\x1a\x45\xdf\xa3" + bytes(200),
        b"\xff\xfb\x90\x00" + bytes(5000),
        b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(5000),
        bytes(10_000),
    ],
)
async def test_what_is_no_audio_is_refused(save, content):
    problem = await refused(save(content))
    assert (problem.kind, problem.code) == (Kind.INVALID, "undecodable_audio")
    assert problem.hint


@pytest.mark.parametrize("name", ["wav", "flac", "opus", "mp3"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
async def test_a_truncated_file_is_refused(save, name, share):
    whole = encode(name, tone(48_000))
    problem = await refused(save(whole[: int(len(whole) * share)]))
    assert (problem.kind, problem.code) == (Kind.INVALID, "undecodable_audio")


@pytest.mark.parametrize(("container", "codec"), [("ipod", "aac"), ("webm", "libopus"), ("ogg", "vorbis")])
async def test_a_truncated_file_of_others_is_refused(save, tmp_path, container, codec):
    whole = remux(tmp_path / "made", container, codec, tone(96_000))
    assert (await refused(save(whole[: len(whole) * 6 // 10]))).code == "undecodable_audio"


async def test_an_mp3_or_aac_stream_may_be_cut_anywhere(save):
    for name in ("mp3", "aac"):
        whole = encode(name, tone(96_000), seekable=False)
        decoded = await decode(save(whole[: len(whole) * 6 // 10]))
        assert 45_000 < decoded.frames < 70_000, name


@pytest.mark.parametrize("name", ["wav", "flac"])
async def test_sound_of_no_frames_is_refused(save, name):
    assert (await refused(save(encode(name, tone(0))))).code == "undecodable_audio"


async def test_a_wav_that_claims_two_thousand_million_frames_is_refused_at_once(save):
    for claims in (0xFFFF_FFFE, 0x8000_0000):
        assert "truncated" in (await refused(save(wav(bytes(1000), claims=claims)))).message


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
async def test_samples_that_are_no_sound_are_refused(save, value):
    samples = tone(1000, 1)
    samples[500] = value
    problem = await refused(save(wav(samples.tobytes(), tag=3, bits=32)))
    assert (problem.kind, problem.code) == (Kind.INVALID, "undecodable_audio")


async def test_a_codec_off_the_list_is_refused(tmp_path):
    path = tmp_path / "upload"
    soundfile.write(path, tone(5_000), RATE, format="WAV", subtype="IMA_ADPCM")
    assert "codec" in (await refused(path)).message


async def test_more_than_two_channels_are_refused(save):
    assert "two channels" in (await refused(save(encode("flac", tone(5_000, 6))))).message


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("name", "seekable"),
    [("wav", True), ("flac", True), ("flac", False), ("mp3", True), ("opus", False), ("aac", False)],
)
async def test_silence_that_packs_into_nothing_ends_at_the_limit(save, name, seekable):
    path = save(encode(name, np.zeros((10 * RATE, 1), np.float32), seekable=seekable))
    problem = await refused(path, max_seconds=2.5)
    assert (problem.kind, problem.code) == (Kind.TOO_LARGE, "audio_too_long")
    assert problem.allowed == [0, 2.5]
    assert (await decode(path, max_seconds=10.5)).frames >= 10 * RATE


async def test_a_flac_that_claims_days_is_refused_before_it_is_decoded(save):
    file = bytearray(encode("flac", tone(5_000)))
    file[21] |= 0x0F
    file[22:26] = b"\xff\xff\xff\xff"
    assert (await refused(save(bytes(file)))).code == "audio_too_long"


async def test_a_child_that_takes_too_long_is_ended(save):
    problem = await refused(
        save(encode("wav", tone(5_000))), timeout_seconds=0.001
    )  # Python cannot start in this
    assert (problem.kind, problem.code) == (Kind.TIMEOUT, "decoding_timeout")


async def started(path: Path) -> tuple[AsyncIterator[Audio], int]:
    """A decoding under way, and its child's process id."""
    before = children()
    blocks = Sandbox().decode(path, DecodeLimits())
    await anext(blocks)
    (child,) = children() - before
    return blocks, child


@pytest.fixture
def minutes(save: Save) -> Path:
    return save(encode("wav", np.zeros((60 * RATE, 2), np.float32)))


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGKILL])
async def test_a_crash_of_the_child_is_the_files_fault(minutes, death):
    blocks, child = await started(minutes)
    os.kill(child, death)
    with pytest.raises(Problem) as caught:
        async for _ in blocks:
            pass
    assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "undecodable_audio")


async def test_who_stops_listening_ends_the_child(minutes):
    blocks, child = await started(minutes)
    await blocks.aclose()
    assert child not in children()


async def test_cancelling_ends_the_child(minutes):
    under_way = asyncio.Event()

    async def listen() -> None:
        async with contextlib.aclosing(Sandbox().decode(minutes, DecodeLimits())) as blocks:
            async for _ in blocks:
                under_way.set()
                await asyncio.sleep(0.01)

    task = asyncio.create_task(listen())
    await under_way.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def bytes_written(process: int) -> int:
    counters = Path(f"/proc/{process}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in counters)["wchar"])


async def test_the_child_waits_for_its_listener(minutes):
    """Memory stays flat however long the file: unread audio is not decoded."""
    blocks, child = await started(minutes)
    written, last = -1, -2
    while written != last:
        await asyncio.sleep(0.1)
        last, written = written, bytes_written(child)
    assert written < 4 << 20 < minutes.stat().st_size
    await blocks.aclose()


async def test_the_child_can_reach_nothing(minutes, monkeypatch):
    monkeypatch.setenv("MIXDOWN_SECRET", "hush")
    blocks, child = await started(minutes)
    process = Path(f"/proc/{child}")
    assert b"hush" not in (process / "environ").read_bytes()
    assert sorted(os.listdir(process / "fd")) == ["0", "1", "2"]
    limits = {
        line[:26].strip(): line[26:].split()[:2] for line in (process / "limits").read_text().splitlines()
    }
    assert limits["Max open files"] == ["3", "3"]
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max address space"] == [str(1 << 30)] * 2
    assert os.getsid(child) == child
    await blocks.aclose()


async def test_many_at_once(save):
    path = save(encode("flac", tone(20_000)))
    decoded = await asyncio.gather(*(decode(path) for _ in range(6)))
    assert {audio.frames for audio in decoded} == {20_000}


def test_a_child_whose_parent_has_died_ends(minutes):
    """Its pipe is broken; no write of a parent's is needed."""
    script = f"""
import asyncio, os
from pathlib import Path
from mixdown_kernel import DecodeLimits
from mixdown_mixing.decoding import Sandbox

async def main():
    blocks = Sandbox().decode(Path({str(minutes)!r}), DecodeLimits())
    await anext(blocks)
    children = [p.parent.name for p in Path("/proc").glob("[0-9]*/status")
                if f"PPid:\\t{{os.getpid()}}\\n" in p.read_text()]
    print(children[0], flush=True)
    os._exit(1)

asyncio.run(main())
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    status = Path("/proc", str(int(run.stdout)), "status")
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        while "(zombie)" not in status.read_text():  # pytest's timeout is the bound
            time.sleep(0.05)


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("name", ["wav", "mp3", "flac", "opus", "aac", "m4a", "webm"])
async def test_damaged_files_decode_or_are_refused_but_never_fail_otherwise(tmp_path, name):
    made = {"m4a": ("ipod", "aac"), "webm": ("webm", "libopus")}
    sound = tone(24_000)
    whole = remux(tmp_path / "made", *made[name], sound) if name in made else encode(name, sound)
    luck = random.Random(name)

    async def try_one(number: int) -> str:
        file = bytearray(whole)
        reach = len(file) if number % 2 else min(400, len(file))  # every other time the headers
        for _ in range(luck.choice((1, 4, 30))):
            file[luck.randrange(reach)] = luck.randrange(256)
        path = tmp_path / f"damaged-{number}"
        path.write_bytes(file)
        try:
            audio = await decode(path, max_seconds=30, timeout_seconds=30)
        except Problem as problem:
            return problem.code
        finally:
            path.unlink()
        return "decoded" if audio.frames else "empty"

    for first in range(0, 6, 3):
        outcomes = await asyncio.gather(*(try_one(number) for number in range(first, first + 3)))
        assert set(outcomes) <= {"decoded", "undecodable_audio", "audio_too_long"}


def test_the_backend_is_named_for_what_it_does():
    assert backend.name == "sandbox"
