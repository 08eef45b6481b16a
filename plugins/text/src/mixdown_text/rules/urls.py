"""Addresses of the web and of mail, names of files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from mixdown_text.mapped import Edit
from mixdown_text.rules.figures import Unreadable
from mixdown_text.rules.rule import Reading, Rule, words_of

_TOP = (
    "com|org|net|edu|gov|mil|int|info|io|ai|app|dev|co|me|tv|biz|xyz|uk|us|eu|de|fr|es|it|nl|ch|at|be|ca|au|jp|cn|in|"
    "br|ru|se|no|dk|fi|pl|ie|nz|za|museum|tech|online|shop|blog|cloud|news|fm|ly|gg|example|test"
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}\.){{1,8}}(?:{_TOP})(?![\w-])(?!\.\w)"
_TAIL = r"(?:[/?#](?:[\w/?#&=%~+.,:;@!$'*()\[\]-]{0,2000}[\w/=&])?)?"
_FILE = (
    "pdf|txt|csv|tsv|json|ya?ml|toml|xml|html?|css|js|ts|py|rs|go|java|c|cpp|h|sh|sql|md|log|cfg|conf|ini|zip|tar|gz|exe|"
    "docx?|xlsx?|pptx?|jpe?g|png|gif|svg|webp|mp[34]|wav|flac|ogg|mov|avi|iso|dmg|deb|env|lock|bak|php"
)
_SPELT = words_of(
    "www ftp uk us eu fr nl ch tv au jp cn br ru se dk nz za fm gg edu io ai html htm css js ts py rs sh sql md xml csv tsv pdf "
    "txt cfg php mp gz exe svg png cpp http https mp3 mp4 api faq id url"
)
_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at", ":": "colon", "?": "question mark", "=": "equals",
    "&": "and", "#": "hash", "%": "percent", "~": "tilde", "+": "plus", ",": "comma", ";": "semicolon", "!": "exclamation mark",
    "$": "dollar", "*": "star", "(": "open parenthesis", ")": "close parenthesis", "'": "apostrophe", "[": "open bracket",
    "]": "close bracket",
}  # fmt: skip
_PIECE = re.compile(r"[0-9]++|[^\W\d_]++|.", re.DOTALL)


class _Spelt(Rule):
    """Reads its match piece by piece: words stay, signs and digits get their names.

    Each piece is a run of its own, so that a long address can be cut and a word of it leads back to itself.
    """

    pattern: ClassVar[re.Pattern[str]]

    def readings(self, sentence: str) -> Iterator[Reading]:
        for match in self.pattern.finditer(sentence):
            try:
                yield tuple(self._edits(match))
            except Unreadable:
                continue

    def _edits(self, match: re.Match[str]) -> Iterator[Edit]:
        silent = match.groupdict().get("silent") or ""
        # Nobody says the scheme or the last slash: they belong to their neighbours.
        end = match.end() - 1 if match[0].endswith("/") else match.end()
        pieces = list(_PIECE.finditer(match.string, match.start() + len(silent), end))
        for index, piece in enumerate(pieces):
            is_last = index == len(pieces) - 1
            yield Edit(
                piece.start() if index else match.start(),
                match.end() if is_last else piece.end(),
                self._piece(piece[0]) + ("" if is_last else " "),
            )

    def _piece(self, piece: str) -> str:
        if piece in _SIGNS:
            return _SIGNS[piece]
        if piece[0] in "0123456789":
            if len(piece) == 4 and piece[:2] in ("19", "20"):
                return self.figures.year(piece)
            return self.figures.pairs(piece) if len(piece) < 3 else self.figures.spelt(piece)
        if piece.lower() in _SPELT or (piece.isupper() and not set(piece) & set("AEIOUY")):
            return " ".join(piece.upper())
        return piece


class Urls(_Spelt):
    """``www.example.com/docs`` W W W dot example dot com slash docs · a scheme such as ``https://`` is silent"""

    name = "urls"
    trigger = re.compile(r"\.[A-Za-z]|://|localhost")
    pattern = re.compile(
        rf"(?<![\w@.-])(?:(?P<silent>(?:https?|ftps?)://)(?:{_HOST}|localhost|{_LABEL}(?:\.{_LABEL}){{0,8}})"
        rf"|{_HOST}|localhost(?=[:/]))(?::[0-9]{{2,5}})?{_TAIL}(?<![.,:;!?'])",
    )


class Emails(_Spelt):
    """``jane.doe@example.com`` jane dot doe at example dot com"""

    name = "emails"
    trigger = re.compile("@")
    pattern = re.compile(
        rf"(?<![\w.+%-])(?P<silent>mailto:)?[A-Za-z0-9][\w.+%-]{{0,63}}@"
        rf"(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,24}}(?![\w-])"
    )


class Paths(_Spelt):
    """``report.pdf`` report dot P D F · ``/etc/hosts`` slash etc slash hosts"""

    name = "paths"
    trigger = re.compile(r"[/\\.]\w")
    pattern = re.compile(
        rf"(?<![\w.@/:~-])(?:(?:~|\.\.?)?(?:/[\w.-]{{1,64}}){{2,20}}(?<![.-])/?|(?:~|\.\.?)/[\w.-]{{1,64}}"
        rf"(?<![.-])"
        rf"|\w(?:[\w-]{{0,62}}\w)?\.(?:{_FILE})(?![\w-])(?!\.\w))"
    )
