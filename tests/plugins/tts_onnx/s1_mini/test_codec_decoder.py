"""Codes to audio: as the published architecture has it, and the same however the stream is cut."""

import numpy as np
import pytest
from tests.plugins.tts_onnx.s1_mini import codec_graphs, codec_oracle

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.codec import Decoder
from mixdown_tts_onnx.s1_mini.convert.codec import PROFILES, Profile, winograd

FRAMES = 150  # more than the transformer's window


@pytest.fixture(scope="module")
def codes():
    return codec_graphs.codes(FRAMES)


@pytest.fixture(scope="module")
def expected(codes):
    return codec_oracle.decode(codec_graphs.state(), codes, codec_graphs.HEAD_WIDTH)


def snr(actual, expected):
    return 10 * np.log10(np.mean(expected**2) / np.mean((actual - expected) ** 2))


def in_pieces(decoder, codes, *cuts):
    stream = decoder.stream()
    return np.concatenate([stream.decode(piece) for piece in np.split(codes, cuts)])


def test_the_audio_is_what_the_architecture_says(codes, expected):
    audio = codec_graphs.decoder(PROFILES["fp32"]).decode(codes)
    assert audio.dtype == np.float32
    assert audio.shape == (FRAMES * codec_graphs.SHAPE.frame_length,)
    assert 0.01 < expected.std() < 0.5
    assert np.abs(audio - expected).max() < 1e-5


@pytest.mark.parametrize("cuts", [(1,), (1, 2, 3), (7, 8, 9, 77), tuple(range(1, FRAMES)), (0, 0, 149)])
def test_streamed_is_whole(codes, cuts):
    decoder = codec_graphs.decoder(PROFILES["fp32"])
    assert np.abs(in_pieces(decoder, codes, *cuts) - decoder.decode(codes)).max() < 1e-6


def test_streams_of_one_decoder_do_not_disturb_each_other(codes):
    decoder = codec_graphs.decoder(PROFILES["fp32"])
    other = codec_graphs.codes(40, seed=1)
    first, second = decoder.stream(), decoder.stream()
    mixed = [(first.decode(codes[at : at + 5]), second.decode(other[at : at + 5])) for at in range(0, 40, 5)]
    for audio, alone in zip(zip(*mixed, strict=True), (codes[:40], other), strict=True):
        assert np.array_equal(np.concatenate(audio), in_pieces(decoder, alone, *range(5, 40, 5)))


def test_no_frames_are_no_audio():
    assert codec_graphs.decoder(PROFILES["fp32"]).decode(codec_graphs.codes(0)).shape == (0,)


def test_a_code_beyond_its_codebook_is_its_last_entry():
    decoder = codec_graphs.decoder(PROFILES["fp32"])
    beyond = np.full((3, 3), 4095)
    assert np.array_equal(decoder.decode(beyond), decoder.decode(np.array([[23, 11, 11]] * 3)))


@pytest.mark.parametrize(("tile", "least"), [(4, 105), (6, 100), (8, 85)])
def test_winograd_is_exact_up_to_rounding(codes, expected, tile, least):
    decoder = codec_graphs.decoder(Profile(convolution="winograd", tile=tile))
    assert snr(decoder.decode(codes), expected) > least
    assert snr(in_pieces(decoder, codes, 1, 4, 90), expected) > least


def test_wide_stacks_are_taken_apart_without_effect(codes, expected, monkeypatch):
    monkeypatch.setattr(winograd, "WIDE", 1)
    decoder = codec_graphs.decoder.__wrapped__(Profile(convolution="winograd"))
    assert snr(decoder.decode(codes), expected) > 85


@pytest.mark.parametrize(
    ("profile", "least"),
    [
        (Profile(sine="polynomial"), 95),
        (Profile(half=True), 55),
        (Profile(linear="blockwise"), 50),
        (Profile(convolution="int8"), 28),
        (Profile(projection="int8"), 25),
        (PROFILES["winograd-int8"], 50),
        (PROFILES["int8"], 22),
    ],
)
def test_cheaper_arithmetic_stays_near(codes, expected, profile, least):
    decoder = codec_graphs.decoder(profile)
    assert snr(decoder.decode(codes), expected) > least
    assert snr(in_pieces(decoder, codes, 3, 50), expected) > least


@pytest.mark.parametrize("profile", PROFILES)
def test_equal_pieces_are_equal_bits(codes, profile):
    decoder = codec_graphs.decoder(PROFILES[profile])
    assert np.array_equal(in_pieces(decoder, codes, 3, 50), in_pieces(decoder, codes, 3, 50))


def test_a_stream_has_a_longest_length():
    stream = codec_graphs.decoder(PROFILES["fp32"], positions=20).stream()
    stream.decode(codec_graphs.codes(15))
    with pytest.raises(EngineError, match="at most 20 frames") as refused:
        stream.decode(codec_graphs.codes(6))
    assert refused.value.code == "too_long"
    assert stream.decode(codec_graphs.codes(5)).size


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 2), int), np.zeros(3, int), np.full((1, 3), -1), np.zeros((1, 3, 1), int)]
)
def test_codes_of_another_form_are_refused(wrong):
    with pytest.raises(EngineError) as refused:
        codec_graphs.decoder(PROFILES["fp32"]).decode(wrong)
    assert refused.value.code == "bad_codes"


def test_an_encoder_is_no_decoder(tmp_path):
    path = codec_graphs.encoder_file(tmp_path, PROFILES["fp32"], sample_rate=44100)
    with pytest.raises(EngineError) as refused:
        Decoder(path, Options())
    assert refused.value.code == "wrong_model"
