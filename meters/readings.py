"""Whether a text is read as a listener expects: sentences with their expected readings, and how many come out so.

Run: ``python -m meters.readings`` (add ``-v`` for the sentences that are read otherwise).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

READINGS = Path(__file__).parents[1] / "tests/plugins/text/readings"
FIRST_RUN = re.compile(r"^# First run: (?P<right>[0-9]+)/(?P<all>[0-9]+)", re.MULTILINE)

_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*|[^\w\s]")
_SILENT = frozenset(".,;:!?-–—()[]{}\"“”‘’'…")


@dataclass(frozen=True, slots=True)
class Sentence:
    written: str
    expected: tuple[str, ...]
    """Readings that are equally good."""


@dataclass(frozen=True, slots=True)
class Miss:
    sentence: Sentence
    heard: str


def load(name: str) -> list[Sentence]:
    """The sentences of ``development`` or ``held_out``."""
    lines = (READINGS / f"{name}.tsv").read_text().splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [Sentence(written, tuple(readings.split("|"))) for written, readings in rows]


def first_run(name: str) -> str | None:
    """``right/all`` as the file's header recorded it before any rule was mended for it."""
    match = FIRST_RUN.search((READINGS / f"{name}.tsv").read_text())
    return f"{match['right']}/{match['all']}" if match else None


def words(reading: str) -> list[str]:
    """What is compared: case, hyphens and punctuation do not count, signs that somebody would have to read do."""
    plain = re.sub(r"\b([ap])\.m\b\.?", r"\1m", reading.lower().replace("'", "").replace("’", ""))
    return [word for word in _WORD.findall(plain.replace("-", " ")) if word not in _SILENT]


def misses(sentences: Sequence[Sentence], read: Callable[[str], str]) -> Iterator[Miss]:
    for sentence in sentences:
        heard = read(sentence.written)
        if not any(words(heard) == words(expected) for expected in sentence.expected):
            yield Miss(sentence, heard)


def reader() -> Callable[[str], str]:
    """The house's own front end, from a text to the words that are said."""
    from mixdown_kernel import TextRequest
    from mixdown_text.front_end import FrontEnd
    from mixdown_text.settings import TextSettings

    front_end = FrontEnd(TextSettings())
    return lambda text: " ".join(
        utterance.text for utterance in front_end.script(TextRequest(text=text, markup="plain")).utterances
    )


def main(arguments: Sequence[str]) -> None:
    read, figures = reader(), []
    for name in ("development", "held_out"):
        if not (READINGS / f"{name}.tsv").exists():
            continue
        sentences = load(name)
        wrong = list(misses(sentences, read))
        first = first_run(name)
        figures.append(
            f"{name.replace('_', '-')} {len(sentences) - len(wrong)}/{len(sentences)}"
            + (f" (first run: {first})" if first else "")
        )
        for miss in wrong if "-v" in arguments else ():
            print(
                f"{miss.sentence.written}\n  heard    {miss.heard}\n  expected {' | '.join(miss.sentence.expected)}"
            )
    print(", ".join(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
