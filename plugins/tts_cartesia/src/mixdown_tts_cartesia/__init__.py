"""Voices of Cartesia's Sonic-3."""

MIXDOWN_API_VERSION = 1
