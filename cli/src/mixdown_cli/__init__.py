"""Text in, finished audio out: the mixdown command and the default set of plugins."""
