"""Stability AI's Stable Audio as a music backend: a hosted model, paid by the request.

Source: Stability AI's REST API, versions 2, 2.5 and 3 (contracts/audio-layers.md).
"""
