"""A seeded composer for Mixdown: exact tempo, key and duration, with stems."""
