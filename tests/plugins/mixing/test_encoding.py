"""Every file is read back by decoders that share nothing with our encoders: PyAV's and libsndfile's."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from mixdown_kernel import Encoding, Kind, Problem, Samples
from mixdown_mixing.encoders import BuiltinEncoders, backend
from mixdown_mixing.encoders.pcm import to_int16

FORMATS = ("mp3", "wav", "pcm", "flac", "opus", "aac")
ENCODERS = BuiltinEncoders()


def chirp(frames: int, rate: int, channels: int = 1) -> Samples:
    """A rising tone: its cross-correlation has one sharp peak, so an offset cannot hide."""
    time = np.arange(frames) / rate
    seconds = max(frames, 1) / rate
    tone = 0.4 * np.sin(2 * np.pi * (200 * time + 1500 * time**2 / seconds))
    return np.repeat(tone[:, None], channels, axis=1).astype(np.float32)


def encode(
    name: str, samples: Samples, rate: int, *, seekable: bool, push: int = 480, **options: object
) -> bytes:
    encoding = Encoding.model_validate({"format": name, **options})
    encoder = ENCODERS.encoder(encoding, rate, samples.shape[1], seekable=seekable)
    file = bytearray()
    for start in range(0, len(samples), push):
        file += encoder.encode(samples[start : start + push])
    ending = encoder.finish()
    file += ending.tail
    for offset, data in ending.patches:
        file[offset : offset + len(data)] = data
    return bytes(file)


def by_av(file: bytes, format_: str | None = None) -> tuple[Samples, int]:
    with av.open(io.BytesIO(file), format=format_) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("flt", stream.layout)
        blocks = [
            converted.to_ndarray().reshape(-1, stream.channels)
            for frame in container.decode(stream)
            for converted in resampler.resample(frame)
        ]
        return np.concatenate([np.zeros((0, stream.channels), np.float32), *blocks]), stream.rate


def by_soundfile(file: bytes) -> tuple[Samples, int]:
    return soundfile.read(io.BytesIO(file), dtype="float32", always_2d=True)


def lag(decoded: Samples, original: Samples) -> int:
    """By how many frames the decoded sound is late."""
    size = 2 * max(len(decoded), len(original))
    spectrum = np.fft.rfft(decoded[:, 0], size) * np.conj(np.fft.rfft(original[:, 0], size))
    peak = int(np.argmax(np.fft.irfft(spectrum, size)))
    return peak if peak < size // 2 else peak - size


def snr_db(decoded: Samples, original: Samples) -> float:
    noise = decoded[: len(original)] - original
    return float(10 * np.log10(np.mean(original**2) / (np.mean(noise**2) + 1e-20)))


# ---------------------------------------------------------------- what there is


def test_six_formats_with_their_media_types():
    types = {name: entry.media_type for name, entry in ENCODERS.formats().items()}
    assert types == {
        "mp3": "audio/mpeg",
        "wav": "audio/wav",
        "pcm": "audio/pcm",
        "flac": "audio/flac",
        "opus": "audio/ogg",
        "aac": "audio/aac",
    }
    assert backend.name == "builtin"


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(Problem) as caught:
        ENCODERS.encoder(Encoding(format="wma"), 24_000, 1, seekable=True)
    assert (caught.value.kind, caught.value.code) == (Kind.INVALID, "unsupported_format")
    assert caught.value.field == "format"
    assert caught.value.allowed == list(FORMATS)


@pytest.mark.parametrize(
    ("options", "rate", "channels", "code", "allowed"),
    [
        ({"format": "opus"}, 44_100, 2, "unsupported_rate", [8000, 12000, 16000, 24000, 48000]),
        ({"format": "mp3"}, 96_000, 2, "unsupported_rate", None),
        ({"format": "mp3"}, 48_000, 3, "unsupported_channels", [1, 2]),
        ({"format": "mp3", "bitrate_kbps": 97}, 24_000, 1, "unsupported_bitrate", None),
        ({"format": "opus", "bitrate_kbps": 300}, 48_000, 1, "unsupported_bitrate", [8, 256]),
        ({"format": "wav", "bitrate_kbps": 96}, 48_000, 1, "unsupported_bitrate", [None]),
        ({"format": "flac", "float_samples": True}, 48_000, 1, "unsupported_samples", [False]),
    ],
)
def test_what_a_format_cannot_carry_is_refused(options, rate, channels, code, allowed):
    with pytest.raises(Problem) as caught:
        ENCODERS.encoder(Encoding(**options), rate, channels, seekable=True)
    assert caught.value.code == code
    assert caught.value.allowed
    assert allowed is None or caught.value.allowed == allowed


@pytest.mark.parametrize("name", ["mp3", "opus", "aac"])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_listed_rate_works_at_the_default_bit_rate(name, channels):
    for rate in ENCODERS.formats()[name].rates:
        sound = chirp(rate // 2, rate, channels)
        decoded, _ = by_av(encode(name, sound, rate, seekable=True))
        assert np.abs(decoded).max() > 0.2, rate


# ---------------------------------------------------------------- samples


def test_16_bit_samples_round_and_clip_but_never_wrap():
    levels = np.array([[0.0], [1.0], [-1.0], [1.5], [-7.0], [0.5 / 32768], [1.5 / 32768]], np.float32)
    assert to_int16(levels).ravel().tolist() == [0, 32767, -32768, 32767, -32768, 0, 2]


def test_every_16_bit_value_passes_unchanged():
    every = np.arange(-32768, 32768, dtype=np.int16)
    assert np.array_equal(to_int16((every / 32768).astype(np.float32)[:, None]).ravel(), every)


def test_pcm_is_16_bit_little_endian_and_nothing_else():
    assert encode("pcm", np.array([[0.5, -0.5]], np.float32), 24_000, seekable=False) == b"\x00\x40\x00\xc0"


@pytest.mark.parametrize("name", ["wav", "flac"])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seekable", [True, False])
def test_lossless_formats_give_back_every_16_bit_sample(name, channels, seekable):
    sound = chirp(24_001, 24_000, channels)
    file = encode(name, sound, 24_000, seekable=seekable)
    decoders = [by_av, by_soundfile]
    if name == "flac" and not seekable:
        decoders.remove(
            by_soundfile
        )  # python-soundfile cannot read a FLAC whose header leaves the length open
    for decoded, rate in (decoder(file) for decoder in decoders):
        assert rate == 24_000
        assert np.array_equal(decoded, to_int16(sound) / np.float32(32768))


@pytest.mark.parametrize("seekable", [True, False])
def test_float_wav_gives_back_every_bit_even_beyond_full_scale(seekable):
    sound = 3 * chirp(4801, 48_000, 2)
    file = encode("wav", sound, 48_000, seekable=seekable, float_samples=True)
    for decoded, _ in (by_av(file), by_soundfile(file)):
        assert np.array_equal(decoded, sound)


# ---------------------------------------------------------------- lossy formats


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 1), (48_000, 2), (16_000, 1)])
@pytest.mark.parametrize("frames_more", [0, 1, 777])
def test_mp3_in_a_seekable_sink_is_gapless(rate, channels, frames_more):
    sound = chirp(rate + frames_more, rate, channels)
    file = encode("mp3", sound, rate, seekable=True)
    for decoded, rate_out in (by_av(file), by_soundfile(file)):
        assert rate_out == rate
        assert decoded.shape == sound.shape
        assert lag(decoded, sound) == 0
        assert snr_db(decoded, sound) > 25


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(8_000, 1, 8), (11_025, 2, 24), (22_050, 1, 64), (24_000, 2, 160), (32_000, 1, 32)])
    | st.sampled_from([(44_100, 2, 128), (44_100, 1, 320), (48_000, 2, 192)]),
    st.integers(600, 9_000),
)
def test_mp3_is_gapless_at_any_length_and_bit_rate(shape, frames):
    rate, channels, kbps = shape
    file = encode("mp3", chirp(frames, rate, channels), rate, seekable=True, bitrate_kbps=kbps)
    # FFmpeg may take a file of two or three MPEG frames for something else, if it is not told.
    assert len(by_av(file, "mp3")[0]) == frames
    assert len(by_soundfile(file)[0]) == frames


def test_an_mp3_stream_begins_within_two_mpeg_frames_and_loses_nothing():
    sound = chirp(24_000, 24_000)
    decoded, _ = by_av(encode("mp3", sound, 24_000, seekable=False))
    late = lag(decoded, sound)
    assert 0 <= late <= 2 * 576
    assert snr_db(decoded[late:], sound) > 25


def test_speech_mp3_is_96_kbps():
    file = encode("mp3", chirp(240_000, 24_000), 24_000, seekable=True)
    assert len(file) * 8 / 10 / 1000 == pytest.approx(96, rel=0.02)


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 1), (48_000, 2), (16_000, 1)])
@pytest.mark.parametrize("frames_more", [0, 1, 777])
def test_opus_is_gapless_streamed_or_not(rate, channels, frames_more):
    sound = chirp(rate + frames_more, rate, channels)
    file = encode("opus", sound, rate, seekable=False)
    assert file == encode("opus", sound, rate, seekable=True)
    decoded, rate_out = by_av(file)
    assert rate_out == 48_000
    assert len(decoded) == len(sound) * 48_000 // rate
    aligned = decoded[:: 48_000 // rate]
    assert abs(lag(aligned, sound)) <= 1
    # Opus shapes noise to hearing and not to the waveform: level, not SNR, is what must be kept.
    assert 20 * np.log10(np.std(decoded) / np.std(sound)) == pytest.approx(0, abs=0.5)
    assert len(by_soundfile(file)[0]) == len(sound)


@pytest.mark.parametrize(("rate", "channels"), [(24_000, 1), (48_000, 2)])
def test_aac_is_late_by_its_documented_delay_and_complete(rate, channels):
    sound = chirp(rate, rate, channels)
    decoded, rate_out = by_av(encode("aac", sound, rate, seekable=False))
    assert rate_out == rate
    assert lag(decoded, sound) == 1024
    assert snr_db(decoded[1024:], sound) > 25


# ---------------------------------------------------------------- as they are made


@pytest.mark.parametrize(
    ("name", "most"), [("wav", 1), ("pcm", 1), ("opus", 3), ("mp3", 3), ("aac", 3), ("flac", 5)]
)
def test_bytes_come_out_as_soon_as_they_exist(name, most):
    """The largest number of 20 ms pushes between two outputs, the start included."""
    sound = chirp(96_000, 48_000, 2)
    encoder = ENCODERS.encoder(Encoding(format=name), 48_000, 2, seekable=False)
    waiting = longest = 0
    for start in range(0, len(sound), 960):
        waiting += 1
        if encoder.encode(sound[start : start + 960]):
            longest, waiting = max(longest, waiting), 0
    encoder.finish()
    assert max(longest, waiting) <= most


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("seekable", [True, False])
def test_the_block_size_leaves_no_trace_in_the_bytes(name, seekable):
    sound = chirp(12_345, 24_000)
    files = {encode(name, sound, 24_000, seekable=seekable, push=push) for push in (7, 480, 5_000, 20_000)}
    assert len(files) == 1


FINGERPRINT = """
import hashlib, numpy as np
from mixdown_kernel import Encoding
from mixdown_mixing.encoders import BuiltinEncoders
sound = np.sin(np.arange(9000, dtype=np.float32) / 9)[:, None] * np.float32(0.4)
for name in ("mp3", "wav", "pcm", "flac", "opus", "aac"):
    encoder = BuiltinEncoders().encoder(Encoding(format=name), 24000, 1, seekable=False)
    print(name, hashlib.sha256(encoder.encode(sound) + encoder.finish().tail).hexdigest())
