"""pocketsphinx and its American English model, and sound as they take it."""

from __future__ import annotations

from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Config, Decoder, get_model_path
from scipy.signal import resample_poly

MODEL_RATE = 16_000
LEAD_SECONDS = 0.3
NOISE_DB = -30.0


def decoder(lm: str | None = None, **options: Any) -> Any:
    """A decoder (some 100 ms); without a search unless ``lm`` is the path of a language model."""
    model = get_model_path()
    return Decoder(
        Config(
            hmm=f"{model}/en-us/en-us",
            dict=f"{model}/en-us/cmudict-en-us.dict",
            lm=lm,
            loglevel="FATAL",
            **options,
        )
    )


def language_model() -> str:
    """The path of pocketsphinx' own trigrams of American English."""
    return f"{get_model_path()}/en-us/en-us.lm.bin"


def pcm(samples: NDArray[np.floating[Any]], rate: int, noise_db: float = NOISE_DB) -> bytes:
    """Mono at the model's rate and one level, 300 ms of lead at both ends, with noise below it (30 dB, always the same):
    digital silence upsets the recogniser."""
    mono = np.asarray(samples, np.float64).reshape(len(samples), -1).mean(axis=1)
    common = gcd(rate, MODEL_RATE)
    mono = resample_poly(mono, MODEL_RATE // common, rate // common)
    lead = np.zeros(int(LEAD_SECONDS * MODEL_RATE))
    padded = np.concatenate([lead, mono, lead])
    level = 0.1 / max(float(np.sqrt(np.mean(np.square(mono)))) if len(mono) else 0.0, 1e-6)
    noise = np.random.default_rng(0).standard_normal(len(padded))
    noisy = padded * level + noise * 0.1 * 10 ** (noise_db / 20)
    return (np.clip(noisy, -1, 1) * 32767).astype(np.int16).tobytes()
