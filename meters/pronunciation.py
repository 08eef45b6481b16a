"""Whether a front end says words as they are said: words it was never shown, and words that are spelled alike.

``homographs.txt`` holds a hundred sentences, each with one word whose reading the sense decides. A reading counts as that of
the listed ones to which it is nearest, so that two notations of one vowel do no harm.

Run: ``python -m meters.pronunciation`` (add ``-v`` for what is said otherwise).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meters.transcription import distance

Phones = tuple[str, ...]
"""ARPAbet, vowels with their stress, ``hh ax0 l ow1``."""
SENTENCES = Path(__file__).with_name("homographs.txt")
HELD_OUT = Path(__file__).parents[1] / "tests/plugins/tts_onnx/english/held_out.txt"
VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)

_BRACED = re.compile(r"\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class Homograph:
    """``text[start:end]`` has ``readings``, and the one of index ``meant`` is right."""

    text: str
    start: int
    end: int
    readings: tuple[Phones, ...]
    meant: int


@dataclass(frozen=True, slots=True)
class Right:
    """So many of all, and what was said of the others: one line each."""

    right: int
    all: int
    wrong: tuple[str, ...]

    @property
    def percent(self) -> float:
        return 100 * self.right / max(self.all, 1)


def homographs(path: Path = SENTENCES) -> Iterator[Homograph]:
    readings: tuple[Phones, ...] = ()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line[:1].isdigit():
            number, text = line.split(" ", 1)
            bare = _BRACED.sub(r"\1", text)
            found = _BRACED.search(text)
            assert found is not None, f"no word in braces: {line}"
            yield Homograph(bare, found.start(), found.end() - 2, readings, int(number) - 1)
        elif line and not line.startswith("#"):
            readings = tuple(tuple(one.split()) for one in line.partition(":")[2].split("|"))


def homographs_right(read: Callable[[str, int, int], Phones], each: Sequence[Homograph]) -> Right:
    """``read(text, start, end)``: the phones of the word that stands there."""
    wrong = []
    for one in each:
        phones = read(one.text, one.start, one.end)
        if nearest(phones, one.readings) != one.meant:
            wrong.append(f"{one.text} [{' '.join(phones)}]")
    return Right(len(each) - len(wrong), len(each), tuple(wrong))


def words_right(spell: Callable[[str], Phones], known: Mapping[str, Phones], *, stress: bool = True) -> Right:
    """``spell(word)``: its phones by rule, against those of ``known``; without ``stress`` the vowels' alone count."""
    wrong = []
    for word, expected in known.items():
        phones = spell(word)
        if (phones if stress else bare(phones)) != (expected if stress else bare(expected)):
            wrong.append(f"{word} [{' '.join(phones)}], not [{' '.join(expected)}]")
    return Right(len(known) - len(wrong), len(known), tuple(wrong))


def nearest(phones: Phones, readings: Sequence[Phones]) -> int | None:
    """The index of the reading that differs in the fewest places; None where two are as near. Stress counts as a place."""
    apart = [distance(_places(phones), _places(reading)) for reading in readings]
    return apart.index(min(apart)) if apart.count(min(apart)) == 1 else None


def bare(phones: Phones) -> Phones:
    """Without stress."""
    return tuple(phone.rstrip("012") for phone in phones)


def _places(phones: Phones) -> list[str]:
    """Each phone, and after a stressed one a mark of its own: a vowel misheard is no stress misplaced."""
    return [place for phone in phones for place in (phone.rstrip("012"), *("'" * phone.endswith(("1", "2"))))]


def of_the_house(text: str, start: int, end: int) -> Phones:
    """How the front end of the own voices says the word that stands at ``text[start:end]``."""
    from mixdown_tts_onnx.english import read

    reading = read(text)
    found = [word for word in reading.words if word.text_start < end and start < word.text_end]
    phones = [phone for word in found for phone in reading.phones[word.start : word.end]]
    return tuple(f"{one.name}{int(one.stressed)}" if one.name in VOWELS else one.name for one in phones)


def held_out(path: Path = HELD_OUT) -> dict[str, Phones]:
    """Words of a dictionary that the network was not trained on, with the phones that the table has for them."""
    from mixdown_tts_onnx.english.lexicon import lexicon

    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    found = {word: lexicon().find(word) for name, word in rows if name == "dictionary"}
    return {word: phones for word, phones in found.items() if phones}


def unseen(words: Iterable[str]) -> Callable[[str], Phones]:
    """How that front end would say a word if its table had none of ``words``, nor what may be their inflections."""
    from training.pronunciation.words import inflections

    from mixdown_tts_onnx.english.lexicon import lexicon
    from mixdown_tts_onnx.english.words import guessed

    hidden = {one for word in words for one in (word, *inflections(word))}
    return lambda word: guessed(word, lambda stem: None if stem in hidden else lexicon().find(stem))


def main(arguments: Sequence[str]) -> None:
    verbose = "-v" in arguments
    known = held_out()
    found = {
        "homographs": homographs_right(of_the_house, list(homographs())),
        "unseen words": words_right(unseen(known), known, stress=False),
        "and their stress": words_right(unseen(known), known),
    }
    for name, one in found.items():
        print(f"{name}: {one.right} of {one.all}, {one.percent:.1f} %")
        for line in one.wrong if verbose else ():
            print(f"  {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
