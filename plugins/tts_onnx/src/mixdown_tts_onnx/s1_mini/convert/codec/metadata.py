"""What a codec graph says about itself; the runtime needs nothing beside the file."""

from __future__ import annotations

import json
from dataclasses import asdict

from mixdown_tts_onnx.s1_mini.convert.codec.profile import Profile
from mixdown_tts_onnx.s1_mini.convert.codec.shape import CodecShape


def metadata(shape: CodecShape, profile: Profile) -> dict[str, str]:
    return {
        "mixdown.sample_rate": str(shape.sample_rate),
        "mixdown.frame_length": str(shape.frame_length),
        "mixdown.max_frames": str(shape.max_frames),
        "mixdown.codebooks": json.dumps(shape.codebooks),
        "mixdown.profile": json.dumps(asdict(profile)),
    }
