"""Voices of one's own: a recording and what is said in it, kept under a name or given with a request."""
