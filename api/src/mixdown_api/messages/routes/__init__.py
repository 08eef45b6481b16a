"""The routes of the personalised-message surface, at the paths of its contract."""
