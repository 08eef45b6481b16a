"""Seamless ambience loops for Mixdown, synthesised circularly."""
