"""A recording to codes, for cloning."""

import numpy as np
import onnx
import pytest
from tests.plugins.tts_onnx.s1_mini import codec_graphs, codec_oracle

from mixdown_tts_onnx.engine import Options
from mixdown_tts_onnx.errors import EngineError
from mixdown_tts_onnx.s1_mini.codec import Encoder
from mixdown_tts_onnx.s1_mini.convert.codec import PROFILES

RATE = 1000  # a second is 31 frames of this shape
FRAME = codec_graphs.SHAPE.frame_length


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return codec_graphs.encoder(tmp_path_factory.mktemp("codec"), PROFILES["fp32"], sample_rate=RATE)


@pytest.fixture(scope="module")
def recording():
    """More than the windows of both transformers."""
    return np.random.default_rng(3).standard_normal(140 * FRAME + 5).astype(np.float32) * np.float32(0.3)


def test_the_codes_are_what_the_architecture_says(encoder, recording):
    whole = np.pad(recording, (0, FRAME - 5))
    expected, margin = codec_oracle.encode(codec_graphs.state(), whole, codec_graphs.HEAD_WIDTH)
    assert margin > 1e-4  # no decision hangs on rounding
    assert len(np.unique(expected)) > 10
    assert np.array_equal(encoder.encode(recording), expected)


def test_codes_do_not_depend_on_what_comes_later(encoder, recording):
    assert np.array_equal(encoder.encode(recording[: 50 * FRAME]), encoder.encode(recording)[:50])


def test_winograd_hears_the_same(encoder, recording, tmp_path):
    winograd = codec_graphs.encoder(tmp_path, PROFILES["winograd"], sample_rate=RATE)
    assert np.array_equal(winograd.encode(recording), encoder.encode(recording))


def test_a_graph_that_says_nothing_of_itself_is_refused(tmp_path):
    path = codec_graphs.encoder_file(tmp_path, PROFILES["fp32"], sample_rate=RATE)
    model = onnx.load(path, load_external_data=False)
    del model.metadata_props[:]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(EngineError) as refused:
        Encoder(path, Options())
    assert refused.value.code == "wrong_model"


def broken(recording):
    damaged = recording.copy()
    damaged[7] = np.nan
    return damaged


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda recording: recording[: RATE - 1], "lasts 1.0 seconds, not 1 to"),
        (lambda recording: recording[:0], "lasts 0.0 seconds"),
        (lambda recording: np.tile(recording, 40), "seconds, not 1 to"),
        (lambda recording: recording * 1e-4, "is silent"),
        (lambda recording: recording[: 4 * RATE, None], "not mono"),
        (broken, "no numbers"),
    ],
)
def test_recordings_without_a_voice_are_refused(encoder, recording, spoil, what):
    with pytest.raises(EngineError, match=what) as refused:
        encoder.encode(spoil(recording))
    assert refused.value.code == "bad_reference"
