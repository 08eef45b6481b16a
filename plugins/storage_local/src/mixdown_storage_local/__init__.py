"""Storage for Mixdown in a local folder: atomic, durable, listed, with range reads."""
