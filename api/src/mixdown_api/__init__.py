"""The generic HTTP facade over a Mixdown kernel."""
