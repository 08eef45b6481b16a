raise RuntimeError("no engine on this machine")
