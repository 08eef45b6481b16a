"""The OpenAI audio surface: an unmodified official SDK speaks to it."""
