"""``/v1/audio/stream``: layers join, change and leave a mix while it is heard."""
