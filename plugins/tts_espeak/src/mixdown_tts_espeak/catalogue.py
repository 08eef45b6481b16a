"""Which voices there are, and what a voice id or a language tag means.

A voice id is ``<language>`` or ``<language>+<variant>`` (``en-us``, ``de+f3``): 145 languages and accents times
104 variants. The list names each language's own voice (most are male), one female variant of it, and the cast
of English voices; every other combination is accepted too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mixdown_kernel import Kind, Problem, Voice
from mixdown_tts_espeak.cast import CAST, DEFAULT_VOICE, FEMALE_VARIANT

Gender = Literal["female", "male", "neutral"]
GENDERS: dict[int, Gender] = {1: "male", 2: "female"}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice or a variant of espeak-ng's own list. ``file`` is the name by which the engine loads it."""

    id: str
    name: str
    file: str
    gender: Gender | None
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A language's voice and, perhaps, a variant of it."""

    base: Speaker
    variant: Speaker | None = None

    @property
    def file(self) -> str:
        return f"{self.base.file}+{self.variant.file}" if self.variant else self.base.file

    @property
    def id(self) -> str:
        return f"{self.base.id}+{self.variant.id}" if self.variant else self.base.id


class Catalogue:
    """Built from what the engine says of itself (`Pool.greeting`)."""

    def __init__(self, greeting: Mapping[str, Any]) -> None:
        self._bases = _speakers(greeting["voices"])
        self._variants = {speaker.id: speaker for speaker in _variants(greeting["variants"])}
        self._by_tag = self._tags()
        self.voices = tuple(self._listed())

    def choose(self, voice: str, language: str | None) -> Choice:
        """The voice of a request.

        A language that the named voice does not speak moves the voice's variant to that language.
        Raises `Problem`: ``not_found``/``unknown_voice``, ``unsupported``/``unsupported_language``.
        """
        chosen = self.find(voice or DEFAULT_VOICE)
        if chosen is None:
            raise Problem(
                Kind.NOT_FOUND,
                "unknown_voice",
                f"There is no espeak voice {voice[:60]!r}.",
                field="voice",
                hint="List the voices, or use <language>+<variant> such as 'de' or 'en-gb+f3'.",
            )
        if language is None or _covers(_key(language), chosen.base.id):
            return chosen
        return Choice(self.language(language), chosen.variant)

    def find(self, voice: str) -> Choice | None:
        """``en_GB``, ``fr``, ``en-us+F3``: upper case, underscores and other names of a language do not matter."""
        name, plus, suffix = voice.partition("+")
        base = self._exact(_key(name))
        variant = self._variants.get(_key(suffix))
        return None if base is None or (plus and variant is None) else Choice(base, variant)

    def language(self, tag: str) -> Speaker:
        """The voice for a BCP 47 tag: its own, else that of the nearest wider tag (``fr-CA``: ``fr``)."""
        key = _key(tag)
        while key:
            if found := self._exact(key):
                return found
            key = key.rpartition("-")[0]
        raise Problem(
            Kind.UNSUPPORTED,
            "unsupported_language",
            f"No espeak voice speaks {tag[:40]!r}.",
            field="language",
            hint="List the voices: what stands before '+' in an espeak voice's id is its language.",
        )

    def _exact(self, key: str) -> Speaker | None:
        default = self._by_tag[DEFAULT_VOICE]
        return default if key and _covers(key, default.id) else self._by_tag.get(key)

    def _tags(self) -> dict[str, Speaker]:
        """Every tag that means a voice. Ids win over file names (``fr``), those over secondary tags (``zh``)."""
        tags = {speaker.id: speaker for speaker in self._bases}
        for speaker in self._bases:
            tags.setdefault(_key(speaker.file.rpartition("/")[2]), speaker)
        for speaker in self._bases:
            for tag in speaker.languages:
                tags.setdefault(_key(tag), speaker)
        return tags

    def _listed(self) -> Iterable[Voice]:
        """The English cast first, then each language with its plain voice and one variant."""
        female = self._variants[FEMALE_VARIANT]
        plain = [choice for base in self._bases for choice in (Choice(base), Choice(base, female))]
        choices = [*filter(None, (self.find(member.id) for member in CAST)), *plain]
        return map(voice_of, {choice.id: choice for choice in choices}.values())


def voice_of(choice: Choice) -> Voice:
    """A choice as Mixdown describes voices."""
    member = next((member for member in CAST if member.id == choice.id), None)
    return Voice(
        id=choice.id,
        name=choice.base.name + (f", {choice.variant.name}" if choice.variant else ""),
        language=_bcp47(choice.base.id),
        gender=member.gender if member else (choice.variant or choice.base).gender,
        aliases=member.aliases if member else (),
        tags=("offline", *(("variant",) if choice.variant else ()), *(member.tags if member else ())),
    )


def _speakers(records: Iterable[Mapping[str, Any]]) -> list[Speaker]:
    """espeak-ng lists Cantonese twice under one tag: the second one is known by its file name."""
    taken: dict[str, Speaker] = {}
    for record in records:
        file = record["identifier"]
        key = _key(record["languages"][0])
        if key in taken:
            key = _key(file.rpartition("/")[2])
        taken[key] = _speaker(key, file, record)
    return list(taken.values())


def _variants(records: Iterable[Mapping[str, Any]]) -> Iterable[Speaker]:
    for record in records:
        file = record["identifier"].rpartition("/")[2]
        yield _speaker(_key(file), file, record)


def _speaker(key: str, file: str, record: Mapping[str, Any]) -> Speaker:
    gender = GENDERS.get(record["gender"])
    return Speaker(key, record["name"].strip(), file, gender, tuple(record["languages"]))


def _key(text: str) -> str:
    return re.sub(r"[\s_]", "-", text.strip()).lower()


def _covers(range_: str, tag: str) -> bool:
    """RFC 4647 basic filtering: ``en`` covers ``en-us``."""
    return tag == range_ or tag.startswith(range_ + "-")


def _bcp47(tag: str) -> str:
    """The customary case (RFC 5646, 2.1.1): ``en-us`` → ``en-US``, ``fa-latn`` → ``fa-Latn``."""
    subtags = tag.split("-")
    private = subtags.index("x") if "x" in subtags else len(subtags)
    for index, subtag in enumerate(subtags[1:private], start=1):
        subtags[index] = {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag)
    return "-".join(subtags)
