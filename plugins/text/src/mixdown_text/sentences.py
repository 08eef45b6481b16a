"""Where sentences end, by sentencex (the segmenter of Wikimedia's translation tools)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import segment  # type: ignore[import-untyped]

_WINDOW = 2_000
"""sentencex takes quadratic time over Chinese and Japanese; a window bounds it."""
_ENUMERATOR = re.compile(r"\s*\(?(?:[0-9]{1,3}|[A-Za-z]|[ivxIVX]{2,5})[.)]\s*")
_ABBREVIATION = re.compile(
    r"(?<!\w)(?:[Aa]pprox|[Vv]ols?|[Cc]h|lbs?|oz|ft|in|yd|[Ff]igs?|[Nn]os?|[Pp]p?|[Ee]qs?|ca?|cf|[Ee]st|tbsps?|tsps?|mins?|"
    r"hrs?|secs?|yrs?|mos?|vs|incl|excl|[Ee]xt|Ave|Blvd|Rd|St|[Mm]ax|[Aa]vg|[Dd]ept|[Tt]el|[Ss]ec|[Aa]rt|[Ee]p|[Ee]ds?|e\.g|i\.e|"
    r"al|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[Tt]emp|[Qq]ty|sq|fl|gal|qt|pt|mi|km|kg|[Pp]t|[Ss]t|[Mm]isc|Apt|Rm|Ste|Bldg|Hwy|Rte|doz|pkg|[Pp]ara|[Vv]er|[Vv]|W|E|N|S)\.\s*$"
)
"""English abbreviations that end no sentence where a small letter or a digit follows."""
_MEASURES = (
    "hrs?|mins?|secs?|mos?|yrs?|wks?|h|s|km|mi|cm|mm|m|kg|g|lbs?|oz|ft|yd|gal|hour|month|year|week|day"
)
_TITLE = re.compile(
    r"(?<!\w)(?:Ft|Mt|Gov|Sen|Rep|Gen|Col|Lt|Capt|Sgt|Maj|Adm|Cmdr|Rev|Hon|Prof|Drs?|Mrs?|Ms|Messrs|Fr|Supt|Det|Amb|Pres)\.\s*$"
)
_MISSED = re.compile(
    r"(?:(?<!\w)[Nn]o\.|(?<!\w)(?:Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.)\s+(?=I(?:['’]|\s[a-z]))"
    rf"|[0-9½¼¾]\s?(?:{_MEASURES})(?:/{_MEASURES})?\.\s+(?=[A-Z][a-z])"
    rf"|/(?:{_MEASURES})\.\s+(?=[A-Z][a-z])"
    r"|(?<=\w)\s(?:St|Ave|Blvd|Rd)\.\s+(?=(?:[A-Z][a-z]*['’]\w|I\s|"
    r"(?:Turn|Then|Go|Take|Walk|Drive|Park|Look|Call|Meet|Come|The|This|That|There|It|He|She|We|They|You|My|Our|But|And|So"
    r"|If|When|Who|What|Where|Is|Are|Do)\s))"
)
"""Where an English sentence ends though a short form does, too: after a measure whose number stands in front of it, after
"No." and a month in front of the pronoun, after a street in front of a word that is no name."""
_LOOK_BACK = 12


def sentences(text: str, language: str) -> Iterator[tuple[int, int]]:
    """The half-open runs of the sentences of one line of text: they follow each other and cover it."""
    start = 0
    for end in _ends(text, language):
        # "1." in front of a list item is no sentence.
        if end < len(text) and _ENUMERATOR.fullmatch(text, start, end):
            continue
        if language == "en" and end < len(text) and _goes_on(text, start, end):
            continue
        for missed in _MISSED.finditer(text, start, end) if language == "en" else ():
            if missed.end() < end:
                yield start, missed.end()
                start = missed.end()
        yield start, end
        start = end


_IS_NAME = re.compile(r"(?<![\w.])\.[A-Z]{3}\b")
"""A point with which a name begins: ``.NET``."""
_QUOTE_END = re.compile(r"\.[\"”]\s*$")
_COUNTED = re.compile(r"(?<!\w)(?:[Vv]ols?|[Cc]h|[Pp]t|[Ss]ec|[Aa]rt)\.\s*$")
_IS_ROMAN = re.compile(r"[IVXLC]+\b(?!['’]|\s[a-z])")
_ZONE = re.compile(r"[ap]\.m\.\s*$")
_IS_ZONE = re.compile(r"(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T)\b")
_IS_DAYS = re.compile(
    r".{0,8}?(?<!\w)(?:Mon|Tues?|Weds?|Thu(?:rs?)?|Fri|Sat|Sun)\.\s+(?:or|and|to|through)\s"
)


def _goes_on(text: str, start: int, end: int) -> bool:
    following, ahead = text[end : end + 1], text[max(start, end - _LOOK_BACK) : end]
    if _IS_NAME.match(text, end - 1) or _IS_DAYS.match(text, max(start, end - 8)):
        return True
    if following == ":" or (following.islower() and _QUOTE_END.search(ahead)):
        return True
    if following in "-–—,;":
        return not ahead[-1:].isspace()
    if following.islower() or following.isdigit():
        return _ABBREVIATION.search(ahead) is not None
    if _IS_ZONE.match(text, end) and _ZONE.search(ahead):
        return True
    if _IS_ROMAN.match(text, end) and _COUNTED.search(ahead):
        return True
    return following.isupper() and _TITLE.search(ahead) is not None


def _ends(text: str, language: str) -> Iterator[int]:
    start = 0
    while start < len(text):
        window = text[start : start + _WINDOW]
        pieces = _segment(window, language)
        if start + len(window) < len(text):
            # The last piece may go on behind the window.
            pieces = pieces[:-1]
            if not pieces:
                start = _word_end(text, start, start + _WINDOW)
                if start == len(text):
                    yield start
        for piece in pieces:
            start += len(piece)
            yield start


def _segment(window: str, language: str) -> list[str]:
    try:
        pieces: list[str] = segment(language, window)
    except BaseException as error:
        # A panic in Rust arrives as a BaseException, which would take the whole task group with it.
        if type(error).__name__ != "PanicException":
            raise
        return [window]
    return pieces if sum(map(len, pieces)) == len(window) else [window]


def _word_end(text: str, start: int, position: int) -> int:
    """The last space in ``start:position``; where a single word fills it, the end of that word."""
    space = text.rfind(" ", start, position)
    if space < 0:
        space = text.find(" ", position)
    return len(text) if space < 0 else space + 1
