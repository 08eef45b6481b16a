"""Text that remembers where it came from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from mixdown_kernel import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """The run ``start:end`` of a text is to be spoken as ``spoken``."""

    start: int
    end: int
    spoken: str


def _is_verbatim(span: Span) -> bool:
    return span.spoken_end - span.spoken_start == span.end - span.start


@dataclass(frozen=True, slots=True)
class MappedText:
    """A text whose ``spans`` cover it in order and lead back to the original (see `Span`)."""

    text: str
    spans: tuple[Span, ...]

    @classmethod
    def run(cls, spoken: str, start: int, end: int) -> MappedText:
        """``spoken`` for the original's ``start:end``; equally long runs correspond character by character."""
        return cls(spoken, (Span(0, len(spoken), start, end),) if spoken else ())

    @classmethod
    def join(cls, parts: Iterable[MappedText]) -> MappedText:
        """The parts one after the other; neighbours that continue each other become one span."""
        texts: list[str] = []
        spans: list[Span] = []
        offset = 0
        for part in parts:
            texts.append(part.text)
            for span in part.spans:
                moved = Span(span.spoken_start + offset, span.spoken_end + offset, span.start, span.end)
                if spans and spans[-1].end == moved.start and _is_verbatim(spans[-1]) and _is_verbatim(moved):
                    moved = Span(spans[-1].spoken_start, moved.spoken_end, spans.pop().start, moved.end)
                spans.append(moved)
            offset += len(part.text)
        return cls("".join(texts), tuple(spans))

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
            if _is_verbatim(span):
                source = (span.start + first - span.spoken_start, span.start + last - span.spoken_start)
            spans.append(Span(first - start, last - start, *source))
        return MappedText(self.text[start:end], tuple(spans))

    def strip(self) -> MappedText:
        """Without spaces at either end."""
        start = len(self.text) - len(self.text.lstrip())
        return self.slice(start, max(start, len(self.text.rstrip())))

    def replace(self, edits: Iterable[Edit]) -> MappedText:
        """With every edit applied; edits are in order and do not overlap."""
        parts: list[MappedText] = []
        position = 0
        for edit in edits:
            parts.append(self.slice(position, edit.start))
            replaced = self.slice(edit.start, edit.end)
            parts.append(MappedText.run(edit.spoken, replaced.start, replaced.end))
            position = edit.end
        if not parts:
            return self
        parts.append(self.slice(position, len(self.text)))
        return MappedText.join(parts)

    def divisible(self, position: int) -> bool:
        """Whether the text can be cut here without two halves of one replaced run."""
        span = self.spans[self._index(position)]
        if span.spoken_start < position < span.spoken_end:
            return _is_verbatim(span)
        before = self.spans[self._index(position - 1)]
        return before.end <= span.start

    def _index(self, position: int) -> int:
        return max(0, bisect_right(self.spans, position, key=lambda span: span.spoken_start) - 1)
