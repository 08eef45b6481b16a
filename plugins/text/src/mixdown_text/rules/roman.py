"""Roman numerals."""

from __future__ import annotations

import re

from mixdown_text.rules.abbreviations import COUNTED
from mixdown_text.rules.rule import PatternRule, after, before, ends_sentence

_SECTIONS = (
    "Chapters?|Parts?|Volumes?|[Vv]ols?\\.|[Nn]os?\\.|[Cc]h\\.|Pt\\.|[Ss]ec\\.|[Aa]rt\\.|Books?|Acts?|Scenes?|Sections?|Articles?|Types?|Phases?|Stages?|Levels?|Grades?|Class|"
    "Title|Appendix|Figures?|Fig\\.|Tables?|World\\sWars?|Wars?|Super\\sBowl|Episodes?|Tome|Canto|Psalm|Annex|Schedule|"
    "Category|Mark|Step|Unit|Lesson|Season|Division|Tier|Group|Zone|Round|Apollo|Movement|Symphony|Symphony\\sNo\\.|Saturn|"
    "Rocky|Fantasy|Auto|Godfather|Civilization|Diablo|Quest|Baldur's\\sGate|chapters?|parts?|volumes?|book|act|scene|section|"
    "page|pages|article|type|phase|stage|level|grade|class|factor|group|category|tier|schedule|division|table|appendix"
)
_RULERS = (
    "Henry|Edward|George|Charles|William|James|Richard|Elizabeth|Mary|Paul|Pius|Benedict|Louis|Philip|Philippe|Francis|"
    "Frederick|Friedrich|Wilhelm|Nicholas|Alexander|Ivan|Peter|Catherine|Napoleon|Leo|Gregory|Innocent|Clement|Urban|Ramesses|"
    "Ramses|Ptolemy|Cleopatra|Darius|Xerxes|Otto|Conrad|Ferdinand|Leopold|Albert|Carl|Gustav|Christian|Haakon|Harald|Olav|"
    "Margrethe|Juan|Carlos|Felipe|Alfonso|Pedro|Emmanuel|Umberto|Mehmed|Murad|Selim|Suleiman|Mohammed|Hassan|Abdullah|Rama|"
    "Robert|Robbie|David|Stephen|Harold|Edmund|Sixtus|Julius|Boniface|Celestine|Adrian|Eugene|Sigismund|Casimir|"
    "Rudolf|Maximilian|Matthias|John|Joseph|Thomas|Theodore|Constantine|Justinian|Isabella|Wenceslaus|Baldwin|Amenhotep|"
    "Thutmose|Artaxerxes|Antiochus|Tutankhamun|Murphy|Beatrix|Willem|Baudouin|Rainier|Hussein|Farouk|Hirohito|Naser|Ludwig|"
    "Joao|João|Manuel|Afonso|Sancho|Philibert|Amadeus|Martin|Howell|Griffey|Davis|Ernst|Augustus"
)
_PLACES = (
    "century|centuries|Century|Olympiad|Olympics?|Congress|Dynasty|dynasty|Corps|Legion|Amendment|arrondissement|edition|"
    "Games"
)
_ROMAN = r"(?=[IVXLCDM])(?:M{0,3})(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![A-Za-z0-9_])"
_SMALL = r"(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})(?![A-Za-z0-9_])"
_LOWER = r"(?=[ivx]{2})x{0,3}(?:ix|iv|v?i{0,3})(?!\w)"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_TITLE = re.compile(
    r"\b(?:King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Sultan|Prince|Princess|Saint|St\.|Shah"
    r"|Pharaoh)\s(?:\w+\s)?$"
)


def value(numeral: str) -> str:
    """Its value in digits."""
    values = [_VALUES[letter] for letter in numeral.upper()]
    following = [*values[1:], 0]
    return str(sum(-one if one < then else one for one, then in zip(values, following, strict=True)))


class Sections(PatternRule):
    """``Chapter IV`` Chapter four · ``World War II`` World War two · ``Parts I and II`` · ``(iii)`` three"""

    name = "roman"
    trigger = re.compile("[IVXLCDMivx]")
    pattern = re.compile(
        rf"(?<!\w)(?P<noun>{_SECTIONS})(?P<gap>,?\s)(?P<first>{_ROMAN}|(?=[ivx]{{2}})x?(?:ix|iv|v?i{{0,3}})"
        rf"(?!\w))(?P<more>(?:,\s(?:{_ROMAN})){{0,12}})(?:(?P<joint>\s?[-–,&]\s?|,?\s(?:and|or|to)\s)(?P<second>{_ROMAN}|{_LOWER}))?+"
        r"(?!['’]\w{2}|\.\w)|(?<=\()(?P<listed>(?=[ivx]{2})x{0,1}(?:ix|iv|v?i{0,3}))(?=\))"
        rf"|(?<=p\.\s)(?P<page>{_LOWER}|[ivx]\b)(?:[-–](?P<last_page>{_LOWER}|[ivx]\b))?+"
        rf"|(?<=\w)\s(?P<lone>{_SMALL})(?!['’]\w{{2}}|\.\w|-)"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["page"]:
            pages = filter(None, (match["page"], match["last_page"]))
            return " to ".join(self.figures.number(value(page)) for page in pages)
        if match["listed"]:
            return self.figures.number(value(match["listed"]))
        if match["lone"]:
            return f" {self.figures.number(value(match['lone']))}"
        is_short = match["noun"].endswith(".")
        if (
            is_short
            and match["first"] == "I"
            and not (match["more"] or match["second"] or ends_sentence(match))
        ):
            return None
        if (
            match["noun"][0].islower()
            and match["first"] == "I"
            and not ends_sentence(match)
            and not (match["second"] or match["more"])
        ):
            return None
        if "," in match["gap"] and not match["second"]:
            return None
        spoken = f"{COUNTED.get(match['noun'], match['noun'])}{match['gap']}{self.figures.number(value(match['first']))}"
        spoken += "".join(f", {self.figures.number(value(each))}" for each in match["more"].split(", ")[1:])
        if match["second"]:
            joint = re.sub(r"\s?[-–]\s?", " to ", match["joint"]).replace("&", "and")
            spoken += f"{joint}{self.figures.number(value(match['second']))}"
        return spoken


class Rulers(PatternRule):
    """``Henry VIII`` Henry the eighth · ``Pope John XXIII`` · ``the XXI century`` the twenty-first century"""

    name = "roman"
    trigger = re.compile("[IVX]")
    pattern = re.compile(
        rf"(?<=\w)\s(?P<century>{_ROMAN})(?=\s(?:{_PLACES})\b)|(?<!\w)(?P<name>{_RULERS})(?P<gap>\s)"
        rf"(?P<number>{_ROMAN})(?!\.\w|['’](?:[a-rt-z]|s\w))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["century"]:
            return f" {self.figures.ordinal(value(match['century']))}"
        if match["number"] == "I" and not (
            _TITLE.search(before(match)) or re.match(r"['’]s|[,.;:)]|\sof\b|\s?$", after(match))
        ):
            return None
        if match["number"] in "LCDM":
            return None
        return f"{match['name']}{match['gap']}the {self.figures.ordinal(value(match['number']))}"
