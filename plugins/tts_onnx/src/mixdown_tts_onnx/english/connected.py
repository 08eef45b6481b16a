"""What the words of a sentence do to each other: homographs, the letter and the article, forms before vowels, weak forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mixdown_tts_onnx.english.homographs import resolved
from mixdown_tts_onnx.english.phones import Phones, is_vowel, names, written
from mixdown_tts_onnx.english.spelling import letter
from mixdown_tts_onnx.english.tokens import Token
from mixdown_tts_onnx.english.words import Spoken

WEAK: Mapping[str, Phones] = {
    name: written(phones)
    for name, phones in {
        "am": "ax0 m", "an": "ax0 n", "and": "ax0 n d", "are": "er0", "as": "ax0 z", "at": "ax0 t", "but": "b ax0 t", "can": "k ax0 n",
        "for": "f er0", "from": "f r ax0 m", "had": "hh ax0 d", "has": "hh ax0 z", "have": "hh ax0 v", "of": "ax0 v", "or": "er0",
        "some": "s ax0 m", "than": "dh ax0 n", "them": "dh ax0 m", "was": "w ax0 z", "were": "w er0", "your": "y er0",
    }.items()
}  # fmt: skip
"""How function words sound where they are not stressed. The voices' teachers say them in full."""
_NAMED = names(
    "plan vitamin type grade class letter section hepatitis group option point part exhibit appendix figure"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A token with the words that it is."""

    token: Token
    spoken: tuple[Spoken, ...]


def connected(said: Sequence[Said], weak: bool) -> list[Said]:
    """The words of an utterance as they are said beside each other; ``weak`` reduces function words, too.

    Every token of ``said`` is at least one word.
    """
    said = _homographs(said)
    done: list[Said] = []
    for index in range(len(said) - 1, -1, -1):
        one = said[index]
        following = done[-1] if done and not one.token.pauses else None
        if one.token.kind == "word" and len(one.spoken) == 1:
            before = said[index - 1] if index and not said[index - 1].token.pauses else None
            one = replace(one, spoken=(_connected(one, before, following, weak),))
        done.append(one)
    return done[::-1]


def _homographs(said: Sequence[Said]) -> list[Said]:
    """With each homograph as its sentence has it."""
    words, owners = [], []
    for index, one in enumerate(said):
        for spoken in one.spoken:
            words.append(spoken.name)
            owners.append(index if len(one.spoken) == 1 and one.token.kind == "word" else None)
        if one.token.pauses:
            words.append("")
            owners.append(None)
    changed = list(said)
    for owner, phones in zip(owners, resolved(words), strict=True):
        if owner is not None and phones is not None:
            spoken = said[owner].spoken[0]
            changed[owner] = replace(said[owner], spoken=(replace(spoken, phones=phones),))
    return changed


def _connected(one: Said, before: Said | None, following: Said | None, weak: bool) -> Spoken:
    spoken = one.spoken[0]
    vowel = following is not None and is_vowel(following.spoken[0].phones[0])
    match spoken.name:
        case "a":
            return Spoken("_a", letter("a")) if _is_letter(one, before, following) else spoken
        case "the":
            return replace(spoken, phones=written("dh iy0" if vowel else "dh ax0"))
        case "to" if vowel or following is None:
            return replace(spoken, phones=written("t uw0"))
        case name if weak and following is not None and name in WEAK:
            return replace(spoken, phones=WEAK[name])
    return spoken


def _is_letter(one: Said, before: Said | None, following: Said | None) -> bool:
    """An A that is called, as in "plan A" and "U S A"."""
    if following is None:
        return True
    if before is not None and before.spoken[-1].name in _NAMED:
        return one.token.written == "A"
    beside = [other.token.written for other in (before, following) if other is not None]
    return one.token.written == "A" and any(
        len(written) == 1 and written.isupper() and written != "I" for written in beside
    )
