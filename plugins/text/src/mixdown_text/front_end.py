"""The role ``text``: from a text to the script of a voice layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from importlib.metadata import version

from mixdown_kernel import Kind, Mark, Pause, Problem, Pronunciation, Script, TextRequest, Utterance, invalid
from mixdown_text.elements import LANGUAGE, Element, Gap, Run, Style
from mixdown_text.lexicon import MAX_ENTRIES, Entry, Lexicon, read_entries
from mixdown_text.lexicon_file import read_lexicon_file
from mixdown_text.mapped import MappedText
from mixdown_text.markup import unmarked
from mixdown_text.mistakes import mistake
from mixdown_text.normalize import Normalizer
from mixdown_text.parts import parts
from mixdown_text.plain import read_plain
from mixdown_text.rules import SWITCHES
from mixdown_text.sentences import sentences
from mixdown_text.settings import TextSettings
from mixdown_text.ssml import read_ssml

MAX_VOICES = 100
"""In one text; each is looked up in every backend."""
_SENTENCE_END = re.compile(r"[.!?…。！？]\W*$")
_SSML = re.compile(r"[\s\ufeff]*+(?:<!--.{0,2000}?-->\s*+)?<(?:speak[\s>/]|\?xml\s|!DOCTYPE\s)", re.DOTALL)
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ufeff]")
"""White space and control characters; each becomes one space, so that offsets hold. (sentencex panics on some.)"""


class FrontEnd:
    """Meets `TextFrontEnd`. Without state between calls: threads may share it."""

    def __init__(self, settings: TextSettings) -> None:
        """Reads the installation's lexicon. Raises `Problem` ``bad_lexicon``."""
        self._settings = settings
        # The first entry for a word counts: the table's, then the last file's.
        entries = [*read_entries(settings.lexicon, "lexicon")]
        for path in reversed(settings.lexicon_files):
            entries += read_lexicon_file(path)
        self._lexicon = Lexicon(entries)
        self._lexicon_hash = _content(entries)

    def switches(self) -> Sequence[str]:
        """``marks`` and one for each rule of normalisation."""
        return ("marks", *SWITCHES)

    def fingerprint(self) -> str:
        """The libraries that decide what is read, the settings, and what the lexicon holds."""
        libraries = " ".join(f"{name}=={version(name)}" for name in ("sentencex", "unicode-rbnf", "emoji"))
        settings = self._settings.model_dump_json(exclude={"lexicon", "lexicon_files"})
        return f"{libraries} {settings} {self._lexicon_hash}"

    def script(self, request: TextRequest) -> Script:
        """Utterances, pauses and marks in order.

        Raises `Problem`: ``empty_text``, ``nothing_to_speak`` (no letter, digit or emoji that is read), ``invalid_text``
        (a lone surrogate), ``text_too_long``, ``unknown_normalization``, ``invalid_language``, ``bad_mark``,
        ``bad_lexicon``, ``too_much_silence``, ``too_many_voices``, and those of `read_ssml`.
        """
        self._check(request)
        items = tuple(self._items(self._checked(self._elements(request)), request))
        if not any(isinstance(item, Utterance) for item in items):
            hint = "Write at least one letter or digit outside of tags and marks."
            raise invalid(
                "nothing_to_speak", "The text holds nothing that can be spoken.", field="text", hint=hint
            )
        return Script(items, request.language)

    def _check(self, request: TextRequest) -> None:
        text, limit = request.text, self._settings.max_text_chars
        if len(text) > limit:
            message = f"The text has {len(text)} characters; {limit} are allowed."
            raise Problem(Kind.TOO_LARGE, "text_too_long", message, field="text", allowed=[1, limit])
        if not text.strip():
            raise invalid("empty_text", "The text is empty.", field="text", hint="Send some words.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise mistake(
                "invalid_text", "The text holds half of a surrogate pair.", text, error.start
            ) from None
        if unknown := sorted(set(request.normalize) - set(self.switches())):
            raise invalid(
                "unknown_normalization",
                f"There is no normalization {unknown[0]!r}.",
                field=f"normalize.{unknown[0]}",
                allowed=list(self.switches()),
            )
        if len(request.lexicon) > MAX_ENTRIES:
            message = f"The lexicon has {len(request.lexicon)} entries; {MAX_ENTRIES} are allowed."
            hint = "Keep a larger one in the installation's settings (lexicon_files)."
            raise invalid("bad_lexicon", message, field="lexicon", allowed=[0, MAX_ENTRIES], hint=hint)
        if not LANGUAGE.fullmatch(request.language):
            hint = "Use a BCP 47 tag such as en or pt-BR."
            raise invalid("invalid_language", "That is no language tag.", field="language", hint=hint)

    def _elements(self, request: TextRequest) -> Iterable[Element]:
        text, settings = request.text, self._settings
        if request.markup == "ssml" or (request.markup == "auto" and _SSML.match(text)):
            return read_ssml(text, settings, request.language)
        return read_plain(text, settings, marks=request.normalize.get("marks", True))

    def _checked(self, elements: Iterable[Element]) -> Iterator[Element]:
        silence, voices = 0, set[str]()
        for element in elements:
            if isinstance(element, Pause):
                silence += element.ms
                if silence > self._settings.max_silence_ms:
                    limits = [0, self._settings.max_silence_ms]
                    message = "The pauses asked for are longer than allowed, in ms together."
                    raise invalid("too_much_silence", message, field="text", allowed=limits)
            elif isinstance(element, Run) and element.style.voice:
                voices.add(element.style.voice)
                if len(voices) > MAX_VOICES:
                    message = f"The text names more than {MAX_VOICES} voices."
                    raise invalid("too_many_voices", message, field="text", allowed=[0, MAX_VOICES])
            yield element

    def _items(self, elements: Iterable[Element], request: TextRequest) -> Iterator[Utterance | Pause | Mark]:
        disabled = frozenset(name for name, enabled in request.normalize.items() if not enabled)
        lexicon = Lexicon(read_entries(request.lexicon, "lexicon"), base=self._lexicon)
        speaker = _Speaker(request.language, disabled, self._settings, lexicon)
        waiting: list[Gap | Mark] = []
        after_speech = False
        for element in _flows(elements):
            match element:
                case Gap() | Mark():
                    waiting.append(element)
                case Pause():
                    yield from (item for item in waiting if isinstance(item, Mark))
                    waiting.clear()
                    if element.ms:
                        yield element
                        after_speech = False
                case Run():
                    for spoken in speaker.utterances(element):
                        if isinstance(spoken, Gap):
                            waiting.append(spoken)
                            continue
                        yield from _settle(waiting, after_speech=after_speech)
                        waiting.clear()
                        yield spoken
                        after_speech = True
        yield from (item for item in waiting if isinstance(item, Mark))


