"""Mixing, mastering, resampling, stretch, encoders and safe decoding for Mixdown."""
