"""Models as files: which are known, where they lie, how they come and go."""
