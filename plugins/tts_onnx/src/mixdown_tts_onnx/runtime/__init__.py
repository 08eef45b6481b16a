"""The process that holds a loaded model, and its supervisor."""
