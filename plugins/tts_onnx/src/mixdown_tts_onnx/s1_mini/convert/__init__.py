"""From the public checkpoint to graphs: ``mixdown models convert s1-mini CHECKPOINT OUT``."""

from mixdown_tts_onnx.s1_mini.convert.conversion import convert_s1_mini
from mixdown_tts_onnx.s1_mini.convert.profiles import PROFILES, Profile

__all__ = ["PROFILES", "Profile", "convert_s1_mini"]
