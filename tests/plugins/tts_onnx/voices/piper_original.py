"""What the package piper-tts makes of a graph. Run as a script: its phonemiser is GPL.

python piper_original.py GRAPH OUT.npz  < [[text, options], …]
"""

from __future__ import annotations

import json
import sys

import numpy as np
from piper import PiperVoice, SynthesisConfig


def main(graph: str, target: str) -> None:
    voice = PiperVoice.load(graph)
    made = {}
    for number, (text, options) in enumerate(json.load(sys.stdin)):
        config = SynthesisConfig(normalize_audio=False, noise_scale=0.0, noise_w_scale=0.0, **options)
        chunks = list(voice.synthesize(text, config, include_alignments=True))
        made[f"samples{number}"] = np.concatenate([chunk.audio_float_array for chunk in chunks])
        made[f"ids{number}"] = np.array([number for chunk in chunks for number in chunk.phoneme_ids])
        made[f"sentences{number}"] = np.array(len(chunks))
        aligned = [a.num_samples for chunk in chunks for a in chunk.phoneme_alignments or ()]
        made[f"aligned{number}"] = np.array(aligned)
    np.savez(target, **made)


if __name__ == "__main__":
    main(*sys.argv[1:])
