"""Full-context labels for the HTS voice, written from flite's utterances, so that both voices share one front end.

Format ``HTS_TTS_ENG`` as festival's ``hts.scm`` writes it, with the same way of counting (stressed and accented
syllables before this one leave out the first of the phrase; distances end at the phrase's edges; 0 is none).

One thing is told otherwise. The voice's trees ask whether the utterance, or the phrase before, has exactly so many
syllables, of which our networks are told nothing. So the size of a phrase is told roughly (`_ROUGHLY`), those of others and of
the whole as if they were always the same, and a phrase is the first, the last, or another. On the sentences that are held out it is
understood as well as festival's (open word error rate 10.8 % beside 11.3 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mixdown_tts_onnx.mixdown.features import PAUSE, Phone

VOWELS = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
)
T = TypeVar("T")
_ROUGHLY = (1, 2, 3, 5, 5, 5, 8, 8, 8, 11, 11, 11, 11)
"""The size of a phrase of one, two, three … syllables or words, as it is told; beyond it is 16."""
_LONG, _OTHER, _WHOLE = 16, (6, 4), "12+9-2"
_NO_PHONE, _NONE = "x", "x-x-x@x-x&x-x#x-x$x-x!x-x;x-x|x"


@dataclass
class _Word:
    kind: str
    syllables: list[_Syllable] = field(default_factory=list)


@dataclass
class _Syllable:
    stressed: bool
    accented: bool
    word: _Word
    phones: list[int] = field(default_factory=list)
    vowel: str = "novowel"

    @property
    def outline(self) -> tuple[int, int, int]:
        return int(self.stressed), int(self.accented), len(self.phones)


class Labels:
    """Of one sentence. ``classes``: of each phone's word."""

    def __init__(self, phones: Sequence[Phone], classes: Sequence[str], rising: bool) -> None:
        self._names = [phone.name for phone in phones]
        self._rising = rising
        self._phrases: list[list[_Word]] = []
        self._syllable_of: dict[int, tuple[int, _Syllable]] = {}
        self._read(phones, classes)
        self._words = [word for phrase in self._phrases for word in phrase]
        self._syllables = [syllable for word in self._words for syllable in word.syllables]
        self._word_places = {id(word): place for place, word in enumerate(self._words)}
        self._places = {id(syllable): place for place, syllable in enumerate(self._syllables)}

    def lines(self) -> str:
        return "\n".join(map(self._line, range(len(self._names))))

    def _read(self, phones: Sequence[Phone], classes: Sequence[str]) -> None:
        after_pause = True
        for place, (phone, kind) in enumerate(zip(phones, classes, strict=True)):
            if phone.name == PAUSE:
                after_pause = True
                continue
            if after_pause:
                self._phrases.append([])
                after_pause = False
            words = self._phrases[-1]
            if phone.word_start or not words:
                words.append(_Word(kind))
            if phone.syllable_start or not words[-1].syllables:
                words[-1].syllables.append(_Syllable(phone.stressed, phone.accented, words[-1]))
            syllable = words[-1].syllables[-1]
            syllable.phones.append(place)
            if phone.name in VOWELS:
                syllable.vowel = phone.name
            self._syllable_of[place] = (len(self._phrases) - 1, syllable)

    def _line(self, place: int) -> str:
        around = [
            self._names[at] if 0 <= at < len(self._names) else _NO_PHONE for at in range(place - 2, place + 3)
        ]
        phones = "{}^{}-{}+{}={}".format(*around)
        if place in self._syllable_of:
            return phones + self._spoken(place, *self._syllable_of[place])
        return phones + self._silent(place)

    def _silent(self, place: int) -> str:
        _, last = self._syllable_of.get(place - 1, (-1, None))
        _, following = self._syllable_of.get(place + 1, (-1, None))
        return (
            f"@x_x/A:{_outline(last, '_')}/B:{_NONE}/C:{_outline(following, '+')}"
            f"/D:{_word(last.word if last else None)}/E:x+x@x+x&x+x#x+x/F:{_word(following.word if following else None)}"
            f"/G:{_other(last, '_')}/H:x=x@1={1 if len(self._phrases) == 1 else 2}|0/I:{_other(following, '=')}/J:{_WHOLE}"
        )

    def _spoken(self, place: int, number: int, syllable: _Syllable) -> str:
        phrase, word = self._phrases[number], syllable.word
        syllables = [one for each in phrase for one in each.syllables]
        at, in_word, in_phrase = (
            syllable.phones.index(place),
            _at(word.syllables, syllable),
            _at(syllables, syllable),
        )
        word_at, across, word_across = (
            _at(phrase, word),
            self._places[id(syllable)],
            self._word_places[id(word)],
        )
        stress, accent = [one.stressed for one in syllables], [one.accented for one in syllables]
        content = [each.kind == "content" for each in phrase]
        first, last = number == 0, number == len(self._phrases) - 1
        return (
            f"@{at + 1}_{len(syllable.phones) - at}/A:{_outline(_get(self._syllables, across - 1), '_')}"
            f"/B:{_outline(syllable, '-')}@{in_word + 1}-{len(word.syllables) - in_word}"
            f"&{in_phrase + 1}-{len(syllables) - in_phrase}"
            f"#{sum(stress[1:in_phrase]) + 1}-{sum(stress[in_phrase + 1 :]) + 1}"
            f"${sum(accent[1:in_phrase]) + 1}-{sum(accent[in_phrase + 1 :]) + 1}"
            f"!{_distances(stress, in_phrase, '-')};{_distances(accent, in_phrase, '-')}|{syllable.vowel}"
            f"/C:{_outline(_get(self._syllables, across + 1), '+')}/D:{_word(_get(self._words, word_across - 1))}"
            f"/E:{word.kind}+{len(word.syllables)}@{word_at + 1}+{len(phrase) - word_at}"
            f"&{sum(content[:word_at])}+{sum(content[word_at + 1 :])}#{_distances(content, word_at, '+')}"
            f"/F:{_word(_get(self._words, word_across + 1))}/G:{_other(not first, '_')}"
            f"/H:{_roughly(len(syllables))}={_roughly(len(phrase))}@{1 if first else 2}={1 if last else 2}"
            f"|{'H-H%' if self._rising and last else 'L-L%'}/I:{_other(not last, '=')}/J:{_WHOLE}"
        )


def _roughly(count: int) -> int:
    return _ROUGHLY[count - 1] if count <= len(_ROUGHLY) else _LONG


def _other(there: object, between: str) -> str:
    """The size of a phrase before or after, if there is one."""
    return between.join(map(str, _OTHER if there else (0, 0)))


def _get(items: Sequence[T], place: int) -> T | None:
    return items[place] if 0 <= place < len(items) else None


def _at(items: Sequence[T], item: T) -> int:
    """Where this very one stands; equal ones may be in front of it."""
    return next(place for place, each in enumerate(items) if each is item)


def _outline(syllable: _Syllable | None, between: str) -> str:
    return between.join(map(str, syllable.outline if syllable else (0, 0, 0)))


def _word(word: _Word | None) -> str:
    return f"{word.kind}_{len(word.syllables)}" if word else "0_0"


def _distances(marks: Sequence[bool], place: int, between: str) -> str:
    """To the nearest mark before and after."""
    before = next((place - at for at in range(place - 1, -1, -1) if marks[at]), 0)
    after = next((at - place for at in range(place + 1, len(marks)) if marks[at]), 0)
    return f"{before}{between}{after}"
