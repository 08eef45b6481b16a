"""What the teachers are given to say: sentences made by rule from Debian's word list, none with a meaning to speak of.

They cover what the voices will have to say: statements, questions, lists, clauses, the short texts of interfaces,
numbers, dates, names, single words, spelled letters; every kind of phrase from one word to thirty.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

WORDS = Path("/usr/share/dict/american-english")
LEFT_OUT = re.compile(
    r"fuck|shit|cunt|nigg|fag|whor|slut|bitch|bastard|rape|raping|rapist|cock|dick|penis|vagin|porn|sex|nazi|"
    r"damn|piss|arse|ass(es|hole)?$|tits?$|titt|boob|anal|anus|cum$|wank|spic$|kike|chink|gook|dyke|retard|cripple|"
    r"negro|coon|jap$|japs$|homo|queer|pimp|prostitut|orgas|erotic|nude|naked|semen|sperm|scrot|testic|turd|crap|"
    r"suicid|ejaculat|garot|assassin|murder|tortur|molest|incest|pedo|genocid|lynch|holocaust|terroris|hitler|kill|behead|slave"
)
"""Nobody shall hear these from a file of ours that was made by chance; a few harmless words go with them."""

_NOUNS = (
    "time year people way day man woman life child world school state family student group country problem hand part "
    "place week company system program question work government number night point home water room mother area money "
    "story fact month lot right study book eye job word business issue side kind head house service friend father hour "
    "game line end member law car city name team minute idea body back parent face level office door health person art "
    "war history party result change morning reason research girl boy moment air teacher force education window button "
    "screen file folder page list menu table image link heading letter key mouse volume battery network password "
    "message calendar street bridge river garden kitchen chair coffee bread train station airport paper music road ship "
    "farm horse bird tree flower stone fire mountain lake village doctor lawyer soldier artist king queen market price"
).split()
_VERBS = (
    "is was has had says said makes made goes went takes took comes came sees saw knows knew gets got gives gave finds "
    "found thinks thought tells told becomes became shows showed leaves left feels felt puts put brings brought begins "
    "began keeps kept holds held writes wrote stands stood hears heard lets means meant sets met runs ran pays paid "
    "sits sat speaks spoke leads led reads read grows grew loses lost falls fell sends sent builds built opens opened "
    "closes closed walks walked calls called asks asked needs needed wants wanted likes liked moves moved plays played"
).split()
_BASES = (
    "be have do say make go take come see know get give find think tell become show leave feel put bring begin keep "
    "hold write stand hear let mean set meet run pay sit speak lead read grow lose fall send build open close walk "
    "call ask need want like move play turn start stop help talk wait use try buy carry choose cut drive eat follow "
    "learn remember save share spend teach visit watch win work check press select delete print continue connect"
).split()
_ADJECTIVES = (
    "good new first last long great little own other old right big high different small large next early young "
    "important few public bad same able red green blue black white cold hot warm easy hard quick slow bright dark happy "
    "sad quiet loud clean open closed free full empty strange simple heavy light narrow wide deep soft sharp sweet dry"
).split()
_PREPOSITIONS = (
    "in on at by for with from to of about into over after under through between against during without before around "
    "behind near beyond across until among per toward inside outside beside"
).split()
_PRONOUNS = "I you he she it we they".split()
_OBJECTS = "me you him her it us them everyone nobody something nothing anything someone".split()
_MODALS = "can could will would should may might must did do does has is was are were have had".split()
_DETERMINERS = (
    "the the the a a an this that these those my your his her its our their every some any no another each both"
).split()
_JOINING = (
    "and but so because although while or if when since unless as though where before after that".split()
)
_ASKING = "what where when why how who which whose".split()
_ADVERBS = (
    "never always often soon now then here there again just only very too quite almost still already".split()
)
_DIGITS = "zero one two three four five six seven eight nine".split()
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth twentieth".split()
)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = ("January February March April May June July August September October November December").split()
_GREETINGS = (
    "Hello. Good morning. Good evening. Good night. Welcome back. Thank you. Yes. No. Please. Sorry. Okay. All right. "
    "Of course. Never mind. See you soon. Take care. One moment, please. Are you there? What happened? How are you?"
)


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
        self._forms: list[tuple[float, Callable[[], str]]] = [
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
            (1, lambda: self._one(_GREETINGS.replace("? ", "?|").replace(". ", ".|").split("|"))),
        ]

    def sentence(self) -> str:
        weights, forms = zip(*self._forms, strict=True)
        made = self._rng.choices(forms, weights)[0]()
        return made[0].upper() + made[1:]

    def _ending(self, suffix: str) -> list[str]:
        return [word for word in self._any if re.search(rf"({suffix})$", word)]

    def _one(self, words: Sequence[str]) -> str:
        return self._rng.choice(words)

    def _some(self, words: Sequence[str], least: int, most: int) -> list[str]:
        return [self._one(words) for _ in range(self._rng.randint(least, most))]

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
        tail = self._rng.choice([self._object, self._where, self._where, lambda: self._one(self._manner)])()
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
        return self._rng.choice(
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
        )()

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
