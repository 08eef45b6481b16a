"""Finished files, kept in storage and fetched by URL."""
