"""What a request for speech may ask of a reader: how long a text, and where pronunciations lie in it."""

from __future__ import annotations

from itertools import pairwise

from mixdown_kernel import Phonemizer, SpeechRequest, invalid
from mixdown_tts_onnx.phonetic.words import Pronouncer, is_read

MAX_CHARACTERS = 10_000


def check_text(request: SpeechRequest) -> None:
    """Raises `Problem`: ``text_too_long``, ``bad_pronunciation``."""
    length = len(request.text)
    if length > MAX_CHARACTERS:
        raise invalid(
            "text_too_long",
            f"An utterance has at most {MAX_CHARACTERS} characters; this one has {length}.",
            field="text",
            allowed=[0, MAX_CHARACTERS],
            hint="Split the text into sentences.",
        )
    runs = request.pronunciations
    bounds = [0, *(bound for run in runs for bound in (run.text_start, run.text_end)), length]
    if any(run.text_start >= run.text_end for run in runs) or any(a > b for a, b in pairwise(bounds)):
        message = "Pronunciations lie inside the text, in order, without overlap."
        raise invalid("bad_pronunciation", message, field="pronunciations", allowed=[0, length])


def speakable(request: SpeechRequest) -> bool:
    """Whether anything of it may be heard at all, as it is written or as the phonemes that are given."""
    return bool(request.pronunciations) or any(map(is_read, request.text))


class Pronouncers:
    """The `Pronouncer` of whichever phonemizer is in use, with what it remembers."""

    def __reduce__(self) -> tuple[type[Pronouncers], tuple[()]]:
        """A family travels to other processes by value; what it remembers stays here."""
        return Pronouncers, ()

    def __init__(self) -> None:
        self._last: tuple[Phonemizer, Pronouncer] | None = None

    def of(self, phonemizer: Phonemizer) -> Pronouncer:
        if self._last is None or self._last[0] is not phonemizer:
            self._last = phonemizer, Pronouncer(phonemizer)
        return self._last[1]
