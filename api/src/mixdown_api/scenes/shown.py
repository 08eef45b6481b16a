"""The words of a timeline as a reader sees them: spelt and punctuated as in the text that they were spoken from."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, takewhile

from mixdown_api.scenes.written import Written
from mixdown_kernel import TimedUtterance, TimedWord, Timeline

LINE_WIDTH = 42.0
"""Characters a line, by Netflix's Timed Text Style Guide; the BBC's allow about as many."""
WIDE = LINE_WIDTH / 16
"""Of Chinese or Japanese a line holds 16."""
SENTENCE_ENDS = tuple(".!?…。！？؟۔।॥։።")
CLOSING = "\"')]}”’»›」』）】"
_OPENS_NEXT = re.compile(r"(?:\n.*|\s+(?:[«‹]\s+)?\S*)\Z", re.DOTALL)
"""Between two words, what belongs to the second: a new line, or what follows the last space."""
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_CJK}][^\w\s]*|[^\s{_CJK}]+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A word with its punctuation. ``spaced``: apart from the one before; ``ends``: the last one of a sentence."""

    text: str
    start_ms: int
    end_ms: int
    spaced: bool = True
    ends: bool = False


def shown_words(timeline: Timeline, text: str) -> list[Shown]:
    """The words of the ``text`` that was spoken, none wider than a line.

    Where the voice gave no word times, an utterance's time is shared out in proportion to the width of its words.
    """
    written = Written(text)
    if timeline.words:
        found = _timed(timeline.words, timeline.utterances, written)
    else:
        found = _estimated(timeline.utterances, written)
    return [part for word in found for part in _parts(word)]


def width(text: str) -> float:
    """In columns of Latin text."""
    return float(len(text)) if text.isascii() else sum(map(_columns, text))


def is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _columns(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    return WIDE if is_wide(character) else 1.0


def _timed(
    words: Sequence[TimedWord], utterances: Sequence[TimedUtterance], written: Written
) -> Iterator[Shown]:
    starts = [word.start for word in words]
    last = {bisect_left(starts, utterance.end) - 1 for utterance in utterances}
    opening = written.unspoken(0, starts[0])
    for number, (word, following) in enumerate(zip(words, [*starts[1:], written.length], strict=True)):
        gap = written.unspoken(word.end, following)
        cut = _closes(gap)
        whole = opening + written.between(word.start, word.end) + gap[:cut]
        text = _line(whole)
        ends = number in last and (_ends_sentence(text) or "\n" in gap)
        spaced = number == 0 or whole[:1].isspace()
        yield Shown(text, word.start_ms, word.end_ms, spaced, ends)
        opening = gap[cut:]


def _line(text: str) -> str:
    return " ".join(text.split())


def _ends_sentence(text: str) -> bool:
    return text.rstrip(CLOSING).endswith(SENTENCE_ENDS)


def _closes(gap: str) -> int:
    """How much of what stands between two words belongs to the first."""
    opens = _OPENS_NEXT.search(gap)
    if opens:
        return opens.start()
    return sum(1 for _ in takewhile(lambda one: unicodedata.category(one) not in ("Ps", "Pi"), gap))


def _estimated(utterances: Sequence[TimedUtterance], written: Written) -> Iterator[Shown]:
    for utterance in utterances:
        seen = _line(written.unspoken(utterance.start, utterance.end))
        runs = list(_RUN.finditer(seen))
        lasting = _shares(utterance.start_ms, utterance.end_ms, [width(run.group()) for run in runs])
        for run, (start, end) in zip(runs, lasting, strict=True):
            spaced = seen[run.start() - 1 : run.start()] in ("", " ")
            ends = run is runs[-1] and _ends_sentence(seen)
            yield Shown(run.group(), start, end, spaced, ends)


def _shares(start: int, end: int, weights: Sequence[float]) -> list[tuple[int, int]]:
    whole = sum(weights) or 1.0
    bounds = [start + round((end - start) * part / whole) for part in accumulate(weights, initial=0.0)]
    return list(pairwise(bounds))


def _parts(word: Shown) -> list[Shown]:
    """A word that is wider than a line, in pieces that are not."""
    if width(word.text) <= LINE_WIDTH:
        return [word]
    pieces = [""]
    for cluster in re.findall(r"(?:.\u200d)*.[\u0300-\u036f\u200d\ufe0f]*", word.text):
        if width(pieces[-1] + cluster) > LINE_WIDTH:
            pieces.append("")
        pieces[-1] += cluster
    times = _shares(word.start_ms, word.end_ms, [width(piece) for piece in pieces])
    parts = [Shown(piece, *time, spaced=False) for piece, time in zip(pieces, times, strict=True)]
    parts[0] = replace(parts[0], spaced=word.spaced)
    parts[-1] = replace(parts[-1], ends=word.ends)
    return parts
