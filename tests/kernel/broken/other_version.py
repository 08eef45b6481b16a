"""Written for a contract of the future."""

MIXDOWN_API_VERSION = 99
