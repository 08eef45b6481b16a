"""Local neural voices on ONNX Runtime."""

MIXDOWN_API_VERSION = 1
