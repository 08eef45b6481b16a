"""Short forms that are read as what they stand for."""

from __future__ import annotations

import re

from mixdown_text.rules.rule import PatternRule, after, before, ends_sentence

_NAME = r"(?=\s+(?:[A-Z]|d[eiu]\s|v[ao]n\s))"
_NUMBER = r"(?=\s?(?:[0-9]|[IVX]+\b|[ivx]{1,6}\b))"

_BEFORE_NAMES = {
    "Dr.": "Doctor", "Ms.": "Ms", "Prof.": "Professor", "Gen.": "General", "Col.": "Colonel",
    "Lt.": "Lieutenant", "Capt.": "Captain", "Sgt.": "Sergeant", "Maj.": "Major", "Cpl.": "Corporal",
    "Cmdr.": "Commander", "Adm.": "Admiral", "Sen.": "Senator", "Rep.": "Representative", "Gov.": "Governor",
    "Pres.": "President", "Rev.": "Reverend", "Hon.": "Honorable", "Fr.": "Father", "Mt.": "Mount",
    "Ft.": "Fort", "Messrs.": "Messieurs", "St.": "Saint", "St": "Saint", "Dr": "Doctor",
    "Supt.": "Superintendent", "Det.": "Detective", "Sgt": "Sergeant", "Lt": "Lieutenant", "Capt": "Captain",
    "Prof": "Professor", "Mme.": "Madame", "Amb.": "Ambassador", "Sec.": "Secretary", "Mt": "Mount",
}  # fmt: skip
COUNTED = {
    "No.": "number", "no.": "number", "Nos.": "numbers", "nos.": "numbers", "No": "number", "Fig.": "Figure",
    "fig.": "figure", "Figs.": "Figures", "figs.": "figures", "Vol.": "Volume", "vol.": "volume",
    "Vols.": "Volumes", "vols.": "volumes", "Ch.": "Chapter", "ch.": "chapter", "Sec.": "Section",
    "sec.": "section", "Art.": "Article", "art.": "article", "p.": "page", "pp.": "pages", "P.": "Page",
    "pg.": "page", "Eq.": "Equation", "eq.": "equation", "Tab.": "Table", "c.": "circa", "ca.": "circa",
    "Apt.": "Apartment", "Ste.": "Suite", "Rte.": "Route", "Hwy.": "Highway", "Hwy": "Highway",
    "v.": "version", "ver.": "version", "para.": "paragraph", "approx.": "approximately",
    "Approx.": "Approximately", "est.": "established", "Est.": "Established", "Pt.": "Part", "cl.": "clause",
    "l.": "line", "ll.": "lines", "Rm.": "Room", "Bldg.": "Building", "Ep.": "Episode", "ep.": "episode",
}  # fmt: skip
_ANYWHERE = {
    "Mr.": "Mister", "Mrs.": "Missus", "Mr": "Mister", "Mrs": "Missus", "e.g.": "for example",
    "E.g.": "For example", "eg.": "for example", "i.e.": "that is", "I.e.": "That is", "ie.": "that is",
    "etc.": "et cetera", "vs.": "versus", "vs": "versus", "approx.": "approximately",
    "Approx.": "Approximately", "Inc.": "Incorporated", "Ltd.": "Limited", "Corp.": "Corporation",
    "Bros.": "Brothers", "Co.": "Company", "Jr.": "Junior", "Sr.": "Senior", "Jr": "Junior",
    "Dept.": "Department", "dept.": "department", "Univ.": "University", "Assn.": "Association",
    "Govt.": "Government", "govt.": "government", "Intl.": "International", "Natl.": "National",
    "Blvd.": "Boulevard", "Ave.": "Avenue", "Rd.": "Road", "et al.": "et al", "cf.": "compare",
    "viz.": "namely", "a.k.a.": "also known as", "aka": "also known as", "w/o": "without", "w/": "with",
    "b/c": "because", "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable",
    "misc.": "miscellaneous", "Misc.": "Miscellaneous", "max.": "maximum", "Max.": "Maximum",
    "min.": "minimum", "avg.": "average", "Avg.": "Average", "Tel.": "Telephone", "tel.": "telephone",
    "incl.": "including", "excl.": "excluding", "ext.": "extension", "appt.": "appointment",
    "Mgr.": "Manager", "mgr.": "manager", "asst.": "assistant", "Asst.": "Assistant", "qty.": "quantity",
    "Qty.": "Quantity", "temp.": "temperature", "dist.": "district", "tbsp.": "tablespoon",
    "tsp.": "teaspoon", "pkg.": "package", "pls": "please", "P.O.": "P O", "rec'd": "received",
    "w.r.t.": "with respect to", "attn.": "attention", "Attn.": "Attention", "Attn:": "Attention:",
    "ft.": "featuring", "feat.": "featuring", "hrs.": "hours", "mins.": "minutes", "yrs.": "years",
    "Esq.": "Esquire", "Rd": "Road", "Blvd": "Boulevard", "Ave": "Avenue", "doz.": "dozen", "ed.": "edition",
    "WWI": "World War One", "WWII": "World War Two", "WW2": "World War Two", "WW1": "World War One",
}  # fmt: skip
_PRONOUN = re.compile(r"I\b(?!\s?(?:$|[.:;)–&-]|,?\s(?:and|or|to)\s[IVX]+\b))")
"""An "I" that no mark or other numeral follows speaks of the speaker: "No. I won't"."""
_CLIPPED = frozenset({"max.", "min.", "temp.", "incl."})
"""Short forms that are words, too; a point that ends the sentence tells nothing."""
_SAINTLY = re.compile(
    r"(?:^|[^\w\s]\s*|\b(?:[a-z]+|The|In|At|Visit|On|From|To|And|Of|For|Near|Old|New|East|West|North|South"
    r"|Fort|Mount)\s)$"
)


