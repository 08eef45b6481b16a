"""Typed HTTP client for Mixdown, synchronous and asynchronous."""
