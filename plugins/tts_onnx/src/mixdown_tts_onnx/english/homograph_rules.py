"""A rule for each homograph that its part of speech alone does not decide.

The parts that are answered are those of the table: n noun, v verb, j adjective, d a verb's past, m the metal, f the fish.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mixdown_tts_onnx.english.context import (
    BEING,
    DETERMINERS,
    DOES,
    HAVING,
    LETTING,
    MODALS,
    OBJECTS,
    PREPOSITIONS,
    SUBJECTS,
    Place,
    is_adverb,
    is_plural,
    is_verb,
)
from mixdown_tts_onnx.english.lexicon import lexicon
from mixdown_tts_onnx.english.phones import names


def verb_or_noun(place: Place) -> str:
    """What decides most."""
    if is_verb(place):
        return "v"
    return "n" if lexicon().find(place.word, "n") else "j"


def _mostly_verb(place: Place) -> str:
    return "v" if is_verb(place, default=True) else "n"


def _read(place: Place) -> str:
    before, after = place.before, place.after
    if before in HAVING | BEING | {"well", "widely"} or place.at(-1).endswith("ly"):
        return "d"
    if before in MODALS | DOES | {"to", "please", "", "a", "good", "great"} | _ASKING:
        return "v"
    if before in SUBJECTS and place.governor in HAVING:
        return "d"
    if before in SUBJECTS | OBJECTS | {"her"} and place.governor in MODALS | DOES | LETTING:
        return "v"
    if before in ("he", "she", "it", "who"):
        return "d"
    if place.near(_HABITS):
        return "v"
    if place.near(_PAST) or any(word.endswith("ed") for word in place.words):
        return "d"
    if before == "and":
        return "v"
    return "v" if before in ("you", "we", "they") or is_plural(before) or after in ("on", "aloud") else "d"


_ASKING = frozenset({"or", "why", "let's", "not"})
_HABITS = names("every always often usually sometimes never now today daily can will")
_PAST = names("yesterday ago last once twice was were had said then already earlier when took went sat")


def _lead(place: Place) -> str:
    metals = {"copper", "zinc", "tin", "iron", "silver", "mercury", "arsenic", "gold", "steel", "cadmium"}
    if place.after in _OF_LEAD:
        return "m"
    if (
        place.before in ("of", "from", "contain", "contains", "contained", "than", "heavy", "molten")
        and place.after not in _LEADERS
    ):
        return "m"
    if place.before in ("and", "or", "") and (place.governor in metals or place.at(-2) in metals):
        return "m"
    if place.before in ("to", "with", "like", "as") and place.governor in (
        "exposure",
        "exposed",
        "lined",
        "sank",
        "filled",
        "heavy",
    ):
        return "m"
    return "v"


_OF_LEAD = names(
    "pipe pipes paint poisoning pencil pencils bullet bullets acid shot weight weights ore glass crystal "
    "apron mine mines levels free balloon exposure dust oxide"
)
_LEADERS = names("singer guitarist role actor author guitar to character vocals changes by time")


def _live(place: Place) -> str:
    if place.after in _SHOWN or place.before in _SHOWING:
        return "j"
    if place.before in BEING and place.after in ("on", "from", "at", "now", ""):
        return "j"
    if place.before in DETERMINERS | {"of", "with", "for"} and place.before != "all":
        return "j"
    return "v"


_SHOWN = names(
    "music show shows broadcast concert concerts performance performances stream coverage audience event "
    "events wire wires ammunition animals chat tv television video recording album band bait version updates "
    "report game"
)
_SHOWING = names(
    "play plays played playing broadcast performed perform performing stream streamed streaming go goes going "
    "went aired recorded sing sang seen shown show watch report reporting"
)


def _lives(place: Place) -> str:
    if (
        place.before in ("he", "she", "it", "who", "that", "which", "everyone", "nobody")
        and place.before not in DETERMINERS
    ):
        return "v"
    if place.before in DETERMINERS | PREPOSITIONS | {
        "and",
        "save",
        "saved",
        "other",
        "daily",
        "human",
        "private",
        "lost",
    }:
        return "n"
    if place.before.endswith("'s") or is_plural(place.before):
        return "n"
    return (
        "v"
        if place.after in PREPOSITIONS | {"here", "there", "alone", "happily", "next", "together", "up", ""}
        else "n"
    )


def _close(place: Place) -> str:
    if place.before in DETERMINERS and place.after in ("of", "", "and"):
        return "v"  # a close, the end
    if place.before in ("to", "") and place.after in (
        "friend",
        "friends",
        "to",
        "by",
        "up",
        "relatives",
        "quarters",
        "enough",
    ):
        return "j"
    return "v" if is_verb(place) else "j"


def _content(place: Place) -> str:
    feeling = BEING | {
        "feel",
        "feels",
        "felt",
        "very",
        "quite",
        "perfectly",
        "looked",
        "looks",
        "remained",
        "remain",
    }
    if (
        place.before in feeling
        or place.after == "with"
        or (place.after == "to" and place.before not in DETERMINERS)
    ):
        return "j"
    return (
        "v" if place.after in ("ourselves", "yourself", "himself", "herself", "themselves", "myself") else "n"
    )


def _minute(place: Place) -> str:
    return (
        "j"
        if place.after in _MINUTE_THINGS or place.at(-1) in ("very", "so", "too", "extremely", "almost")
        else "n"
    )


_MINUTE_THINGS = names(
    "detail details amount amounts quantity quantities trace traces particle particles difference differences "
    "change changes crack cracks fraction fractions hole holes organism organisms creature creatures grain "
    "grains fragment fragments print variations speck specks scale insects"
)


def _bass(place: Place) -> str:
    return "f" if place.near(_FISHING) and not place.near(_MUSIC) else "n"


_FISHING = names(
    "fish fishing fished lake caught catch river pond striped sea largemouth smallmouth grilled cooked eat "
    "ate boat hook trout water fisherman fried net lemon"
)
_MUSIC = names(
    "guitar player drum drums play plays played band music singer line note clef sound voice speaker speakers "
    "boost jazz tuba song turn"
)


def _bow(place: Place) -> str:
    if place.near(_ARCHERY) and not place.near(frozenset({"stage", "audience", "ship", "boat"})):
        return "n"
    return "v" if is_verb(place) or place.near(_BOWING) else "n"


_ARCHERY = names(
    "arrow arrows violin cello ribbon tie ties archer archers hair string strings tied pink gift wore hunter"
)
_BOWING = names(
    "take took takes taking ship boat vessel stern audience deep low final polite slight stage actor actors "
    "king queen ship's yacht"
)


def _tear(place: Place) -> str:
    if place.governor == "wear" or (place.after == "in" and place.at(3) not in ("eye", "eyes")):
        return "v"
    return "v" if is_verb(place) or place.after in ("up", "apart", "down", "off") else "n"


def _tears(place: Place) -> str:
    if place.at(-1) in ("to", "in", "into", "of") and place.after not in DETERMINERS | OBJECTS:
        return "n"
    return verb_or_noun(place)


def _wind(place: Place) -> str:
    if place.after in ("up", "down") and not place.before.endswith("the"):
        return "v" if place.before not in DETERMINERS else "n"
    return "v" if is_verb(place) else "n"


def _winds(place: Place) -> str:
    along = (
        "through",
        "around",
        "along",
        "up",
        "down",
        "its",
        "between",
        "past",
        "across",
        "the",
        "his",
        "her",
    )
    return (
        "v" if place.after in along and not place.before.endswith("s") and place.before not in _WINDY else "n"
    )


_WINDY = names("strong cold high trade the warm gentle of light")


def _wound(place: Place) -> str:
    wrapped = (
        "up",
        "around",
        "down",
        "round",
        "through",
        "tightly",
        "along",
        "past",
        "back",
        "between",
        "across",
        "its",
        "the",
    )
    if place.before in DETERMINERS | {"deep", "open", "gunshot", "fatal", "flesh", "stab", "to"}:
        return "n"
    return "d" if place.after in wrapped or (place.before in SUBJECTS and place.after) else "n"


def _resume(place: Place) -> str:
    named = DETERMINERS | {"'s", "updated", "new", "good", "impressive", "of"}
    return "n" if (place.before in named or place.before.endswith("'s")) and not is_verb(place) else "v"


def _described(*things: str) -> Callable[[Place], str]:
    """An adjective before these, or before nothing behind an article; else a verb."""
    return lambda place: "j" if place.after in things or (place.at(-1) == "the" and not place.after) else "v"


def _dove(place: Place) -> str:
    into = ("into", "in", "down", "under", "from", "off", "for", "deep", "headfirst", "to", "beneath")
    return (
        "d" if place.after in into and place.at(-1) not in DETERMINERS and not is_adverb(place.after) else "n"
    )


def _sow(place: Place) -> str:
    return "n" if place.before in DETERMINERS and not is_verb(place) else "v"


RULES: Mapping[str, Callable[[Place], str]] = {
    "read": _read,
    "lead": _lead,
    "live": _live,
    "lives": _lives,
    "close": _close,
    "content": _content,
    "minute": _minute,
    "bass": _bass,
    "bow": _bow,
    "bows": _bow,
    "tear": _tear,
    "tears": _tears,
    "wind": _wind,
    "winds": _winds,
    "wound": _wound,
    "resume": _resume,
    "dove": _dove,
    "sow": _sow,
    "refuse": _mostly_verb,
    "produce": _mostly_verb,
    "does": lambda place: "v",
    "putting": lambda place: "v",
    "reading": lambda place: "v",
    "aged": _described("man", "men", "woman", "women", "parent", "parents", "mother", "father"),
    "learned": _described(
        "man", "men", "scholar", "scholars", "judge", "friend", "colleague", "society", "professor", "woman"
    ),
    "blessed": _described("virgin", "sacrament", "event", "mother", "day", "trinity", "relief"),
}
