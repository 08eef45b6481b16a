"""espeak-ng voices for Mixdown: a hundred languages offline, in child processes."""