def _written(table: dict[str, str]) -> str:
    return "|".join(re.escape(short) for short in sorted(table, key=len, reverse=True))


class Abbreviations(PatternRule):
    """``Dr. Smith`` Doctor Smith · ``No. 5`` number five · ``pp. 3–5`` pages three to five · ``e.g.`` for example · ``vs.`` versus ·
    ``w/`` with"""

    name = "abbreviations"
    trigger = re.compile(r"[.A-Z/]|\bvs\b|\baka\b|\bpls\b")
    pattern = re.compile(
        rf"(?<![\w.@/'-])(?:(?P<title>{_written(_BEFORE_NAMES)})(?![\w.]){_NAME}"
        rf"|(?P<counted>{_written(COUNTED)})(?!\w)(?:{_NUMBER})"
        rf"|(?P<any>{_written(_ANYWHERE)})(?![\w@-]|\.\w))"
    )

    def read(self, match: re.Match[str]) -> str | None:
        if match["title"]:
            return self._title(match, match["title"])
        if match["counted"]:
            return self._counted(match, match["counted"])
        short = match["any"]
        words = _ANYWHERE[short]
        if short == "Co." and re.match(r"\s[a-z]", after(match)) and not before(match).strip():
            return None
        # The point that ends an abbreviation also ends a sentence; "w/" is no word without what follows it.
        if short == "w/":
            return words if after(match)[:1] == " " else f"{words} "
        if short in _CLIPPED and ends_sentence(match):
            return None
        if short == "ed." and not re.search(
            r"[0-9](?:st|nd|rd|th)\s$|\b(?:rev|[a-z]+(?:st|nd|rd|th))\.?\s$", before(match)
        ):
            return None
        if short == "ft." and not re.match(r"\s[A-Z]", after(match)):
            return None
        return f"{words}." if short.endswith(".") and ends_sentence(match) else words

    def _title(self, match: re.Match[str], short: str) -> str | None:
        if short in ("St.", "St") and not _SAINTLY.search(before(match)):
            return "Street"
        if short in ("Dr.", "Dr") and re.search(r"[0-9]\s(?:[A-Z][a-z]+\s)+$", before(match)):
            return "Drive"
        if short == "Sec." and not re.match(r"\s(?:of|[A-Z][a-z]+)", after(match)):
            return None
        return _BEFORE_NAMES[short]

    def _counted(self, match: re.Match[str], short: str) -> str | None:
        following = after(match).lstrip()
        is_roman = not following[:1].isdigit()
        if is_roman and _PRONOUN.match(following):
            return None
        if short == "No" and (is_roman or after(match)[:1] != " " or not before(match).strip()):
            return None
        if following[:1].islower() and short not in ("p.", "pp."):
            return None
        if following[:1].isupper() and short in ("c.", "ca.", "v.", "l.", "est.", "Est.", "p.", "P.", "cl."):
            return None
        if short in ("l.", "cl.", "v.", "No") and after(match)[:1] != " ":
            return None
        words = COUNTED[short]
        return words if after(match)[:1].isspace() else f"{words} "
