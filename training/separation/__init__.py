"""The network by which ``two-stage`` weighs its evidence: heard, fitted, judged and written by ``make train-separation``."""