"""


def test_two_fresh_processes_make_equal_bytes():
    first, second = (
        subprocess.run([sys.executable, "-c", FINGERPRINT], capture_output=True, check=True, text=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert len(set(first.split())) == 12


WITHOUT_FFMPEG = """
import asyncio, sys, pathlib
sys.modules["av"] = None  # as where the extra is not installed
from mixdown_kernel import DecodeLimits, Encoding, Problem
from mixdown_kernel.encoding import format_of
from mixdown_mixing.decoding import Sandbox
from mixdown_mixing.encoders import BuiltinEncoders

def told(work):
    try:
        return work()
    except Problem as problem:
        print(problem.kind, problem.code, "mixdown[ffmpeg]" in problem.hint)

async def first_block(path):
    return await anext(Sandbox().decode(path, DecodeLimits()))

encoders = BuiltinEncoders()
print(*encoders.formats())
for name in encoders.formats():
    encoders.encoder(Encoding(format=name), 24000, 1, seekable=False).finish()
print(encoders.fingerprint().partition("-")[0])
told(lambda: encoders.encoder(Encoding(format="aac"), 24000, 1, seekable=False))
told(lambda: format_of(encoders, Encoding(format="aac")))
path = pathlib.Path(sys.argv[1])
path.write_bytes(bytes.fromhex("fff15080021ffc") + bytes(100))
told(lambda: asyncio.run(first_block(path)))
"""


def test_without_ffmpeg_there_is_everything_but_aac_and_the_problem_says_how_to_get_it(tmp_path):
    command = [sys.executable, "-c", WITHOUT_FFMPEG, str(tmp_path / "upload")]
    run = subprocess.run(command, capture_output=True, check=True, text=True)
    assert run.stdout.splitlines() == [
        "mp3 wav pcm flac opus",
        "lameenc",
        "unsupported missing_codec True",
        "invalid unsupported_format True",
        "unsupported missing_codec True",
    ]


def test_offering_the_encoders_imports_no_codec():
    code = (
        "import sys, mixdown_mixing.encoders, mixdown_mixing.decoding\n"
        "print(sorted({'av', 'lameenc', 'soundfile'} & set(sys.modules)))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
        == "[]\n"
    )


# ---------------------------------------------------------------- headers


def test_a_streamed_wav_has_the_44_byte_header_of_unknown_length():
    file = encode("wav", chirp(1000, 24_000), 24_000, seekable=False)
    assert len(file) == 44 + 2000
    assert file[4:8] == file[40:44] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("seekable", [True, False])
def test_the_standard_library_reads_our_wav(seekable):
    with wave.open(io.BytesIO(encode("wav", chirp(1000, 24_000), 24_000, seekable=seekable))) as reader:
        assert reader.getparams()[:3] == (1, 2, 24_000)
        assert len(reader.readframes(reader.getnframes())) == 2000


def test_a_wav_past_4_gib_is_rf64(tmp_path: Path):
    block = np.zeros((1 << 20, 8), np.float32)
    encoding = Encoding(format="wav", float_samples=True)
    encoder = ENCODERS.encoder(encoding, 48_000, 8, seekable=True)
    header = encoder.encode(block)[: -(block.nbytes)]
    for _ in range(128):
        encoder.encode(block)
    ending = encoder.finish()
    assert [(offset, len(data)) for offset, data in ending.patches] == [(0, len(header))]
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        file.write(ending.patches[0][1])
        file.truncate(len(header) + 129 * block.nbytes)  # sparse
    assert soundfile.info(path).frames == 129 << 20
    with av.open(str(path)) as container:
        assert container.streams.audio[0].duration == 129 << 20


def test_a_seekable_flac_carries_its_length_and_md5():
    sound = chirp(24_001, 24_000)
    file = encode("flac", sound, 24_000, seekable=True)
    stream_info = file[8:42]
    assert int.from_bytes(stream_info[10:18], "big") & (1 << 36) - 1 == 24_001
    assert stream_info[18:] == hashlib.md5(to_int16(sound).tobytes()).digest()


@pytest.mark.parametrize("seekable", [True, False])
def test_sound_of_no_frames(seekable):
    nothing = np.zeros((0, 1), np.float32)
    for name in ("wav", "flac"):
        assert by_av(encode(name, nothing, 24_000, seekable=seekable))[0].shape == (0, 1)
    for name in ("pcm", "mp3", "aac"):
        assert encode(name, nothing, 24_000, seekable=seekable) == b""
    assert encode("opus", nothing, 24_000, seekable=seekable).startswith(b"OggS")


def test_the_fingerprint_names_the_codecs_versions():
    assert f"av-{av.__version__}" in ENCODERS.fingerprint().split()
