"""Text that remembers where it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from heapq import merge

from mixdown_kernel import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """The run ``start:end`` of a text is to be spoken as ``spoken``."""

    start: int
    end: int
    spoken: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The run ``start:end`` of a text whose reading its author decided: no edit changes it any more. With ``ipa`` it is
    pronounced so, and never cut."""

    start: int
    end: int
    ipa: str | None = None

    def moved(self, by: int) -> Fixed:
        return Fixed(self.start + by, self.end + by, self.ipa)


@dataclass(frozen=True, slots=True)
class MappedText:
    """A text whose ``spans`` cover it in order and lead back to the original (see `Span`)."""

    text: str
    spans: tuple[Span, ...]
    fixed: tuple[Fixed, ...] = ()
    """In order, without overlap."""

    @classmethod
    def run(cls, spoken: str, start: int, end: int, *, replaced: bool = False) -> MappedText:
        """``spoken`` for the original's ``start:end``; equally long runs correspond character by character, unless
        one was ``replaced`` by the other."""
        return cls(spoken, (Span(0, len(spoken), start, end, replaced),) if spoken else ())

    @classmethod
    def join(cls, parts: Iterable[MappedText]) -> MappedText:
        """The parts one after the other; neighbours that continue each other become one span."""
        texts: list[str] = []
        spans: list[Span] = []
        fixed: list[Fixed] = []
        offset = 0
        for part in parts:
            texts.append(part.text)
            fixed += (run.moved(offset) for run in part.fixed)
            for span in part.spans:
                moved = replace(
                    span, spoken_start=span.spoken_start + offset, spoken_end=span.spoken_end + offset
                )
                if spans and spans[-1].end == moved.start and spans[-1].is_verbatim and moved.is_verbatim:
                    moved = Span(spans[-1].spoken_start, moved.spoken_end, spans.pop().start, moved.end)
                spans.append(moved)
            offset += len(part.text)
        return cls("".join(texts), tuple(spans), tuple(fixed))

    @property
    def start(self) -> int:
        """Where the original begins; the text is not empty."""
        return self.spans[0].start

    @property
    def end(self) -> int:
        return self.spans[-1].end

    def slice(self, start: int, end: int) -> MappedText:
        """``text[start:end]``. A part of a replaced run keeps the whole run as its original."""
        if start <= 0 and end >= len(self.text):
            return self
        spans: list[Span] = []
        for index in range(self._index(start), len(self.spans)):
            span = self.spans[index]
            if span.spoken_start >= end:
                break
            first, last = max(start, span.spoken_start), min(end, span.spoken_end)
            if first >= last:
                continue
            source = (span.start, span.end)
            if span.is_verbatim:
                source = (span.start + first - span.spoken_start, span.start + last - span.spoken_start)
            spans.append(Span(first - start, last - start, *source, span.replaced))
        return MappedText(self.text[start:end], tuple(spans), tuple(self._fixed_in(start, end)))

    def _fixed_in(self, start: int, end: int) -> Iterator[Fixed]:
        for index in range(self._first_fixed(start), len(self.fixed)):
            run = self.fixed[index]
            if run.start >= end:
                return
            if run.ipa is None or start <= run.start < run.end <= end:
                yield Fixed(max(run.start, start) - start, min(run.end, end) - start, run.ipa)

    def _first_fixed(self, position: int) -> int:
        """Of the runs that end behind ``position``."""
        return bisect_right(self.fixed, position, key=lambda run: run.end)

    def fix(self, runs: Iterable[tuple[int, int, str | None]]) -> MappedText:
        """With a reading decided of each run (start, end, IPA): in order, apart, and not decided before."""
        fixed = merge(self.fixed, (Fixed(*run) for run in runs), key=lambda run: run.start)
        return MappedText(self.text, self.spans, tuple(fixed))

    def is_free(self, start: int, end: int) -> bool:
        """Whether no reading is decided of any part of the run."""
        index = self._first_fixed(start)
        return index == len(self.fixed) or self.fixed[index].start >= end

    def strip(self) -> MappedText:
        """Without spaces at either end."""
        start = len(self.text) - len(self.text.lstrip())
        return self.slice(start, max(start, len(self.text.rstrip())))

    def replace(self, edits: Iterable[Edit]) -> MappedText:
        """With every edit applied that changes nothing fixed; edits are in order and do not overlap."""
        parts: list[MappedText] = []
        position = 0
        for edit in edits:
            if not self.is_free(edit.start, edit.end):
                continue
            parts.append(self.slice(position, edit.start))
            replaced = self.slice(edit.start, edit.end)
            parts.append(MappedText.run(edit.spoken, replaced.start, replaced.end, replaced=True))
            position = edit.end
        if not parts:
            return self
        parts.append(self.slice(position, len(self.text)))
        return MappedText.join(parts)

    def divisible(self, position: int) -> bool:
        """Whether the text can be cut here without two halves of one replaced run, or of one pronunciation."""
        index = self._first_fixed(position)
        if index < len(self.fixed) and self.fixed[index].ipa and self.fixed[index].start < position:
            return False
        span = self.spans[self._index(position)]
        if span.spoken_start < position < span.spoken_end:
            return span.is_verbatim
        before = self.spans[self._index(position - 1)]
        return before.end <= span.start

    def _index(self, position: int) -> int:
        return max(0, bisect_right(self.spans, position, key=lambda span: span.spoken_start) - 1)
