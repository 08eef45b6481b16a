"""The audio-layer surface: one request, one scene."""
