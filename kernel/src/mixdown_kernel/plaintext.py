"""The plainest front end, for a kernel that has no other: one utterance a paragraph, nothing normalised."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from mixdown_kernel.backends import Backend, Context, PluginSettings
from mixdown_kernel.contracts import TextFrontEnd, TextRequest
from mixdown_kernel.problems import Kind, Problem, invalid
from mixdown_kernel.script import Script, Span, Utterance

_PARAGRAPH = re.compile(r"\S(?:.*\S)?")


class PlainText:
    """Meets `TextFrontEnd`."""

    def switches(self) -> Sequence[str]:
        return ()

    def script(self, request: TextRequest) -> Script:
        if request.markup == "ssml":
            raise Problem(Kind.UNSUPPORTED, "no_ssml", "no installed text front end reads SSML", field="text")
        if request.normalize:
            raise invalid(
                "unknown_normalization", "there is nothing to switch", field="normalize", allowed=[]
            )
        if request.lexicon:
            message = "no installed text front end has a lexicon"
            raise Problem(Kind.UNSUPPORTED, "no_lexicon", message, field="lexicon")
        found = [(m.start(), m.end(), m.group()) for m in _PARAGRAPH.finditer(request.text)]
        if not found:
            raise invalid("empty_text", "the text is empty", field="text")
        items = tuple(
            Utterance(text, start, end, (Span(0, len(text), start, end),)) for start, end, text in found
        )
        return Script(items, request.language)


@asynccontextmanager
async def _open(_settings: PluginSettings, _context: Context) -> AsyncIterator[TextFrontEnd]:
    yield PlainText()


plain_text = Backend(name="plain", open=_open, preference=-100, description="One utterance a paragraph")
