"""Who speaks when: several layers, or several voices that one text names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from mixdown_api.scenes.shown import Shown
from mixdown_kernel import TimedUtterance
from mixdown_kernel.plan import Plan, VoicePlan


@dataclass(frozen=True, slots=True)
class Speakers:
    """``layers``: what each voice layer is called, by its id. ``named``: the voice that a layer's text names for an
    utterance, by id and the utterance's offset."""

    layers: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> Speakers:
        """Those of a scene. A layer that speaks alone is called by its voice, one of several by its id."""
        alone = len(plan.voices) == 1
        return cls(
            {one.layer.id: _name(one, alone=alone) for one in plan.voices},
            {
                (one.layer.id, item.start): item.voice
                for one in plan.voices
                for item in one.script.utterances
                if item.voice
            },
        )

    def turns(
        self, layer: str, words: Sequence[Shown], utterances: Sequence[TimedUtterance]
    ) -> Iterator[tuple[str, list[Shown]]]:
        """A layer's words, parted where another voice takes over; each part after who says it."""
        own = self.layers.get(layer, layer)
        begins = [one.start_ms for one in utterances]
        names = [own, *(self.named.get((layer, one.start), own) for one in utterances)]

        def speaker(word: Shown) -> str:
            return names[bisect_right(begins, word.start_ms)]

        for name, turn in groupby(words, key=speaker):
            yield name, list(turn)


def _name(plan: VoicePlan, *, alone: bool) -> str:
    return (plan.layer.voice or plan.layer.id) if alone else plan.layer.id
