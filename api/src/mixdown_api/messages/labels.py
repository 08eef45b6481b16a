"""Labels and paths of stems, and the text that a name is spoken as.

Source: contracts/hybrid-audio.md, "Labels and paths": ``stem.name.john`` lies at ``stems/name/stem.name.john.wav`` and
says "John". A text becomes a label without loss but that of its capitals, or else carries a part of its
hash.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Literal, get_args

from mixdown_kernel import invalid

Category = Literal["name", "developer", "script", "generic"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
NAMES = ("name", "developer")
"""Categories whose text is a name: short, one line, title-cased."""
MAX_NAME = 200
MAX_TEXT = 10_000
MAX_SLUG = 80
HASH_DIGITS = 12

_PLAIN = re.compile(r"[^\W_](?:[\w'’.&+-]*[\w'’&+-])?")
"""A slug that may stand for itself: it begins with a letter or digit, and does not end with a full stop."""
_LOSSY = re.compile(r"[^\w'’&+-]+")
_LABEL = re.compile(rf"stem\.({'|'.join(CATEGORIES)})\.([^/\\\x00-\x20\x7f]+)")
_KEY = re.compile(r"[A-Za-z0-9._/-]+")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_WORD = re.compile(r"[^\W\d_](?:\w|[\u0300-\u036f])*")


def spoken(category: Category, given: str, *, field: str) -> str:
    """What a stem says: the text as given, trimmed and in normal form C; names in title case.

    Raises `Problem` ``invalid``: ``missing_<field>`` for nothing, ``<field>_too_long``, ``invalid_<field>`` for what
    cannot be spoken or, among names, holds path characters.
    """
    text = unicodedata.normalize("NFC", given).strip()
    if category in NAMES:
        text = " ".join(text.split())  # elsewhere a new line may be a pause
    member = next(part for part in reversed(field.split(".")) if not part.isdigit())
    longest = MAX_NAME if category in NAMES else MAX_TEXT
    if not text:
        raise invalid(f"missing_{member}", f"`{field}` must not be empty.", field=field, allowed=[1, longest])
    if len(text) > longest:
        message = f"`{field}` has {len(text)} characters, and at most {longest} are allowed."
        raise invalid(f"{member}_too_long", message, field=field, allowed=[1, longest])
    if not any(character.isalnum() for character in text):
        raise invalid(f"invalid_{member}", f"`{field}` holds no letter and no digit to speak.", field=field)
    if category not in NAMES:
        return text
    if found := next(
        (character for character in text if character in "/\\" or not _is_seen(character)), None
    ):
        message = f"`{field}` holds {found!r}, which is no part of a name."
        raise invalid(f"invalid_{member}", message, field=field, hint="Leave it out, or write it in words.")
    return title_case(text, capitals_mean_something=category == "developer")


def title_case(name: str, *, capitals_mean_something: bool) -> str:
    """``john`` → ``John``, ``jean-luc o'neil`` → ``Jean-Luc O'Neil``. Capitals inside a word stay (``McDonald``);
    a name all in capitals is one that somebody shouted, unless these may be initials (``IBM``)."""
    if name.isupper() and not capitals_mean_something:
        name = name.lower()
    return _WORD.sub(lambda word: _capital(name, word), name)


def _capital(name: str, word: re.Match[str]) -> str:
    text = word.group()
    after_apostrophe = name[: word.start()][-1:] in ("'", "’") and word.start() > 1
    return text if after_apostrophe and len(text) == 1 else text[0].title() + text[1:]


def _is_seen(character: str) -> bool:
    """No control character and none without a width of its own that reorders or hides text; joiners within emoji and
    scripts are part of writing."""
    return (
        unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn")
        and character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def slug(text: str) -> str:
    """Trimmed, lower case, spaces as ``_``; what a path cannot hold so is replaced, and told apart by a hash."""
    lowered = "_".join(unicodedata.normalize("NFC", text).lower().split())
    if _PLAIN.fullmatch(lowered) and len(lowered) <= MAX_SLUG and ".." not in lowered:
        return lowered
    digest = hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()
    readable = _LOSSY.sub("_", lowered).strip("_'’&+-")[: MAX_SLUG - HASH_DIGITS - 1]
    return f"{readable}-{digest[:HASH_DIGITS]}" if readable else digest[:HASH_DIGITS]


def label_of(category: Category, text: str) -> str:
    """``stem.<category>.<slug>``."""
    return f"stem.{category}.{slug(text)}"


def category_of(label: str) -> Category | None:
    """The label's second word; None for what is no label."""
    match = _LABEL.fullmatch(label)
    return match[1] if match and len(label) <= 300 and ".." not in label else None  # type: ignore[return-value]


def check_label(label: str, *, field: str) -> Category:
    """Its category. Raises `Problem` ``invalid``/``invalid_label``."""
    category = category_of(label)
    if category is None:
        raise invalid(
            "invalid_label",
            f"`{field}` is no stem's label.",
            field=field,
            allowed=[f"stem.{one}.<slug>" for one in CATEGORIES],
        )
    return category


def path_of(label: str) -> str:
    """Where the stem lies, as the contract has it; relative, and the blob's name in a bucket."""
    return f"stems/{check_label(label, field='label')}/{label}.wav"


def blob_of(label: str) -> str:
    """The stem's key in a bucket: its path, or where that holds more than storage keys may, a plain one that is told
    apart by a hash."""
    path = path_of(label)
    if _KEY.fullmatch(path):
        return path
    digest = hashlib.sha256(label.encode()).hexdigest()[:HASH_DIGITS]
    return f"stems/{category_of(label)}/{plain(label)}-{digest}.wav"


def plain(text: str) -> str:
    """What of a text may be part of a storage key: accents are dropped, the rest that cannot is ``_``."""
    return _UNSAFE.sub("_", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode())
