"""The S1-mini codec on ONNX Runtime: codes to audio, and audio to codes."""

from mixdown_tts_onnx.s1_mini.codec.decoder import Decoder, StreamingDecoder
from mixdown_tts_onnx.s1_mini.codec.encoder import Encoder

__all__ = ["Decoder", "Encoder", "StreamingDecoder"]