def _flows(elements: Iterable[Element]) -> Iterator[Element]:
    """Neighbouring runs of equal style as one."""
    runs: list[MappedText] = []
    style = Style()
    for element in elements:
        if isinstance(element, Run) and element.style == style:
            runs.append(element.text)
            continue
        if runs:
            yield Run(MappedText.join(runs), style)
            runs.clear()
        if isinstance(element, Run):
            style = element.style
            runs.append(element.text)
        else:
            yield element
    if runs:
        yield Run(MappedText.join(runs), style)


def _settle(waiting: Sequence[Gap | Mark], *, after_speech: bool) -> Iterator[Pause | Mark]:
    """What stands between two utterances: the marks, and of the gaps the longest."""
    ms = max((item.ms for item in waiting if isinstance(item, Gap)), default=0) if after_speech else 0
    for item in waiting:
        if isinstance(item, Mark):
            yield item
        elif ms:
            yield Pause(ms, item.start, item.end)
            ms = 0


class _Speaker:
    """Turns runs into utterances, and the ends of their sentences into gaps."""

    def __init__(
        self, language: str, disabled: frozenset[str], settings: TextSettings, lexicon: Lexicon
    ) -> None:
        self._language = language
        self._lexicon = lexicon
        self._max_chars = settings.max_utterance_chars
        self._pause_ms = settings.sentence_pause_ms
        self._normalizer = cache(lambda language: Normalizer(language, disabled))

    def utterances(self, run: Run) -> Iterator[Utterance | Gap]:
        language = run.style.language or self._language
        text = MappedText(_BLANK.sub(" ", run.text.text), run.text.spans, run.text.fixed)
        text = self._lexicon.read(unmarked(text), language)
        start = 0
        for _, end in sentences(text.text, language.split("-")[0].lower()):
            if end < len(text.text) and not text.divisible(end):
                continue
            sentence = self._normalizer(language)(text.slice(start, end).strip())
            start = end
            for part in parts(sentence, self._max_chars):
                if any(map(str.isalnum, part.text)) or any(fixed.ipa for fixed in part.fixed):
                    yield _utterance(part.strip(), run.style)
            if _SENTENCE_END.search(sentence.text):
                yield Gap(self._pause_ms, sentence.end, sentence.end)


def _utterance(text: MappedText, style: Style) -> Utterance:
    return Utterance(
        text.text, text.start, text.end, text.spans,
        style.voice, style.language, style.rate, style.pitch, style.volume,
        pronunciations=tuple(
            Pronunciation(text_start=run.start, text_end=run.end, ipa=run.ipa) for run in text.fixed if run.ipa
        ),
    )  # fmt: skip


def _content(entries: Sequence[Entry]) -> str:
    """A hash over everything that a lexicon holds, in its order."""
    return sha256(repr([(e.word, e.words, e.ipa, e.language) for e in entries]).encode()).hexdigest()
