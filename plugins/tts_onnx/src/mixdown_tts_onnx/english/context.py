"""Whether a word is a verb where it stands, by the words beside it: no tagger, a handful of cues that decide most cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mixdown_tts_onnx.english.phones import names

DETERMINERS = names(
    "a an the this these those my your his her its our their whose no any some each every another either neither both all "
    "many several few most more much such what which"
)
PREPOSITIONS = names(
    "of in for with from by on at into onto without between within under over through during before after about against "
    "among around behind beside beyond near across along above below per than like as off toward towards upon via"
)
SUBJECTS = names(
    "i you he she it we they who there everyone everybody anyone anybody nobody someone somebody"
)
OBJECTS = names("me him them us it you")
DOES = names("do does did don't doesn't didn't")
MODALS = names(
    "will would can could shall should may might must cannot can't won't wouldn't couldn't shouldn't mustn't let's 'll i'll "
    "you'll he'll she'll we'll they'll i'd you'd he'd she'd we'd they'd gonna"
)
BEING = names(
    "is are was were be been being am isn't aren't wasn't weren't i'm you're we're they're seem seems seemed"
)
HAVING = names("have has had having haven't hasn't hadn't i've you've we've they've")
LETTING = names("let lets make makes made help helps helped watch watched see saw hear heard have")
_ADVERBS = names(
    "not always never often also still just even sometimes usually really only ever soon now rarely seldom again please then"
)
_NUMBERS = names(
    "one two three four five six seven eight nine ten twenty hundred thousand million first second third last"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A word among those of its sentence, all in lower case; a comma or another mark between two of them is ``""``."""

    words: Sequence[str]
    index: int

    @property
    def word(self) -> str:
        return self.words[self.index]

    def at(self, offset: int) -> str:
        """The word so many places on; ``""`` beyond the sentence."""
        index = self.index + offset
        return self.words[index] if 0 <= index < len(self.words) else ""

    @property
    def before(self) -> str:
        """The nearest word before it that is no adverb."""
        return self._before()[0]

    @property
    def governor(self) -> str:
        """The word before `before`."""
        return self._before()[1]

    def _before(self) -> tuple[str, str]:
        offset = -1
        while self.at(offset) and is_adverb(self.at(offset)):
            offset -= 1
        return self.at(offset), self.at(offset - 1)

    @property
    def after(self) -> str:
        return self.at(1)

    def near(self, words: frozenset[str]) -> bool:
        """Whether any of them is in the sentence."""
        return not words.isdisjoint(self.words)


def is_adverb(word: str) -> bool:
    return word in _ADVERBS or (word.endswith("ly") and len(word) > 4)


def is_plural(word: str) -> bool:
    if word in ("children", "people", "men", "women", "police"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "us", "is", "'s")) and len(word) > 3


def is_verb(place: Place, default: bool = False) -> bool:
    """Whether the word is a verb; ``default`` where nothing tells."""
    before, after = place.before, place.after
    if before == "to" or before in MODALS | DOES or place.at(-1) == "please":
        return True
    if before in SUBJECTS or (before in OBJECTS | {"her"} and place.governor in LETTING):
        return True
    if not before and is_adverb(place.at(-1)):
        return True
    if before == "that":
        return after in DETERMINERS | OBJECTS
    if before in DETERMINERS | PREPOSITIONS | BEING | HAVING | _NUMBERS or before.endswith("'s"):
        return False
    if after in DETERMINERS | OBJECTS | {"that"}:
        return True
    if is_plural(before) and not is_plural(place.word) and after:
        return True
    return default
