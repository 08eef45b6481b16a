"""Words made of known ones: inflected and derived.

The endings and prefixes are those by which held-out words came out right more often than by the letter-to-sound network;
compounds did not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from mixdown_tts_onnx.english.phones import SIBILANTS, VOICELESS, Phones, bare, written

Find = Callable[[str], Phones | None]
"""The pronunciation of a word in lower case, if it is known."""

SHORTEST_STEM = 3
"""Letters before an ending or behind a prefix."""


def derived(word: str, find: Find) -> Phones | None:
    """The pronunciation of ``word`` by one of its stems, else None."""
    return _with_ending(word, find) or _with_prefix(word, find)


def _plural(stem: Phones) -> Phones:
    last = bare(stem[-1])
    if last in SIBILANTS:
        return (*stem, "ih0", "z")
    return (*stem, "s" if last in VOICELESS else "z")


def _past(stem: Phones) -> Phones:
    last = bare(stem[-1])
    if last in ("t", "d"):
        return (*stem, "ih0", "d")
    return (*stem, "t" if last in VOICELESS else "d")


def _adding(phones: str) -> Callable[[Phones], Phones]:
    return lambda stem: (*stem, *written(phones))


def _adverb(stem: Phones) -> Phones:
    return (*stem, "iy0") if stem[-1] == "l" else (*stem, "l", "iy0")


_ENDINGS: Mapping[str, tuple[Callable[[Phones], Phones], bool]] = {
    "ically": (lambda stem: (*stem, *written("l iy0")), False),
    "s": (_plural, False),
    "es": (_plural, False),
    "ed": (_past, True),
    "ing": (_adding("ih0 ng"), True),
    "ings": (_adding("ih0 ng z"), True),
    "er": (_adding("er0"), True),
    "ers": (_adding("er0 z"), True),
    "est": (_adding("ax0 s t"), True),
    "ly": (_adverb, False),
    "ness": (_adding("n ax0 s"), False),
    "less": (_adding("l ax0 s"), False),
    "ful": (_adding("f ax0 l"), False),
    "ment": (_adding("m ax0 n t"), False),
    "ments": (_adding("m ax0 n t s"), False),
    "able": (_adding("ax0 b ax0 l"), True),
    "ish": (_adding("ih0 sh"), True),
    "ship": (_adding("sh ih1 p"), False),
    "like": (_adding("l ay1 k"), False),
    "hood": (_adding("hh uh1 d"), False),
    "ist": (_adding("ih0 s t"), True),
    "ism": (_adding("ih1 z ax0 m"), True),
}
"""How each is said behind its stem, and whether it begins with a vowel that changes how the stem is written."""


def _with_ending(word: str, find: Find) -> Phones | None:
    for ending, (add, changes) in _ENDINGS.items():
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            for stem in _stems(word.removesuffix(ending), ending, changes):
                if phones := find(stem):
                    return add(phones)
    return None


def _stems(rest: str, ending: str, changes: bool) -> Iterator[str]:
    """How the word before an ending may be written by itself, the likeliest first."""
    if ending == "ically":
        yield rest + "ic"
        return
    if ending == "es":
        if rest.endswith("i"):
            yield rest[:-1] + "y"
        elif rest.endswith(("s", "x", "z", "ch", "sh", "o")):
            yield rest
        return
    if ending == "s":
        if not rest.endswith(("s", "i", "u")):
            yield rest
        return
    if rest.endswith("i"):
        yield rest[:-1] + "y"
    if changes:
        if len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "aeiouls":
            yield rest[:-1]
        if _wants_e(rest):
            yield rest + "e"
            yield rest
        else:
            yield rest
            if rest[-1] not in "aeiou" or rest[-1] == "u":
                yield rest + "e"
        if len(rest) > 3 and rest[-1] == rest[-2]:
            yield rest[:-1]
        return
    yield rest


def _wants_e(rest: str) -> bool:
    """One consonant behind one vowel: mak-ing is of make."""
    return (
        len(rest) > 2 and rest[-1] not in "aeiouwxy" and rest[-2] in "aeiou" and rest[-3] not in "aeiou"
    ) or rest.endswith(("v", "u", "dg", "c"))


_PREFIXES: Mapping[str, str] = {
    "un": "ax0 n", "re": "r iy0", "non": "n aa1 n", "over": "ow1 v er0", "out": "aw1 t", "pre": "p r iy0", "mis": "m ih0 s",
    "dis": "d ih0 s", "anti": "ae1 n t iy0", "under": "ah1 n d er0", "sub": "s ax0 b", "super": "s uw1 p er0",
    "inter": "ih1 n t er0", "micro": "m ay1 k r ow0", "multi": "m ah1 l t iy0", "semi": "s eh1 m iy0", "counter": "k aw1 n t er0",
    "mega": "m eh1 g ax0", "auto": "ao1 t ax0", "hyper": "hh ay1 p er0", "ultra": "ah1 l t r ax0",
    "post": "p ow1 s t", "cyber": "s ay1 b er0", "nano": "n ae1 n ow0", "pseudo": "s uw1 d ow0",
}  # fmt: skip


def _with_prefix(word: str, find: Find) -> Phones | None:
    for prefix, phones in _PREFIXES.items():
        rest = word.removeprefix(prefix)
        if rest != word and len(rest) >= SHORTEST_STEM and (known := find(rest) or _with_ending(rest, find)):
            return (*written(phones), *known)
    return None
