"""What the teachers are given to say: sentences made by rule from Debian's word list, none with a meaning to speak of.

They cover what the voices will have to say: statements, questions, lists, clauses, the short texts of interfaces,
numbers, dates, names, single words, spelled letters; every kind of phrase from one word to thirty.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

Form = Callable[[], str]
WORDS = Path("/usr/share/dict/american-english")
LEFT_OUT = re.compile(
    r"fuck|shit|cunt|nigg|fag|whor|slut|bitch|bastard|rape|raping|rapist|cock|dick|penis|vagin|porn|sex|nazi|"
    r"damn|piss|arse|ass(es|hole)?$|tits?$|titt|boob|anal|anus|cum$|wank|spic$|kike|chink|gook|dyke|retard|cripple|"
    r"negro|coon|jap$|japs$|homo|queer|pimp|prostitut|orgas|erotic|nude|naked|semen|sperm|scrot|testic|turd|crap|"
    r"suicid|ejaculat|garot|assassin|murder|tortur|molest|incest|pedo|genocid|lynch|holocaust|terroris|hitler|kill|behead|slave"
)
"""Nobody shall hear these from a file of ours that was made by chance; a few harmless words go with them."""

_VOCABULARY = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))


def _known(kind: str) -> list[str]:
    found: str = _VOCABULARY[kind]
    return found.split()


_NOUNS = _known("nouns")
_VERBS = _known("verbs")
_BASES = _known("bases")
_ADJECTIVES = _known("adjectives")
_PREPOSITIONS = _known("prepositions")
_PRONOUNS = _known("pronouns")
_OBJECTS = _known("objects")
_MODALS = _known("modals")
_DETERMINERS = _known("determiners")
_JOINING = _known("joining")
_ASKING = _known("asking")
_ADVERBS = _known("adverbs")
_DIGITS = _known("digits")
_TEENS = _known("teens")
_TENS = _known("tens")
_ORDINALS = _known("ordinals")
_DAYS = _known("days")
_MONTHS = _known("months")
_GREETINGS: list[str] = _VOCABULARY["greetings"]


def sentences(count: int, seed: int) -> list[str]:
    """``count`` different ones, the same for the same seed and word list."""
    writer = _Writer(WORDS.read_text(encoding="utf-8").split(), random.Random(seed))
    made: dict[str, None] = {}
    while len(made) < count:
        made.setdefault(writer.sentence())
    return list(made)


class _Writer:
    def __init__(self, words: Sequence[str], rng: random.Random) -> None:
        fitting = [word for word in words if not LEFT_OUT.search(word.lower())]
        self._any = [word for word in fitting if re.fullmatch(r"[a-z]{2,14}", word)]
        self._names = [word for word in fitting if re.fullmatch(r"[A-Z][a-z]{2,10}", word)]
        self._owned = [word for word in fitting if re.fullmatch(r"[A-Za-z]{2,11}'s", word)]
        self._plain = [word for word in self._any if not re.search(r"(ing|ed|ly|s)$", word)]
        self._plural = self._ending(r"[^s]s")
        self._past, self._going, self._manner = self._ending("ed"), self._ending("ing"), self._ending("ly")
        self._kinds = self._ending("ful|ous|ive|able|al|ic|y|less|ish|ent|ant")
        self._rng = rng
        self._forms: list[tuple[float, Form]] = [
            (14, self._statement),
            (12, self._two_clauses),
            (6, self._long),
            (7, self._yes_or_no),
            (6, self._wh_question),
            (6, self._with_adverb),
            (5, self._there_are),
            (4, self._dated),
            (8, self._listed),
            (6, self._order),
            (9, self._loose_words),
            (4, self._semicolon),
            (4, self._interface),
            (3, self._single),
            (3, self._numbers),
            (2, self._spelled),
            (4, self._owner),
            (4, self._quoted),
            (1, lambda: self._one(_GREETINGS)),
        ]

    def sentence(self) -> str:
        forms = [form for _, form in self._forms]
        made = self._rng.choices(forms, [weight for weight, _ in self._forms])[0]()
        return made[0].upper() + made[1:]

    def _ending(self, suffix: str) -> list[str]:
        return [word for word in self._any if re.search(rf"({suffix})$", word)]

    def _one(self, words: Sequence[str]) -> str:
        return self._rng.choice(words)

    def _some(self, words: Sequence[str], least: int, most: int) -> list[str]:
        return [self._one(words) for _ in range(self._rng.randint(least, most))]

    def _drawn(self, forms: Sequence[Form]) -> str:
        return self._rng.choice(forms)()

    def _noun(self) -> str:
        return self._one(self._rng.choice([_NOUNS, _NOUNS, self._plain, self._plural, self._any]))

    def _adjective(self) -> str:
        return self._one(self._rng.choice([_ADJECTIVES, _ADJECTIVES, self._kinds, self._kinds, self._going]))

    def _verb(self) -> str:
        return self._one(self._rng.choice([_VERBS, _VERBS, self._past]))

    def _base(self) -> str:
        return self._one(self._rng.choice([_BASES, _BASES, self._plain]))

    def _thing(self) -> str:
        draw = self._rng.random()
        if draw < 0.18:
            return self._one(_PRONOUNS)
        if draw < 0.28:
            return self._one(self._names)
        determiner = self._one(_DETERMINERS)
        if draw < 0.60:
            return f"{determiner} {self._noun()}"
        if draw < 0.85:
            return f"{determiner} {self._adjective()} {self._noun()}"
        if draw < 0.92:
            return f"{determiner} {self._noun()} {self._where()}"
        return f"{self._number()} {self._one(self._plural)}"

    def _object(self) -> str:
        return self._one(_OBJECTS) if self._rng.random() < 0.2 else self._thing()

    def _where(self) -> str:
        return f"{self._one(_PREPOSITIONS)} {self._one(_DETERMINERS)} {self._noun()}"

    def _clause(self) -> str:
        doing = self._verb()
        if self._rng.random() < 0.3:
            doing = f"{self._one(_MODALS)} {self._one(['not', *_ADVERBS]) + ' ' if self._rng.random() < 0.3 else ''}{self._base()}"
        tail = self._drawn([self._object, self._where, self._where, lambda: self._one(self._manner)])
        return f"{self._thing()} {doing} {tail}"

    def _number(self) -> str:
        draw, digit = self._rng.random(), self._one(_DIGITS)
        if draw < 0.25:
            return self._one(_DIGITS + _TEENS + _TENS)
        if draw < 0.45:
            return f"{self._one(_TENS)} {digit}"
        if draw < 0.55:
            return f"{digit} hundred and {self._one(_TENS)} {digit}"
        if draw < 0.65:
            return f"{digit} thousand {self._one(_DIGITS)} hundred"
        if draw < 0.75:
            return f"{self._one(_DIGITS)} point {digit}"
        return str(self._rng.choice([self._rng.randint(0, 99), self._rng.randint(100, 9999)]))

    def _statement(self) -> str:
        return f"{self._clause()} {self._where()}." if self._rng.random() < 0.5 else f"{self._clause()}."

    def _two_clauses(self) -> str:
        comma = "," if self._rng.random() < 0.7 else ""
        return f"{self._clause()}{comma} {self._one(_JOINING)} {self._clause()}."

    def _long(self) -> str:
        return f"{self._one(_JOINING)} {self._clause()}, {self._clause()}, {self._one(_JOINING)} {self._clause()} {self._where()}."

    def _yes_or_no(self) -> str:
        return f"{self._one(_MODALS)} {self._thing()} {self._base()} {self._object()}?"

    def _wh_question(self) -> str:
        asked = self._one(_ASKING) if self._rng.random() < 0.8 else f"which {self._noun()}"
        return f"{asked} {self._one(_MODALS)} {self._thing()} {self._base()} {self._where()}?"

    def _with_adverb(self) -> str:
        return f"{self._one(self._manner)}, {self._clause()}."

    def _there_are(self) -> str:
        return f"{self._where()}, there {self._one(['is', 'are', 'was', 'were'])} {self._number()} {self._noun()} {self._where()}."

    def _dated(self) -> str:
        day = f"{self._one(_DAYS)}, {self._one(_MONTHS)} {self._one(_ORDINALS)}"
        return (
            f"on {day}, {self._clause()}." if self._rng.random() < 0.6 else f"{self._clause()} until {day}."
        )

    def _listed(self) -> str:
        joined = ", ".join(self._some(self._rng.choice([self._any, self._names, self._plural]), 2, 4))
        return f"{self._rng.choice([self._clause, self._noun])()}, {joined}, {self._one(['and', 'or'])} {self._noun()}."

    def _order(self) -> str:
        opening = self._one(["please", "now", "then", "do not", "always", "never", "just", "let us", "first"])
        return f"{opening} {self._base()} {self._object()} {self._where()}{self._one('.!')}"

    def _loose_words(self) -> str:
        return " ".join(self._some(self._any, 2, 8)) + "."

    def _semicolon(self) -> str:
        return f"{self._clause()}{self._one(';:')} {self._clause()}."

    def _interface(self) -> str:
        return self._drawn(
            [
                lambda: f"{self._one(_BASES)} {self._noun()}",
                lambda: (
                    f"{self._noun()} {self._one(['button', 'link', 'heading level', 'check box', 'menu'])} {self._number()}"
                ),
                lambda: f"{self._number()} of {self._number()} {self._one(self._plural)} selected.",
                lambda: (
                    f"{self._one(['Loading', 'Saving', 'Sending', 'Opening'])} {self._noun()}, {self._number()} percent."
                ),
                lambda: f"you have {self._number()} new {self._one(self._plural)}.",
            ]
        )

    def _single(self) -> str:
        return f"{self._one(self._any)}{self._one('.?!')}"

    def _numbers(self) -> str:
        return ", ".join(self._number() for _ in range(self._rng.randint(1, 5))) + "."

    def _spelled(self) -> str:
        letters = self._some("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 2, 7)
        return self._one([" ", ", "]).join(letters) + "."

    def _owner(self) -> str:
        return f"{self._one(self._owned)} {self._noun()} {self._verb()} {self._object()}, {self._one(_JOINING)} {self._clause()}."

    def _quoted(self) -> str:
        said = self._one(["said", "asked", "told us", "thought", "heard", "knew"])
        return f"{self._one(self._names)} {self._one(self._names)} {said} that {self._clause()}{self._one(['.', '?', '.'])}"
