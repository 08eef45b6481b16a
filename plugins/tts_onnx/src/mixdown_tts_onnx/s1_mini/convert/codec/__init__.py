"""Build the graphs of the S1-mini codec straight from its tensors, without an exporter."""

from mixdown_tts_onnx.s1_mini.convert.codec.decoder import build_decoder
from mixdown_tts_onnx.s1_mini.convert.codec.encoder import build_encoder
from mixdown_tts_onnx.s1_mini.convert.codec.profile import PROFILES, Profile
from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape
from mixdown_tts_onnx.s1_mini.convert.codec.weights import FoldedWeights

__all__ = ["PROFILES", "CodecShape", "FoldedWeights", "Profile", "build_decoder", "build_encoder"]
