"""OpenAudio S1-mini on ONNX Runtime: conversion from the public checkpoint, and speech.

Shape, prompt, sampling and their sources: fishaudio/fish-speech at commit d3df505 (code Apache-2.0; the weights are
CC-BY-NC-SA-4.0).
"""
