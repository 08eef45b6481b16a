"""SSML: the part of W3C SSML 1.1 that Mixdown speaks, read by expat.

Nothing is expanded but the five entities of XML and character references: a document type is refused, so a
document has no entities of its own. Offsets count in the source as written, tags included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html.entities import html5
from xml.parsers import expat
from xml.parsers.expat import errors

from mixdown_kernel import Mark, Pause, Problem
from mixdown_text import ssml_values as values
from mixdown_text.alphabets import ALPHABETS
from mixdown_text.elements import LANGUAGE, PITCHES, RATES, VOLUMES, Element, Gap, Run, Style
from mixdown_text.ipa import BadIpa
from mixdown_text.mapped import MappedText
from mixdown_text.mistakes import mistake
from mixdown_text.say_as import DATE_FORMATS, INTERPRETATIONS, say_as
from mixdown_text.settings import TextSettings
from mixdown_text.ssml_tags import HINTS, TAGS

MAX_DEPTH = 32
_ENTITY = re.compile(r"&(?P<name>\w{1,40};)")
_UNDEFINED_ENTITY = errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]
_MAX_ALIAS = 300
_MAX_NAME = 200
_MAX_PHONEMES = 1000
_LANGUAGES = "a BCP 47 tag such as en or pt-BR"

Attributes = Mapping[str, str]


def read_ssml(text: str, settings: TextSettings, language: str) -> Iterator[Element]:
    """The document's elements; ``language`` is that of text outside of any ``xml:lang``.

    Raises `Problem`, each with the place: ``bad_ssml`` (no XML, too deep, or tags where they cannot be),
    ``ssml_doctype_refused``, ``ssml_audio_refused``, ``unknown_ssml_tag``, ``unknown_ssml_attribute``,
    ``bad_ssml_value``.
    """
    return iter(_Reader(text, settings, language).read())


@dataclass(slots=True)
class _Open:
    """A tag that is not closed yet, and the style outside of it."""

    name: str
    attributes: Attributes
    style: Style
    start: int


class _Reader:
    def __init__(self, text: str, settings: TextSettings, language: str) -> None:
        self._text = text
        self._settings = settings
        self._language = language
        self._bytes = text.encode()
        self._byte = self._offset = 0
        self._elements: list[Element] = []
        self._open: list[_Open] = []
        self._style = Style()
        self._in_cdata = False
        self._last = ("", False)
        """The last character written, and whether it was read as something else."""
        self._captured: list[MappedText] | None = None
        """The content of ``sub``, ``say-as`` or ``phoneme`` while one is open."""
        self._parser = parser = expat.ParserCreate("utf-8")  # whatever the XML declaration says
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartCdataSectionHandler = partial(setattr, self, "_in_cdata", True)
        parser.EndCdataSectionHandler = partial(setattr, self, "_in_cdata", False)

    def read(self) -> list[Element]:
        try:
            self._parser.Parse(self._bytes, True)
        except expat.ExpatError as error:
            offset = len(self._bytes[: self._parser.ErrorByteIndex].decode(errors="ignore"))
            message = f"The SSML is not well-formed: {expat.ErrorString(error.code)}."
            hint = _hint(self._text, offset, error.code)
            raise mistake("bad_ssml", message, self._text, offset, hint=hint) from None
        return self._elements

    # ------------------------------------------------------------ events

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        offset = self._here()
        self._check_tag(name, attributes, offset)
        self._open.append(_Open(name, attributes, self._style, offset))
        if language := attributes.get("xml:lang"):
            if not LANGUAGE.fullmatch(language):
                raise self._bad_value(self._open[-1], "xml:lang", [_LANGUAGES])
            self._style = replace(self._style, language=language)
        begin: Callable[[_Open], None] | None = getattr(self, f"_begin_{name.replace('-', '_')}", None)
        if begin:
            begin(self._open[-1])

    def _end(self, name: str) -> None:
        tag = self._open.pop()
        finish: Callable[[_Open], None] | None = getattr(self, f"_finish_{name.replace('-', '_')}", None)
        if finish:
            finish(tag)
        self._style = tag.style

    def _characters(self, data: str) -> None:
        start = self._here()
        if self._text.startswith("&", start) and not self._in_cdata:
            end = self._text.index(";", start) + 1
        elif self._text.startswith(data, start):
            end = start + len(data)
        else:  # XML reads the line ends "\r\n" and "\r" as "\n"
            end = start + (2 if self._text.startswith("\r\n", start) else 1)
        self._say(MappedText.run(data, start, end))

    def _doctype(self, *_: object) -> None:
        hint = "Remove the <!DOCTYPE …>; entities other than XML's own are not expanded."
        raise mistake(
            "ssml_doctype_refused", "SSML may hold no document type.", self._text, self._here(), hint=hint
        )

    # ------------------------------------------------------------ tags

    def _begin_p(self, tag: _Open) -> None:
        self._gap(self._settings.paragraph_pause_ms, tag)

    _finish_p = _begin_p

    def _begin_s(self, tag: _Open) -> None:
        self._gap(0, tag)

    _finish_s = _begin_s

    def _begin_break(self, tag: _Open) -> None:
        strength = tag.attributes.get("strength", "medium")
        ms: int | None = values.BREAK_MS.get(strength)
        if ms is None:
            raise self._bad_value(tag, "strength", list(values.BREAK_MS))
        if "time" in tag.attributes:
            ms = values.time_ms(tag.attributes["time"])
            if ms is None:
                raise self._bad_value(tag, "time", ["0ms", "60s"])
        if ms:
            self._elements.append(Pause(ms, tag.start, self._text.index(">", tag.start) + 1))

    def _begin_mark(self, tag: _Open) -> None:
        self._elements.append(Mark(self._name(tag), tag.start))

    def _begin_voice(self, tag: _Open) -> None:
        self._style = replace(self._style, voice=self._name(tag))

    def _begin_lang(self, tag: _Open) -> None:
        if not tag.attributes.get("xml:lang"):
            raise self._bad_value(tag, "xml:lang")

    def _begin_prosody(self, tag: _Open) -> None:
        rate = self._value(tag, "rate", values.rate_factor, 1.0, [*values.RATE, "120%", "+20%", "1.2"])
        pitch = self._value(tag, "pitch", values.pitch_semitones, 0.0, [*values.PITCH, "+2st", "-10%"])
        volume = self._value(tag, "volume", values.volume_factor, 1.0, [*values.VOLUME, "-6dB", "+10%", "80"])
        self._change(tag, rate, pitch, volume)

    def _begin_emphasis(self, tag: _Open) -> None:
        level = tag.attributes.get("level", "moderate")
        if level not in values.EMPHASIS:
            raise self._bad_value(tag, "level", list(values.EMPHASIS))
        self._change(tag, *values.EMPHASIS[level])

    def _begin_sub(self, tag: _Open) -> None:
        if not 0 < len(tag.attributes.get("alias", "").strip()) <= _MAX_ALIAS:
            raise self._bad_value(tag, "alias", [f"1 to {_MAX_ALIAS} characters"])
        self._captured = []

    def _finish_sub(self, tag: _Open) -> None:
        content = self._release()
        if content.spans:
            alias = tag.attributes["alias"].strip()
            self._say_read(content, MappedText.run(alias, content.start, content.end, replaced=True))

    def _begin_say_as(self, tag: _Open) -> None:
        if tag.attributes.get("interpret-as") not in INTERPRETATIONS:
            raise self._bad_value(tag, "interpret-as", list(INTERPRETATIONS))
        if tag.attributes["interpret-as"] == "date" and self._format(tag) not in ("", *DATE_FORMATS):
            raise self._bad_value(tag, "format", list(DATE_FORMATS))
        if not LANGUAGE.fullmatch(tag.attributes.get("language", "en")):
            raise self._bad_value(tag, "language", [_LANGUAGES])
        self._captured = []

    def _finish_say_as(self, tag: _Open) -> None:
        content = self._release()
        language = tag.attributes.get("language") or self._style.language or self._language
        self._say_read(content, say_as(tag.attributes["interpret-as"], self._format(tag), content, language))

    @staticmethod
    def _format(tag: _Open) -> str:
        return tag.attributes.get("format", "").strip().lower()

    def _begin_phoneme(self, tag: _Open) -> None:
        if tag.attributes.get("alphabet", "ipa") not in ALPHABETS:
            raise self._bad_value(tag, "alphabet", list(ALPHABETS))
        if not 0 < len(tag.attributes.get("ph", "").strip()) <= _MAX_PHONEMES:
            raise self._bad_value(tag, "ph", [f"1 to {_MAX_PHONEMES} characters"])
        self._captured = []

    def _finish_phoneme(self, tag: _Open) -> None:
        content = self._release()
        words = content.strip()
        if not 0 < len(words.text) <= _MAX_ALIAS:
            message = f"<phoneme> holds the word that it pronounces, in 1 to {_MAX_ALIAS} characters."
            raise mistake("bad_ssml_value", message, self._text, tag.start)
        try:
            ipa = ALPHABETS[tag.attributes.get("alphabet", "ipa")](tag.attributes["ph"].strip())
        except BadIpa as error:
            raise self._bad_value(tag, "ph", reason=str(error)) from None
        start = len(content.text) - len(content.text.lstrip())
        self._say(content.fix([(start, start + len(words.text), ipa)]))

    # ------------------------------------------------------------ what tags do

    def _say(self, text: MappedText) -> None:
        if self._captured is not None:
            self._captured.append(text)
        elif text.text:
            self._append(text, text)

    def _say_read(self, written: MappedText, read: MappedText) -> None:
        if read.text:
            self._append(written, read)

    def _append(self, written: MappedText, read: MappedText) -> None:
        """The text, after a space where a digit beside it kept two words apart that its reading would make one:
        ``5<sub alias="kilograms">kg</sub>``."""
        last = self._elements[-1] if self._elements else None
        if isinstance(last, Run) and _would_fuse(last.text.text, self._last, written.text, read.text):
            start = read.spans[0].start
            read = MappedText.join([MappedText.run(" ", start, start + 1, replaced=True), read])
        self._elements.append(Run(read, self._style))
        self._last = (written.text[-1:], read.text != written.text)

    def _release(self) -> MappedText:
        captured, self._captured = self._captured or [], None
        return MappedText.join(captured)

    def _gap(self, ms: int, tag: _Open) -> None:
        here = self._here()
        self._elements.append(Gap(ms, here, here))

    def _change(self, tag: _Open, rate: float, pitch: float, volume: float) -> None:
        style = self._style
        changed = replace(
            style, rate=style.rate * rate, pitch=style.pitch + pitch, volume=style.volume * volume
        )
        for name, (low, high) in (("rate", RATES), ("pitch", PITCHES), ("volume", VOLUMES)):
            if not low <= getattr(changed, name) <= high:
                message = f"<{tag.name}> makes the {name} {getattr(changed, name):.3g}, counting the tags around it."
                hint = (
                    "Nested rates and volumes multiply, and pitches add: nest fewer, or choose milder values."
                )
                raise mistake(
                    "bad_ssml_value", message, self._text, tag.start, allowed=[low, high], hint=hint
                )
        self._style = changed

    def _name(self, tag: _Open) -> str:
        name = tag.attributes.get("name", "").strip()
        if not 0 < len(name) <= _MAX_NAME:
            raise self._bad_value(tag, "name", [f"1 to {_MAX_NAME} characters"])
        return name

    def _value(
        self, tag: _Open, name: str, read: Callable[[str], float | None], default: float, allowed: list[str]
    ) -> float:
        if name not in tag.attributes:
            return default
        value = read(tag.attributes[name])
        if value is None:
            raise self._bad_value(tag, name, list(allowed))
        return value

    # ------------------------------------------------------------ places and problems

    def _here(self) -> int:
        """The code point at which the present event begins. Events come in order, so this is linear in all."""
        byte = self._parser.CurrentByteIndex
        self._offset += len(self._bytes[self._byte : byte].decode())
        self._byte = byte
        return self._offset

    def _check_tag(self, name: str, attributes: Attributes, offset: int) -> None:
        if name == "audio":
            message = "SSML may not fetch audio."
            raise mistake("ssml_audio_refused", message, self._text, offset, hint=HINTS[name])
        if name not in TAGS:
            message = f"<{name[:40]}> is not known."
            allowed = sorted(TAGS)
            raise mistake(
                "unknown_ssml_tag", message, self._text, offset, allowed=allowed, hint=HINTS.get(name)
            )
        if (name == "speak") != (not self._open):
            raise mistake("bad_ssml", "<speak> is the root and stands nowhere else.", self._text, offset)
        if len(self._open) >= MAX_DEPTH:
            raise mistake("bad_ssml", f"Tags are nested deeper than {MAX_DEPTH}.", self._text, offset)
        if self._captured is not None or (self._open and self._open[-1].name in ("break", "mark")):
            message = f"<{self._open[-1].name}> may hold no tags."
            hint = f"Close <{self._open[-1].name}> before the next tag, or remove the tags inside of it."
            raise mistake("bad_ssml", message, self._text, offset, hint=hint)
        for attribute in attributes:
            if attribute not in TAGS[name] and not attribute.startswith(("xml:", "xmlns", "xsi:")):
                message = f"<{name}> has no attribute {attribute[:40]!r}."
                allowed = sorted(TAGS[name])
                raise mistake(
                    "unknown_ssml_attribute",
                    message,
                    self._text,
                    offset,
                    allowed=allowed,
                    hint=HINTS.get(attribute),
                )

    def _bad_value(
        self,
        tag: _Open,
        attribute: str,
        allowed: list[str] | list[float] | None = None,
        reason: str = "",
    ) -> Problem:
        value = tag.attributes.get(attribute)
        message = f"<{tag.name}> needs the attribute {attribute!r}."
        if value is not None:
            message = f"<{tag.name} {attribute}={value[:40]!r}> cannot be{': ' + reason if reason else '.'}"
        hint = (
            f"Give {attribute!r} one of the allowed values."
            if allowed
            else f"Give {attribute!r} another value."
        )
        return mistake("bad_ssml_value", message, self._text, tag.start, allowed=allowed, hint=hint)


def _hint(text: str, offset: int, code: int) -> str:
    """What to write instead of what is no XML."""
    entity = _ENTITY.match(text, offset)
    if code == _UNDEFINED_ENTITY and entity:
        known = html5.get(entity["name"])
        written = "".join(f"&#{ord(character)};" for character in known) if known else "the character itself"
        return f"Write {written} for {entity[0]}; XML knows &amp; &lt; &gt; &quot; and &apos; only."
    return "Write &amp; for & and &lt; for <, and close every tag."


def _would_fuse(spoken: str, last: tuple[str, bool], written: str, read: str) -> bool:
    """Whether one word would be made of two: both touch, a digit stood at the seam, and one side reads otherwise."""
    character, is_read = last
    if not (is_read or read != written) or not (spoken[-1:].isalnum() and read[:1].isalnum()):
        return False
    return character.isdigit() or written[:1].isdigit() or not (character.isalnum() and written[:1].isalnum())
