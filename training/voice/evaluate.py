"""What the voices have learnt: the graphs that are shipped, on sentences that no choice was made by.

Against the teachers' parameters at the teachers' durations; how they sound, `meters.own_voice` judges.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from meters.likeness import Likeness, mean_likeness, of_parameters
from numpy.typing import NDArray

from mixdown_tts_onnx.mixdown.features import FRAME_MS, PAUSE, phone_features, position_features, rises
from training.voice.engines import Spoken
from training.voice.lessons import heard, held_out
from training.voice.targets import LAYOUTS, durations, targets
from training.voice.voices import Voice

FIGURES = Path(__file__).with_name("figures.json")


@dataclass(frozen=True, slots=True)
class Figures:
    """``durations_ms`` of phones that are no pauses; ``sha256`` of the graphs that made them, by file."""

    mcd_db: float
    f0_cents: float
    durations_ms: float
    voicing_percent: float
    sha256: Mapping[str, str]


class Graphs:
    """A voice as the wheel carries it."""

    def __init__(self, folder: Path) -> None:
        files = {name: folder / f"{name}.onnx" for name in ("encoder", "decoder")}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._encoder, self._decoder = (
            onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
            for file in files.values()
        )
        self.sha256 = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files.values()}

    def say(
        self, spoken: Spoken, lengths: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Parameters at the phones' ``lengths`` in frames, and the lengths that the voice itself would choose."""
        ids, features = phone_features(spoken.phones, rises(spoken.text))
        hidden, chosen = self._encoder.run(
            ["hidden", "durations"], {"phones": ids[None], "features": features[None]}
        )
        frames = {"hidden": np.repeat(hidden, lengths, axis=1), "position": position_features(lengths)[None]}
        (parameters,) = self._decoder.run(["parameters"], frames)
        return parameters[0], chosen[0]


def evaluated(voice: Voice, graphs: Graphs, folder: Path) -> Figures:
    """On the sentences that are held out; what the teacher says of them is kept in ``folder``."""
    likenesses: list[Likeness] = []
    late: list[NDArray[np.float64]] = []
    wrong: list[NDArray[np.bool_]] = []
    for spoken in heard(voice.teacher, held_out(), folder, "held-out", sound=True):
        lengths, wanted = durations(spoken), targets(voice.teacher, spoken)
        made, chosen = graphs.say(spoken, lengths)
        likenesses.append(of_parameters(made, wanted, LAYOUTS[voice.teacher].cepstra))
        speaks = np.array([phone.name != PAUSE for phone in spoken.phones])
        late.append(np.abs(chosen - lengths)[speaks].astype(np.float64))
        wrong.append((made[:, 1] > 0.5) != (wanted[:, 1] > 0.5))
    likeness = mean_likeness(likenesses)
    return Figures(
        round(likeness.mcd_db, 3),
        round(likeness.f0_cents, 1),
        round(FRAME_MS * float(np.concatenate(late).mean()), 2),
        round(100 * float(np.concatenate(wrong).mean()), 2),
        graphs.sha256,
    )


def noted(figures: Mapping[str, Figures], path: Path = FIGURES) -> None:
    """Where `meters.own_voice` finds them."""
    members = {name: asdict(found) for name, found in figures.items()}
    path.write_text(json.dumps(members, indent=2) + "\n", encoding="utf-8")
