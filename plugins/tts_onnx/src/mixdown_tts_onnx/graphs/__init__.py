"""Small changes to published graphs before they are loaded, without the package onnx: noise that follows a seed, and
inner tensors as outputs."""
